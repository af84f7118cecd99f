/**
 * A run's profile, on the scheduler's side: tells the workers to tell of their work, keeps asking for their clocks, and records what comes, with
 * what the scheduler's own loop does. Out: the trace at its path once `finish` resolves; nothing is left of one that is discarded.
 */
import { frameBytes } from '../bus/frames.js';
import type { Frame, Link } from '../bus/link.js';
import type { Task } from '../program.js';
import type { Profile } from '../report/trace/profile.js';
import { Recorder, type LoopActivity, type WorkerFacts } from '../report/trace/recorder.js';
import { TraceFile } from '../report/trace/trace-file.js';
import { clockFrame, spansOf, timesOf, type ProfileReady } from './profile-frames.js';
import { frame, jsonOf, Verb } from './protocol.js';

/** A worker of the run: its link, and what is said of it. */
export type ProfiledMember = Omit<WorkerFacts, 'engine'> & { readonly kind: WorkerFacts['engine']; readonly link: Link };

/** Exchanges one after another before the run, and every so often during it. */
const FIRST_EXCHANGES = 8;
const LATER_EXCHANGES = 4;
const MS_BETWEEN_EXCHANGES = 1000;

const NOWHERE = { round: 0, task: 0 };

/** Names of frames in the bus's track. */
const TAKEN: ReadonlyMap<number, string> = new Map([
  [Verb.Partial, 'receive'],
  [Verb.Pushed, 'receive'],
  [Verb.Parcel, 'relay'],
]);

interface Seat {
  readonly link: Link;
  /** Exchanges still to come of this burst, and whether one is under way. */
  exchanges: number;
  isAsked: boolean;
  /** The last frame of an answer that is waited for. */
  awaited: { readonly kind: number; readonly resolve: () => void } | null;
  isGone: boolean;
}

export class RunProfile {
  readonly #command: string;
  readonly #recorder: Recorder;
  readonly #file: TraceFile;
  #seats: Seat[] = [];
  #busBytes: () => number = () => 0;
  #begun: Promise<void> | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #fail!: (error: Error) => void;
  readonly #failed = new Promise<never>((_, reject) => (this.#fail = reject));
  /** Of the profile's own frames, both directions. */
  bytes = 0;

  /** `path`: found writable. `command`: what the user called. */
  constructor(path: string, command: string, mostEvents?: number) {
    this.#command = command;
    this.#file = new TraceFile(path);
    this.#recorder = new Recorder({ sink: (text) => this.#file.write(text), name: 'scheduler', mostEvents });
    this.#failed.catch(() => undefined);
  }

  /** Profiles these workers; of those that come later nothing is told. `busBytes`: on all links of the run. */
  attach(members: readonly ProfiledMember[], busBytes: () => number): void {
    for (const { name, kind, adapter, software } of members) this.#recorder.addWorker({ name, engine: kind, adapter, software }, { isHere: false });
    this.#seats = members.map(({ link }) => ({ link, exchanges: 0, isAsked: false, awaited: null, isGone: false }));
    this.#busBytes = busBytes;
  }

  /** Resolves when the workers tell of their work and their clocks are known. Asked again, it is the same. */
  begin(): Promise<void> {
    this.#begun ??= this.#begin();
    return this.#begun;
  }

