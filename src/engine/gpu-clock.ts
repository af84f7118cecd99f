/**
 * A GPU's timestamps on the host's axis. In: the timestamps of a submission, nanoseconds of a clock of the GPU's own, and the host's
 * milliseconds when it was submitted and when it was known to be done. Out: milliseconds of the host. The two clocks differ by an offset:
 * work begins after it was submitted and has ended when the host hears of it, so every submission bounds the offset from both sides.
 */
import type { ClockSource } from './profiler.js';

export interface Submission {
  /** Nanoseconds; ascending in pairs of begin and end, one a dispatch. */
  readonly timestamps: BigUint64Array;
  readonly submitted: number;
  readonly done: number;
}

export interface Interval {
  readonly begin: number;
  readonly end: number;
  readonly clock: ClockSource;
  readonly isReliable: boolean;
}

/** What timestamps are rounded to where the platform does not give them as they are. */
const QUANTUM = 65_536n;
/** How far two good clocks drift apart: .1 ms a second. */
const DRIFT = 1e-4;

export class GpuClock {
  #origin: bigint | null = null;
  /** Bounds of the offset as of the last submission, milliseconds. */
  #least = -Infinity;
  #most = Infinity;
  #last = -Infinity;

  /** The intervals of a submission's dispatches. */
  place({ timestamps, submitted, done }: Submission): Interval[] {
    const known = timestamps.filter((time) => time > 0n);
    if (known.length > 0) this.#bound(known, submitted, done);
    const clock = known.length > 0 && known.every((time) => time % QUANTUM === 0n) ? 'gpu-quantized' : 'gpu';
    // A timestamp that was not taken is 0.
    const at = (time: bigint) => (time > 0n ? this.#milliseconds(time) + this.#most : done);
    return Array.from({ length: timestamps.length / 2 }, (_, k) => {
      const [begin, end] = [timestamps[2 * k]!, timestamps[2 * k + 1]!];
      return { begin: at(begin), end: at(end), clock, isReliable: begin > 0n && end > begin };
    });
  }

  /** The last timestamp goes with the moment the host heard of it, as far as no submission before was heard of sooner. */
  #bound(known: BigUint64Array, submitted: number, done: number): void {
    this.#origin ??= known[0]!;
    const drift = Number.isFinite(this.#last) ? DRIFT * (done - this.#last) : 0;
    this.#least = Math.max(this.#least - drift, submitted - this.#milliseconds(known[0]!));
    this.#most = Math.max(this.#least, Math.min(this.#most + drift, done - this.#milliseconds(known[known.length - 1]!)));
    this.#last = done;
  }

  #milliseconds(time: bigint): number {
    return Number(time - this.#origin!) / 1e6;
  }
}
