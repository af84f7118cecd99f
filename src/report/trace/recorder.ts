/**
 * Records a run. In: what the scheduler's loop does, as it does it; frames as they come; spans of the workers, in their own clocks; exchanges
 * by which those are told. Out: the timeline, event by event, and at the end the profile. Times are ms from the recorder's beginning.
 */
import type { EngineKind } from '../../engine/engine.js';
import type { Ceilings } from '../../engine/roofline.js';
import { Clock, type Exchange } from './clock.js';
import type { Interval } from './intervals.js';
import { KernelTotals } from './kernel-ledger.js';
import { kernelRows, type Device, type Profile, PROFILE_FORMAT, PROFILE_VERSION } from './profile.js';
import { RoundLedger, type Phase } from './round-ledger.js';
import { SpanReader, type AnySpan, type KernelSpan, type PushSpan, type SpanChunk } from './spans.js';
import { Tasks } from './tasks.js';
import { Timeline, type Track } from './timeline.js';

/** What the scheduler's loop does. `load` is before the rounds. */
export type LoopActivity = 'load' | 'schedule' | 'encode' | 'send' | 'wait' | 'pull';

/** A process that runs kernels. */
export interface WorkerFacts {
  readonly name: string;
  readonly engine: EngineKind;
  readonly adapter: string;
  /** True for a software rasterizer: no speed worth publishing. */
  readonly software: boolean;
}

/** Workers of one kind of engine on equal adapters, together. */
interface Hardware {
  readonly facts: WorkerFacts;
  workers: number;
  ceilings: Ceilings | null;
  /** By name of the kernel. */
  readonly totals: Map<string, KernelTotals>;
}

interface Worker {
  readonly facts: WorkerFacts;
  readonly hardware: Hardware;
  /** Null for a process that keeps the recorder's own time. */
  readonly clock: Clock | null;
  readonly reader: SpanReader;
  readonly host: Track;
  readonly kernels: Track;
}

interface Doing {
  readonly activity: LoopActivity;
  readonly round: number;
  readonly task: number;
  readonly begin: number;
}

/** Phases that the loop's activities are; a wait is divided up once its task has been settled. */
const PHASE_OF: Readonly<Record<Exclude<LoopActivity, 'wait' | 'load'>, Phase>> = { schedule: 'schedule', encode: 'encode', send: 'network', pull: 'pull' };

const MS_BETWEEN_BYTE_COUNTS = 5;
const SCHEDULER = 1;

export interface RecorderOptions {
  /** Takes the timeline's text. */
  readonly sink: (text: string) => void;
  /** Name of the process that records: "scheduler", or the command where it works alone. */
  readonly name: string;
  readonly mostEvents?: number | undefined;
}

