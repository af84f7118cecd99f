/**
 * What a trace is made of: spans of activities, in rows of numbers as they cross the bus. In: spans of one process, in its own clock.
 * Out: chunks of bounded size, and the spans again. Nothing here imports from `node:`.
 */
import type { ClockSource } from '../../engine/profiler.js';

/** What a worker does; its place in the list is its number in a row. */
export const WORKER_ACTIVITIES = ['load', 'apply', 'push', 'receive', 'decode', 'send', 'upload', 'encode', 'map-wait', 'kernel'] as const;

export type WorkerActivity = (typeof WORKER_ACTIVITIES)[number];

/** Times are milliseconds of `performance.now()`. Round and task are 0 for what belongs to none. */
export interface Span {
  readonly activity: WorkerActivity;
  readonly round: number;
  readonly task: number;
  readonly begin: number;
  readonly end: number;
  readonly bytes: number;
}

/** A task that a worker served. */
export interface PushSpan extends Span {
  readonly activity: 'push';
  /** When the task's frame came; it may have waited for its turn. */
  readonly received: number;
}

/** A dispatch, as `DispatchSpan` of the engine has it. */
export interface KernelSpan extends Span {
  readonly activity: 'kernel';
  readonly kernel: string;
  readonly flops: number;
  readonly workgroups: number;
  readonly clock: ClockSource;
  readonly isReliable: boolean;
  readonly isFirst: boolean;
}

export type AnySpan = Span | PushSpan | KernelSpan;

/** Names that rows refer to by number since the chunk before, as JSON; and the rows. */
export interface SpanChunk {
  readonly names: readonly string[];
  readonly rows: Float64Array;
}

/** Rows that leave together at the most: 72 KiB. */
export const ROWS_OF_CHUNK = 1024;

const WIDTH = 9;
const AT = { activity: 0, round: 1, task: 2, begin: 3, end: 4, bytes: 5, /** Flops of a kernel, receipt of a pushed task. */ extra: 6, kernel: 7, flags: 8 };

const CLOCKS: readonly ClockSource[] = ['gpu', 'gpu-quantized', 'host'];
/** Flags of a kernel: two bits for the clock, one each for reliable and first, and from here on the workgroups. */
const RELIABLE = 4;
const FIRST = 8;
const WORKGROUPS = 16;

/** Gathers the spans of a process and hands them on in chunks. */
export class SpanRows {
  readonly #full: (chunk: SpanChunk) => void;
  readonly #numbers = new Map<string, number>();
  #fresh: string[] = [];
  #rows = new Float64Array(ROWS_OF_CHUNK * WIDTH);
  #count = 0;

  /** `full` takes a chunk at once: its rows are used again. */
  constructor(full: (chunk: SpanChunk) => void) {
    this.#full = full;
  }

  add(activity: WorkerActivity, round: number, task: number, begin: number, end: number, bytes: number): void {
    this.#row(activity, round, task, begin, end, bytes, 0, 0, 0);
  }

  addPush({ round, task, begin, end, bytes, received }: Omit<PushSpan, 'activity'>): void {
    this.#row('push', round, task, begin, end, bytes, received, 0, 0);
  }

  addKernel({ round, task, begin, end, bytes, flops, kernel, workgroups, clock, isReliable, isFirst }: Omit<KernelSpan, 'activity'>): void {
    const flags = CLOCKS.indexOf(clock) + (isReliable ? RELIABLE : 0) + (isFirst ? FIRST : 0) + workgroups * WORKGROUPS;
    this.#row('kernel', round, task, begin, end, bytes, flops, this.#numberOf(kernel), flags);
  }

  /** Hands on what there is. */
  flush(): void {
    if (this.#count === 0) return;
    const names = this.#fresh;
    this.#fresh = [];
    const rows = this.#rows.subarray(0, this.#count * WIDTH);
    this.#count = 0;
    this.#full({ names, rows });
  }

  #row(activity: WorkerActivity, round: number, task: number, begin: number, end: number, bytes: number, extra: number, kernel: number, flags: number): void {
    const rows = this.#rows;
    const at = this.#count * WIDTH;
    rows[at] = WORKER_ACTIVITIES.indexOf(activity);
    rows[at + AT.round] = round;
    rows[at + AT.task] = task;
    rows[at + AT.begin] = begin;
    rows[at + AT.end] = end;
    rows[at + AT.bytes] = bytes;
    rows[at + AT.extra] = extra;
    rows[at + AT.kernel] = kernel;
    rows[at + AT.flags] = flags;
    if (++this.#count === ROWS_OF_CHUNK) this.flush();
  }

  #numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#fresh.push(name);
    this.#numbers.set(name, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/** Reads the chunks of one process, in their order. */
export class SpanReader {
  readonly #names: string[] = [];

  /** The spans of a chunk. Throws TypeError when its rows are none. */
  *spans({ names, rows }: SpanChunk): Generator<AnySpan> {
    this.#names.push(...names);
    if (rows.length % WIDTH !== 0) throw new TypeError(`${rows.length} numbers where rows of ${WIDTH} were expected`);
    for (let at = 0; at < rows.length; at += WIDTH) yield this.#span(rows.subarray(at, at + WIDTH));
  }

  #span(row: Float64Array): AnySpan {
    const activity = WORKER_ACTIVITIES[row[AT.activity]];
    if (activity === undefined) throw new TypeError(`a span of activity ${row[AT.activity]}, expected 0 to ${WORKER_ACTIVITIES.length - 1}`);
    const span = { round: row[AT.round], task: row[AT.task], begin: row[AT.begin], end: row[AT.end], bytes: row[AT.bytes] };
    if (activity === 'push') return { activity, ...span, received: row[AT.extra] };
    if (activity !== 'kernel') return { activity, ...span };
    const kernel = this.#names[row[AT.kernel]];
    if (kernel === undefined) throw new TypeError(`kernel number ${row[AT.kernel]}, of which the worker has not told the name`);
    const flags = row[AT.flags];
    const workgroups = Math.floor(flags / WORKGROUPS);
    return { activity, ...span, kernel, flops: row[AT.extra], workgroups, clock: CLOCKS[flags & 3], isReliable: (flags & RELIABLE) !== 0, isFirst: (flags & FIRST) !== 0 };
  }
}
