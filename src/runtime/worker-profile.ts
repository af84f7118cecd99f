/**
 * A worker's side of a profile: notes what the worker's loop and its engine do, sends the spans to the scheduler in chunks, and answers the
 * exchanges that tell its clock. It runs in a Node process or a browser and imports nothing from `node:`.
 */
import type { Frame, Link } from '../bus/link.js';
import type { Engine } from '../engine/engine.js';
import type { DispatchSpan, EngineProfiler, HostSpan } from '../engine/profiler.js';
import { SpanRows, type WorkerActivity } from '../report/trace/spans.js';
import { clockFrame, spansFrame, timesOf } from './profile-frames.js';
import { frame, Verb } from './protocol.js';

/** What the loop does for a frame; frames of other kinds are not told of. */
const ACTIVITIES: ReadonlyMap<number, WorkerActivity> = new Map([
  [Verb.ShardOpen, 'load'],
  [Verb.ShardPart, 'load'],
  [Verb.ShardEnd, 'load'],
  [Verb.RecipeEnd, 'load'],
  [Verb.Commit, 'apply'],
  [Verb.Task, 'push'],
  [Verb.Parcel, 'receive'],
]);

/** Spans are told at least this often, at the end of a task. */
const MS_BETWEEN_CHUNKS = 200;

export class WorkerProfile implements EngineProfiler {
  readonly place = { round: 0, task: 0 };
  readonly #link: Link;
  readonly #engine: Engine;
  readonly #rows: SpanRows;
  /** When the tasks that wait for their turn were received. */
  readonly #received = new Map<number, number>();
  #begin = 0;
  #sending = 0;
  #told = 0;

  constructor(link: Link, engine: Engine) {
    this.#link = link;
    this.#engine = engine;
    this.#rows = new SpanRows((chunk) => {
      this.#told = performance.now();
      link.send(spansFrame(this.#told, chunk));
    });
    engine.profile(this);
  }

  /** Sees every frame as it comes, before its turn. True for one that is answered herewith. */
  answers(received: Frame): boolean {
    if (received.kind === Verb.Task) this.#received.set(received.task, performance.now());
    if (received.kind !== Verb.Clock) return false;
    const heard = performance.now();
    this.#link.send(clockFrame(timesOf(received, 1)[0]!, heard, performance.now()));
    return true;
  }

  begins({ round, task }: Frame): void {
    this.place.round = round;
    this.place.task = task;
    this.#begin = performance.now();
  }

  /** The frame in hand has become what it stands for. */
  decoded(received: Frame): void {
    this.#rows.add('decode', received.round, received.task, this.#begin, performance.now(), bytesOf(received));
  }

  ends(received: Frame): void {
    const activity = ACTIVITIES.get(received.kind);
    if (activity === undefined) return;
    const { round, task } = received;
    const [begin, end, bytes] = [this.#begin, performance.now(), bytesOf(received)];
    if (activity !== 'push') return this.#rows.add(activity, round, task, begin, end, bytes);
    this.#rows.addPush({ round, task, begin, end, bytes, received: this.#received.get(task) ?? begin });
    this.#received.delete(task);
    if (end - this.#told > MS_BETWEEN_CHUNKS) this.#rows.flush();
  }

  sends(): void {
    this.#sending = performance.now();
  }

  sent(bytes: number): void {
    this.#rows.add('send', this.place.round, this.place.task, this.#sending, performance.now(), bytes);
  }

  dispatched({ kernel, round, task, begin, end, clock, isReliable, isFirst, workgroups, cost }: DispatchSpan): void {
    this.#rows.addKernel({ round, task, begin, end, kernel: kernel.name, ...cost, workgroups, clock, isReliable, isFirst });
  }

  host({ activity, round, task, begin, end, bytes }: HostSpan): void {
    this.#rows.add(activity, round, task, begin, end, bytes);
  }

  /** Tells what there is still to tell, and no more. */
  async end(): Promise<void> {
    await this.#engine.finish();
    this.#engine.profile(null);
    this.#rows.flush();
    this.#link.send(frame(Verb.ProfileEnd, { round: 0, task: 0 }, []));
  }
}

function bytesOf({ segments }: Frame): number {
  return segments.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
