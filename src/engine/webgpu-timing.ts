/**
 * When the dispatches of a profiled engine ran. In: dispatches as they are encoded, submissions as they leave. Out: spans, told to each
 * dispatch's profiler in the order of the dispatches, once the GPU got there; nobody waits for them in between.
 */
import { GpuClock, type Interval } from './gpu-clock.js';
import type { Cost, DispatchSpan, EngineProfiler } from './profiler.js';
import { bytesOf, copyOut, type Part } from './webgpu-readback.js';
import { Staging } from './webgpu-staging.js';

/** A dispatch whose times are not known yet. */
export interface UntimedDispatch {
  readonly profiler: EngineProfiler;
  readonly span: Omit<DispatchSpan, keyof Interval | 'cost'>;
  /** What is to be copied out just behind the dispatch, and the cost that follows from it. */
  readonly parts: readonly Part[];
  cost(contents: readonly ArrayBuffer[]): Cost;
}

/** A dispatch that was encoded, and where its parts were copied to. */
interface Encoded {
  readonly dispatch: UntimedDispatch;
  copies: GPUBuffer | null;
}

/** Gives the intervals of the dispatches of a submission. */
interface Clock {
  /** Most dispatches of a submission. */
  readonly most: number;
  /** What the pass that runs dispatch k of a submission is begun with. */
  pass(k: number): GPUComputePassDescriptor;
  /** Encodes, behind all dispatches of a submission, what brings their times to the host. */
  encode(encoder: GPUCommandEncoder, dispatches: number): void;
  /** The intervals of what was handed to the queue, by the host's clock not before `at`. */
  intervals(dispatches: number, at: number): Promise<readonly Interval[]>;
}

const STAGING = { label: 'dispatch times', smallestBytes: 1024, kept: 8 };

export class DispatchTimer {
  readonly #staging: Staging;
  readonly #clock: Clock;
  #encoded: Encoded[] = [];
  #told: Promise<void> = Promise.resolve();

  constructor(device: GPUDevice) {
    this.#staging = new Staging(device, STAGING);
    this.#clock = device.features.has('timestamp-query') ? new PassClock(device, this.#staging) : new SubmissionClock(device);
  }

  /** No other dispatch can be timed before the next submission. */
  get isFull(): boolean {
    return this.#encoded.length === this.#clock.most;
  }

  /** Notes a dispatch. Returns what the pass that runs it alone is to be begun with. */
  add(dispatch: UntimedDispatch): GPUComputePassDescriptor {
    return this.#clock.pass(this.#encoded.push({ dispatch, copies: null }) - 1);
  }

  /** Called behind the pass of the dispatch that was added last; `encode` encodes copies into a buffer. */
  copyOut(encode: (parts: readonly Part[], target: GPUBuffer) => void): void {
    const encoded = this.#encoded[this.#encoded.length - 1]!;
    const bytes = bytesOf(encoded.dispatch.parts);
    if (bytes === 0) return;
    encoded.copies = this.#staging.take(bytes);
    encode(encoded.dispatch.parts, encoded.copies);
  }

  encode(encoder: GPUCommandEncoder): void {
    if (this.#encoded.length > 0) this.#clock.encode(encoder, this.#encoded.length);
  }

  /** The commands were handed to the queue, by the host's clock not before `at`. */
  submitted(at: number): void {
    if (this.#encoded.length === 0) return;
    const encoded = this.#encoded;
    this.#encoded = [];
    const times = this.#clock.intervals(encoded.length, at);
    const contents = Promise.all(encoded.map((one) => this.#contents(one)));
    this.#told = this.#tell(this.#told, encoded, Promise.all([times, contents]));
  }

  /** Resolves when everything that was submitted has been told. */
  told(): Promise<void> {
    return this.#told;
  }

  async #contents({ dispatch: { parts }, copies }: Encoded): Promise<ArrayBuffer[]> {
    return copies ? this.#staging.contents(copies, bytesOf(parts), (mapped) => copyOut(mapped, parts)) : copyOut(new ArrayBuffer(0), parts);
  }

  async #tell(before: Promise<void>, encoded: readonly Encoded[], found: Promise<readonly [readonly Interval[], readonly ArrayBuffer[][]]>): Promise<void> {
    // Where the device is lost nothing is known; the engine itself fails then.
    const known = await found.catch(() => null);
    await before;
    if (!known) return;
    const [times, contents] = known;
    for (const [k, { dispatch: { profiler, span, cost } }] of encoded.entries()) profiler.dispatched({ ...span, ...times[k]!, cost: cost(contents[k]!) });
  }
}

/** Most queries of a set. */
const QUERIES = 4096;
const USAGE_RESOLVE = 0x200 | 0x04;
const BYTES_A_DISPATCH = 16;

/** The GPU's own timestamps. */
class PassClock implements Clock {
  readonly most = QUERIES / 2;
  readonly #staging: Staging;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #clock = new GpuClock();
  #target: GPUBuffer | null = null;

  constructor(device: GPUDevice, staging: Staging) {
    this.#staging = staging;
    this.#queries = device.createQuerySet({ label: 'dispatch times', type: 'timestamp', count: QUERIES });
    this.#resolved = device.createBuffer({ label: 'dispatch times', size: QUERIES * 8, usage: USAGE_RESOLVE });
  }

  pass(k: number): GPUComputePassDescriptor {
    return { timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: 2 * k, endOfPassWriteIndex: 2 * k + 1 } };
  }

  encode(encoder: GPUCommandEncoder, dispatches: number): void {
    const bytes = dispatches * BYTES_A_DISPATCH;
    this.#target = this.#staging.take(bytes);
    encoder.resolveQuerySet(this.#queries, 0, 2 * dispatches, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#target, 0, bytes);
  }

  async intervals(dispatches: number, submitted: number): Promise<Interval[]> {
    const timestamps = await this.#staging.contents(this.#target!, dispatches * BYTES_A_DISPATCH, (mapped) => new BigUint64Array(mapped.slice(0)));
    return this.#clock.place({ timestamps, submitted, done: performance.now() });
  }
}

/** Where there are no timestamps: one submission a dispatch, from when it was submitted and all before was done until the host hears of its end. */
class SubmissionClock implements Clock {
  readonly most = 1;
  readonly #queue: GPUQueue;
  #lastEnd = -Infinity;

  constructor({ queue }: GPUDevice) {
    this.#queue = queue;
  }

  pass(): GPUComputePassDescriptor {
    return {};
  }

  encode(): void {
    // The queue itself tells the host when it is done.
  }

  async intervals(_dispatches: number, submitted: number): Promise<Interval[]> {
    await this.#queue.onSubmittedWorkDone();
    const begin = Math.max(submitted, this.#lastEnd);
    const end = performance.now();
    this.#lastEnd = end;
    return [{ begin, end, clock: 'host', isReliable: end > begin }];
  }
}