export class Recorder {
  readonly #start = performance.now();
  readonly #timeline: Timeline;
  readonly #loopTrack: Track = { process: SCHEDULER, name: 'schedule/pull' };
  readonly #busTrack: Track = { process: SCHEDULER, name: 'bus' };
  readonly #workers: Worker[] = [];
  readonly #hardware = new Map<string, Hardware>();
  readonly #ledger = new RoundLedger();
  readonly #tasks = new Tasks(({ wait, arrows }) => {
    if (wait) this.#ledger.waited(wait);
    for (const arrow of arrows) this.#timeline.flow('task', arrow);
  });
  #doing: Doing | null = null;
  /** When spans were recorded since what the loop does began. */
  #recording: Interval[] = [];
  #round: number | null = null;
  #rounds = 0;
  #taskCount = 0;
  #loading = 0;
  #bytesTold = -Infinity;

  constructor({ sink, name, mostEvents }: RecorderOptions) {
    this.#timeline = new Timeline(sink, mostEvents);
    this.#timeline.process(SCHEDULER, name);
  }

  get now(): number {
    return performance.now() - this.#start;
  }

  /** Returns the worker's number. One in this process (`isHere`) keeps the recorder's time and needs no exchanges. */
  addWorker(facts: WorkerFacts, { isHere }: { readonly isHere: boolean }): number {
    const process = SCHEDULER + 1 + this.#workers.length;
    this.#timeline.process(process, `${facts.name} · ${facts.engine} · ${facts.adapter}`);
    const kernels = { process, name: facts.engine === 'webgpu' ? 'GPU queue' : 'kernels' };
    return this.#workers.push({ facts, hardware: this.#hardwareOf(facts), clock: isHere ? null : new Clock(), reader: new SpanReader(), host: { process, name: 'host' }, kernels }) - 1;
  }

  #hardwareOf(facts: WorkerFacts): Hardware {
    const key = `${facts.engine} ${facts.adapter}`;
    const hardware = this.#hardware.get(key) ?? { facts, workers: 0, ceilings: null, totals: new Map() };
    hardware.workers++;
    this.#hardware.set(key, hardware);
    return hardware;
  }

  /** What the worker's adapter can do at the most. */
  measured(worker: number, ceilings: Ceilings): void {
    this.#workers[worker].hardware.ceilings ??= ceilings;
  }

  /** The loop does this from now on. Round and task as on the bus, 0 where there is none yet. */
  enter(activity: LoopActivity, round = 0, task = 0): void {
    this.leave();
    if (activity === 'encode') this.#isNewRound(round);
    this.#recording = [];
    this.#doing = { activity, round, task, begin: this.now };
  }

  /** The loop is over, or interrupted by what is no part of it. */
  leave(): void {
    const doing = this.#doing;
    if (doing === null) return;
    this.#doing = null;
    const { activity, round, task, begin } = doing;
    const end = this.now;
    const ids = this.#tasks.idsOf(task);
    const placed = this.#timeline.span({ track: this.#loopTrack, name: activity, begin, end, args: { round, ...(task > 0 && { task }), ...(ids !== null && { ids }) } });
    const point = placed && { placed, at: begin };
    if (activity === 'load') this.#loading += end - begin;
    else if (activity === 'wait') this.#waited(task, begin, end);
    else this.#ledger.spent(PHASE_OF[activity], end - begin);
    if (activity === 'encode') this.#tasks.sent(task, end, point);
    if (activity === 'pull') this.#tasks.pulled(task, point);
  }

  /** A task with `ids` variables is about to be encoded. */
  task(id: number, ids: number): void {
    this.#taskCount++;
    this.#tasks.begin(id, ids);
  }

  /** A frame of a worker was taken in from `begin` until now. */
  received(worker: number, { name, round, task, bytes, isAnswer }: { readonly name: string; readonly round: number; readonly task: number; readonly bytes: number; readonly isAnswer: boolean }, begin: number): void {
    const end = this.now;
    this.#timeline.span({ track: this.#busTrack, name, begin, end, args: { round, task, bytes, from: this.#workers[worker].facts.name } });
    this.#tasks.heard(task, worker, { begin, end }, isAnswer);
  }

  exchanged(worker: number, exchange: Exchange): void {
    this.#workers[worker].clock!.exchanged(exchange);
  }

  /** Spans of a worker in its own clock, `performance.now()`; `at`: when it told of them. */
  spans(worker: number, chunk: SpanChunk, at: number): void {
    const seat = this.#workers[worker];
    const begin = this.now;
    seat.clock?.reach(at);
    for (const span of seat.reader.spans(chunk)) this.#take(worker, seat, this.#inOurTime(seat, span));
    if (this.#doing === null) return;
    const end = this.now;
    this.#recording.push({ begin, end });
    this.#timeline.span({ track: this.#busTrack, name: 'profile', begin, end, args: { bytes: chunk.rows.byteLength, from: seat.facts.name } });
  }

  /** A number that changes in the course of the run: an objective, an error. */
  counter(name: string, value: number): void {
    if (Number.isFinite(value)) this.#timeline.counter(SCHEDULER, name, this.now, value);
  }

  /** Bytes on the bus so far; told now and then. */
  busBytes(count: () => number): void {
    if (this.now - this.#bytesTold < MS_BETWEEN_BYTE_COUNTS) return;
    this.#bytesTold = this.now;
    this.counter('bus bytes', count());
  }

  /** The profile, when all spans have come. */
  finish(command: string): Profile {
    this.leave();
    this.#tasks.settleAll();
    const { events, leftOut } = this.#timeline;
    const devices = [...this.#hardware.values()].map(deviceOf);
    const isQuantized = devices.some(({ kernels }) => kernels.some(({ tags }) => tags.times === 'quantized'));
    const phases = [...this.#ledger.phases].map(([phase, milliseconds]) => ({ phase, milliseconds, tag: isQuantized && isOfGpu(phase) ? ('quantized' as const) : ('measured' as const) }));
    return {
      format: PROFILE_FORMAT,
      version: PROFILE_VERSION,
      command,
      milliseconds: this.now,
      loadMilliseconds: this.#loading,
      rounds: { rounds: this.#rounds, tasks: this.#taskCount, milliseconds: phases.reduce((sum, phase) => sum + phase.milliseconds, 0), phases },
      devices,
      workers: this.#workers.map(({ facts, clock }) => ({ ...facts, clock: clock?.estimate ?? null })),
      timeline: { events, leftOut },
    };
  }

  #isNewRound(round: number): void {
    if (this.#round !== round) this.#rounds++;
    this.#round = round;
  }

  /** A loop of rounds has ended; the next one may count from the same number. */
  endLoop(): void {
    this.leave();
    this.#round = null;
  }

  #waited(task: number, begin: number, end: number): void {
    if (this.#tasks.idsOf(task) === null) this.#ledger.spent('other', end - begin);
    else this.#tasks.waited(task, { begin, end, recording: this.#recording });
  }

  #inOurTime({ clock }: Worker, span: AnySpan): AnySpan {
    const ours = (time: number) => (clock === null ? time : clock.ours(time)) - this.#start;
    const times = { begin: ours(span.begin), end: ours(span.end) };
    return span.activity === 'push' ? { ...(span as PushSpan), ...times, received: ours((span as PushSpan).received) } : { ...span, ...times };
  }

  #take(worker: number, seat: Worker, span: AnySpan): void {
    if (span.activity === 'kernel') this.#takeKernel(seat, span as KernelSpan);
    const placed = span.activity === 'kernel' ? null : this.#timeline.span({ track: seat.host, name: span.activity, begin: span.begin, end: span.end, args: { round: span.round, task: span.task, bytes: span.bytes } });
    this.#tasks.served(worker, span, placed);
  }

  #takeKernel({ kernels, hardware: { totals } }: Worker, span: KernelSpan): void {
    const { kernel, round, task, begin, end, bytes, flops, workgroups, clock, isReliable, isFirst } = span;
    let total = totals.get(kernel);
    if (total === undefined) totals.set(kernel, (total = new KernelTotals()));
    total.add(span);
    const args = { round, task, ids: this.#tasks.idsOf(task), workgroups, bytes, flops, clock, ...(isFirst && { first: true }), ...(!isReliable && { unreliable: true }) };
    if (isReliable) this.#timeline.span({ track: kernels, name: kernel, begin, end, args });
    else this.#timeline.mark({ track: kernels, name: `${kernel} (unreliable)`, begin, args: { ...args, reported: end - begin } });
  }
}

function deviceOf({ facts: { engine, adapter, software }, workers, ceilings, totals }: Hardware): Device {
  return { engine, adapter, software, workers, ceilings, kernels: kernelRows(totals, ceilings) };
}

/** Phases that rounded GPU timestamps blur. */
function isOfGpu(phase: Phase): boolean {
  return phase === 'GPU' || phase === 'map wait';
}
