/**
 * What an engine tells of its work to whoever profiles it. Times are milliseconds of `performance.now()` in the engine's process;
 * bytes and flops are exact, by the cost function beside the kernel.
 */
import type { Counts, Kernel } from './engine.js';

/** What one dispatch must at least move and compute. */
export interface Cost {
  /** Compulsory bytes: each operand read once, each result written once. */
  readonly bytes: number;
  /** Floating-point operations; a fused multiply-add is two. */
  readonly flops: number;
}

/** Declared beside each kernel; `counts` is what the dispatch tells of its data. */
export type CostFunction = (parameters: Readonly<Record<string, number>>, counts: Counts) => Cost;

/** Where a time comes from: the GPU's own timestamps, such timestamps rounded to 65,536 ns, or the host's clock around a call. */
export type ClockSource = 'gpu' | 'gpu-quantized' | 'host';

/** One run of a kernel. */
export interface DispatchSpan {
  readonly kernel: Kernel;
  readonly round: number;
  readonly task: number;
  readonly begin: number;
  readonly end: number;
  readonly clock: ClockSource;
  /** False where the interval came out as zero or negative: the clock is too coarse for it. */
  readonly isReliable: boolean;
  /** The kernel's first run on this engine, with cold caches and what was put off until then. */
  readonly isFirst: boolean;
  readonly workgroups: number;
  readonly cost: Cost;
}

/** Time of the host on behalf of the engine. */
export interface HostSpan {
  readonly activity: 'upload' | 'encode' | 'map-wait';
  readonly round: number;
  readonly task: number;
  readonly begin: number;
  readonly end: number;
  readonly bytes: number;
}

export interface EngineProfiler {
  /** The task that is being served; what is encoded now belongs to it. */
  readonly place: { readonly round: number; readonly task: number };
  dispatched(span: DispatchSpan): void;
  host(span: HostSpan): void;
}
