/** Totals of the kernels of one worker. In: its dispatches. Out: calls, times, bytes and flops of each kernel, in bounded memory. */
import type { ClockSource } from '../../engine/profiler.js';
import { Histogram } from './histogram.js';
import type { KernelSpan } from './spans.js';

/** Dispatches of a kind, and what they must at least move and compute. Times are ms. */
export interface Amount {
  calls: number;
  milliseconds: number;
  bytes: number;
  flops: number;
}

export class KernelTotals {
  /** Those after the first whose time is known. */
  readonly timed = nothing();
  /** The first of each worker, apart: caches are cold and what was put off is done. */
  readonly first = nothing();
  /** Those whose interval came out as zero or negative; they have no time. */
  readonly unreliable = nothing();
  readonly clocks = new Set<ClockSource>();
  readonly #durations: Histogram;

  constructor(durations = new Histogram()) {
    this.#durations = durations;
  }

  add({ begin, end, bytes, flops, clock, isReliable, isFirst }: KernelSpan): void {
    const milliseconds = isReliable ? end - begin : 0;
    const kind = !isReliable ? this.unreliable : isFirst ? this.first : this.timed;
    kind.calls++;
    kind.milliseconds += milliseconds;
    kind.bytes += bytes;
    kind.flops += flops;
    this.clocks.add(clock);
    if (kind === this.timed) this.#durations.add(milliseconds);
  }

  quantile(q: number): number | null {
    return this.#durations.quantile(q);
  }
}

function nothing(): Amount {
  return { calls: 0, milliseconds: 0, bytes: 0, flops: 0 };
}
