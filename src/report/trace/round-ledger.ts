/**
 * Where the time of the rounds goes. In: what the scheduler's loop does, and of each task what its workers did. Out: the loop's time by
 * phase; the phases add up to it exactly.
 *
 * The loop does one thing at a time: it draws tasks (*schedule*), makes their frames (*encode*), waits for room on the links (*network*), waits
 * for a task's sums, pulls (*pull*). The time that it waits for a task's sums is divided along the way of the worker that answered last:
 *
 *   sent ── network ──▶ received ── apply, queue ──▶ push begins ── upload, encode, GPU, map wait, push ──▶ answered ── network ──▶ heard
 *
 * - *network*: from when the frames were handed to the link to the worker's receipt, and from the end of its push to the receipt of its
 *   answer, less what the scheduler spent on adding up partial sums, which is *pull*, and on recording spans, which is *profile*: frames that
 *   come meanwhile are heard later;
 * - *apply*: commits and parcels taken in before the push; *queue*: the worker was still busy with what came before;
 * - within the push each moment counts once, for the first of these that was going on: *GPU* (a kernel ran, whatever the host did meanwhile; on
 *   wasm the kernels), *upload*, *encode* (commands for the GPU, frames of partial sums), *map wait* (for results, while no kernel ran), *push*
 *   (everything else on the worker's host);
 * - *other*: what none of them explains, as the loop's wake-up once the sums are there.
 *
 * Only the part of that way which the loop really waited counts, so it holds for pipelined rounds too: what overlaps costs nothing.
 */
import { shareOut, type Interval } from './intervals.js';
import type { WorkerActivity } from './spans.js';

export const PHASES = ['schedule', 'encode', 'network', 'queue', 'apply', 'upload', 'GPU', 'map wait', 'push', 'pull', 'profile', 'other'] as const;

export type Phase = (typeof PHASES)[number];

/** What a worker did for a task, in the scheduler's clock. */
export interface Served {
  readonly received: number;
  readonly begin: number;
  readonly end: number;
  /** What it did meanwhile and, for `apply` and `receive`, before. */
  readonly parts: ReadonlyMap<WorkerActivity, readonly Interval[]>;
}

/** A wait of the loop for a task's sums. */
export interface Wait extends Interval {
  /** When the task's frames had been handed to the links. */
  readonly sent: number;
  /** When the last answer had come. */
  readonly heard: number;
  /** What the scheduler did with the task's frames as they came. */
  readonly adding: readonly Interval[];
  /** When the scheduler recorded what workers told of their work. */
  readonly recording: readonly Interval[];
  /** Of the worker that answered last; null where it is not known. */
  readonly slowest: Served | null;
}

export class RoundLedger {
  readonly #ms = new Map<Phase, number>(PHASES.map((phase) => [phase, 0]));

  /** Milliseconds of each phase so far. */
  get phases(): ReadonlyMap<Phase, number> {
    return this.#ms;
  }

  spent(phase: Phase, milliseconds: number): void {
    this.#ms.set(phase, this.#ms.get(phase)! + milliseconds);
  }

  waited(wait: Wait): void {
    const whole = wait.end - wait.begin;
    const explained = wait.slowest === null ? this.#withoutWorker(wait) : this.#along(wait, wait.slowest);
    this.spent('other', Math.max(0, whole - explained));
  }

  #withoutWorker({ begin, end, sent, heard, adding, recording }: Wait): number {
    const [pull, profile, network] = shareOut({ begin, end }, [adding, recording, [{ begin: sent, end: heard }]]);
    return this.#spentAll([['pull', pull], ['profile', profile], ['network', network]]);
  }

  #along({ begin, end, sent, heard, adding, recording }: Wait, { received, begin: pushed, end: answered, parts }: Served): number {
    const clip = (from: number, to: number): Interval => ({ begin: Math.max(begin, from), end: Math.min(end, to) });
    const partsOf = (...activities: WorkerActivity[]) => activities.flatMap((activity) => parts.get(activity) ?? []);
    const there = clip(sent, received);
    const [apply, queue] = shareOut(clip(Math.max(sent, received), pushed), [partsOf('apply', 'receive'), [{ begin: -Infinity, end: Infinity }]]);
    const push = clip(Math.max(sent, pushed), answered);
    const [gpu, upload, encode, mapWait, rest] = shareOut(push, [partsOf('kernel'), partsOf('upload'), partsOf('encode', 'send'), partsOf('map-wait'), [{ begin: -Infinity, end: Infinity }]]);
    const [pull, profile, back] = shareOut(clip(Math.max(sent, answered), heard), [adding, recording, [{ begin: -Infinity, end: Infinity }]]);
    const network = Math.max(0, there.end - there.begin) + back;
    return this.#spentAll([['network', network], ['apply', apply], ['queue', queue], ['GPU', gpu], ['upload', upload], ['encode', encode], ['map wait', mapWait], ['push', rest], ['pull', pull], ['profile', profile]]);
  }

  #spentAll(times: readonly (readonly [Phase, number])[]): number {
    for (const [phase, milliseconds] of times) this.spent(phase, milliseconds);
    return times.reduce((sum, [, milliseconds]) => sum + milliseconds, 0);
  }
}