  async #begin(): Promise<void> {
    await this.#file.open();
    // One after another: two that measure what their adapter can do would get half of it each.
    for (const seat of this.#seats) {
      await this.#answer(seat, Verb.Profile, () => this.#send(seat, frame(Verb.Profile, NOWHERE, [])));
      await this.#answer(seat, Verb.Clock, () => this.#exchange(seat, FIRST_EXCHANGES));
    }
    this.#timer = setInterval(() => this.#exchangeAgain(), MS_BETWEEN_EXCHANGES);
    this.#timer.unref();
  }

  /** The scheduler's loop does this from now on. */
  enter(activity: LoopActivity, round = 0, task = 0): void {
    this.#recorder.enter(activity, round, task);
  }

  /** A task's frames are made from now on. */
  encodes(round: number, id: number, task: Task): void {
    this.#recorder.task(id, task.ids.length);
    this.#recorder.enter('encode', round, id);
  }

  /** The scheduler's loop has ended. */
  endLoop(): void {
    this.#recorder.endLoop();
  }

  /** A number that changes in the course of the run, by its name: the objective, an error. */
  counter(name: string, value: number): void {
    this.#recorder.counter(name, value);
  }

  get now(): number {
    return this.#recorder.now;
  }

  /** A frame of a worker was taken in from `begin` until now. */
  received(worker: number, { kind, round, task, segments }: Frame, begin: number): void {
    const name = TAKEN.get(kind);
    if (name === undefined || worker >= this.#seats.length) return;
    const bytes = segments.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#recorder.received(worker, { name, round, task, bytes, isAnswer: kind === Verb.Pushed }, begin);
    this.#recorder.busBytes(this.#busBytes);
  }

  /** A worker is gone: nothing more is asked of it. */
  leave(worker: number): void {
    const seat = this.#seats[worker];
    if (!seat) return;
    seat.isGone = true;
    seat.awaited?.resolve();
    seat.awaited = null;
  }

  /** Takes a frame of this profile. */
  take(worker: number, received: Frame): void {
    const seat = this.#seats[worker];
    if (!seat) return;
    this.bytes += frameBytes(received);
    if (received.kind === Verb.Profile) this.#takeReady(worker, jsonOf<ProfileReady>(received));
    if (received.kind === Verb.Clock) this.#takeTimes(worker, timesOf(received, 3) as [number, number, number]);
    if (received.kind === Verb.Spans) this.#takeSpans(worker, received);
    const isBurstOver = received.kind !== Verb.Clock || !seat.isAsked;
    if (received.kind !== seat.awaited?.kind || !isBurstOver) return;
    seat.awaited.resolve();
    seat.awaited = null;
  }

  #takeReady(worker: number, { ceilings }: ProfileReady): void {
    if (ceilings) this.#recorder.measured(worker, ceilings);
  }

  #takeTimes(worker: number, [asked, heard, answered]: readonly [number, number, number]): void {
    const seat = this.#seats[worker]!;
    this.#recorder.exchanged(worker, { asked, heard, answered, returned: performance.now() });
    seat.isAsked = false;
    if (seat.exchanges > 0) this.#exchange(seat, seat.exchanges);
  }

  #takeSpans(worker: number, received: Frame): void {
    const { at, chunk } = spansOf(received);
    this.#recorder.spans(worker, chunk, at);
  }

  /** The run has failed: nothing more comes of it. */
  fail(error: Error): void {
    this.#stop();
    this.#fail(error);
  }

  /** Waits for the workers' last spans and brings the trace to its place. DataError where it could not be written. */
  async finish(): Promise<Profile> {
    await this.begin();
    this.#stop();
    await Promise.all(this.#seats.map((seat) => this.#answer(seat, Verb.ProfileEnd, () => this.#send(seat, frame(Verb.ProfileEnd, NOWHERE, [])))));
    const profile = this.#recorder.finish(this.#command);
    this.#file.finish(profile);
    return profile;
  }

  /** Leaves nothing of it behind, except a trace that is in its place. */
  discard(): void {
    this.#stop();
    this.#file.discard();
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const seat of this.#seats) seat.exchanges = 0;
  }

  #send({ link }: Seat, sent: Frame): void {
    this.bytes += frameBytes(sent);
    link.send(sent);
  }

  /** Asks, and resolves with the last frame of the answer; rejects when the run fails meanwhile. */
  #answer(seat: Seat, kind: number, ask: () => void): Promise<void> {
    if (seat.isGone) return Promise.resolve();
    const answered = new Promise<void>((resolve) => (seat.awaited = { kind, resolve }));
    ask();
    return Promise.race([answered, this.#failed]);
  }

  /** Asks for the time; `count` times in all, one after another. */
  #exchange(seat: Seat, count: number): void {
    seat.exchanges = count - 1;
    seat.isAsked = true;
    this.#send(seat, clockFrame(performance.now()));
  }

  /** A worker that has not answered yet is not asked again. */
  #exchangeAgain(): void {
    for (const seat of this.#seats) if (!seat.isAsked && !seat.isGone) this.#exchange(seat, LATER_EXCHANGES);
  }
}
