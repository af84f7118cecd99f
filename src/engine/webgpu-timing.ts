/**
 * When the dispatches of a profiled engine ran. In: dispatches as they are encoded, submissions as they leave. Out: spans, told to each
 * dispatch's profiler in the order of the dispatches, once the GPU got there; nobody waits for them in between.
 */
import { GpuClock, type Interval } from './gpu-clock.js';
import type { DispatchSpan, EngineProfiler } from './profiler.js';

/** A dispatch whose times are not known yet. */
export interface UntimedDispatch {
  readonly profiler: EngineProfiler;
  readonly span: Omit<DispatchSpan, keyof Interval>;
}

export interface DispatchTimer {
  /** No other dispatch can be timed before the next submission. */
  readonly isFull: boolean;
  /** Notes a dispatch; returns what the pass that runs it alone is to be begun with. */
  add(dispatch: UntimedDispatch): GPUComputePassDescriptor;
  /** Encodes, behind all dispatches of a submission, what brings their times to the host. */
  encode(encoder: GPUCommandEncoder): void;
  /** The commands were handed to the queue, by the host's clock not before `at`. */
  submitted(at: number): void;
  /** Resolves when everything that was submitted has been told. */
  told(): Promise<void>;
}

export function dispatchTimer(device: GPUDevice): DispatchTimer {
  return device.features.has('timestamp-query') ? new PassTimer(device) : new SubmissionTimer(device);
}

/** Tells of submissions one after another. */
class Telling {
  #last: Promise<void> = Promise.resolve();

  /** Where the device was lost meanwhile, nothing is told. */
  add(dispatches: readonly UntimedDispatch[], times: Promise<readonly Interval[]>): void {
    const before = this.#last;
    this.#last = times.then(
      async (intervals) => {
        await before;
        for (const [k, { profiler, span }] of dispatches.entries()) profiler.dispatched({ ...span, ...intervals[k]! });
      },
      () => before,
    );
  }

  async finished(): Promise<void> {
    await this.#last;
  }
}

/** Most queries of a set. */
const QUERIES = 4096;
const USAGE_RESOLVE = 0x200 | 0x04;
const USAGE_MAP_READ_COPY_DST = 0x01 | 0x08;
const MAP_MODE_READ = 1;
const BYTES_A_DISPATCH = 16;
const SMALLEST_RING_BUFFER = 1024;
/** Mapped buffers that are kept to be used again. */
const KEPT = 8;

/** The GPU's own timestamps, one pass a dispatch. */
class PassTimer implements DispatchTimer {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #clock = new GpuClock();
  readonly #telling = new Telling();
  readonly #idle: GPUBuffer[] = [];
  #dispatches: UntimedDispatch[] = [];
  #target: GPUBuffer | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ label: 'dispatch times', type: 'timestamp', count: QUERIES });
    this.#resolved = device.createBuffer({ label: 'dispatch times', size: QUERIES * 8, usage: USAGE_RESOLVE });
  }

  get isFull(): boolean {
    return 2 * this.#dispatches.length === QUERIES;
  }

  add(dispatch: UntimedDispatch): GPUComputePassDescriptor {
    const first = 2 * this.#dispatches.length;
    this.#dispatches.push(dispatch);
    return { timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 } };
  }

  encode(encoder: GPUCommandEncoder): void {
    const count = this.#dispatches.length;
    if (count === 0) return;
    const bytes = count * BYTES_A_DISPATCH;
    this.#target = this.#take(bytes);
    encoder.resolveQuerySet(this.#queries, 0, 2 * count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#target, 0, bytes);
  }

  submitted(at: number): void {
    if (!this.#target) return;
    const dispatches = this.#dispatches;
    const times = this.#intervals(this.#target, dispatches.length * BYTES_A_DISPATCH, at);
    this.#dispatches = [];
    this.#target = null;
    this.#telling.add(dispatches, times);
  }

  told(): Promise<void> {
    return this.#telling.finished();
  }

  async #intervals(buffer: GPUBuffer, bytes: number, submitted: number): Promise<Interval[]> {
    await buffer.mapAsync(MAP_MODE_READ, 0, bytes);
    const done = performance.now();
    const timestamps = new BigUint64Array(buffer.getMappedRange(0, bytes).slice(0));
    buffer.unmap();
    if (this.#idle.length < KEPT) this.#idle.push(buffer);
    else buffer.destroy();
    return this.#clock.place({ timestamps, submitted, done });
  }

  #take(bytes: number): GPUBuffer {
    const index = this.#idle.findIndex(({ size }) => size >= bytes);
    if (index >= 0) return this.#idle.splice(index, 1)[0]!;
    const size = Math.max(SMALLEST_RING_BUFFER, 2 ** Math.ceil(Math.log2(bytes)));
    return this.#device.createBuffer({ label: 'dispatch times', size, usage: USAGE_MAP_READ_COPY_DST });
  }
}

/** Where there are no timestamps: one submission a dispatch, from when it was submitted and all before was done until the host hears of its end. */
class SubmissionTimer implements DispatchTimer {
  readonly #queue: GPUQueue;
  readonly #telling = new Telling();
  #dispatches: UntimedDispatch[] = [];
  #lastEnd = -Infinity;

  constructor({ queue }: GPUDevice) {
    this.#queue = queue;
  }

  get isFull(): boolean {
    return this.#dispatches.length === 1;
  }

  add(dispatch: UntimedDispatch): GPUComputePassDescriptor {
    this.#dispatches.push(dispatch);
    return {};
  }

  encode(): void {
    // The queue itself tells the host when it is done.
  }

  submitted(at: number): void {
    if (this.#dispatches.length === 0) return;
    this.#telling.add(this.#dispatches, this.#interval(at));
    this.#dispatches = [];
  }

  told(): Promise<void> {
    return this.#telling.finished();
  }

  async #interval(submitted: number): Promise<Interval[]> {
    await this.#queue.onSubmittedWorkDone();
    const begin = Math.max(submitted, this.#lastEnd);
    const end = performance.now();
    this.#lastEnd = end;
    return [{ begin, end, clock: 'host', isReliable: end > begin }];
  }
}
