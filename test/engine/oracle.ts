/**
 * What an oracle says of a kernel: a list of inputs with the answer. Of reals that is the float64 value and how far f32 may be
 * from it, of integers the very words, and of what was drawn at random a judgement.
 */
import type { Kernel } from '../../src/engine/engine.js';

export interface Expected {
  readonly values: Float64Array;
  /** Largest allowed distance of each value. */
  readonly bounds: Float64Array;
}

export interface ExpectedWords {
  readonly words: Uint32Array;
}

/** Looks at all buffers as the kernel left them, as words: what is wrong with this one, as a sentence, or null. */
export interface Judged {
  readonly miss: (after: ReadonlyMap<string, Uint32Array>) => string | null;
}

export interface KernelCase {
  readonly title: string;
  /** Contents of every buffer before the run. */
  readonly buffers: Readonly<Record<string, Float32Array | Uint32Array>>;
  readonly parameters: Readonly<Record<string, number>>;
  readonly workgroups: number;
  /** Buffers that the kernel changes; all others must stay as they were. */
  readonly expected: Readonly<Record<string, Expected | ExpectedWords | Judged>>;
}

export interface KernelOracle {
  readonly kernel: Kernel;
  readonly cases: readonly KernelCase[];
}

/** WebGPU lets an operation round to either neighbour, so one rounding may cost a whole ulp: 2^-23. */
const EPSILON = 2 ** -23;
/** Results below the smallest normal number may become zero. */
const SMALLEST = 2 ** -126;

/**
 * A running sum of products in float64, with the bound for the same sum in f32. In any order, each term passes through
 * at most n + 1 roundings (its product, and at most n additions), so |error| ≤ (n + 1)·ε·Σ|a||b| to first order; n + 2
 * covers the rest for n·ε ≪ 1. Where the terms are small integers every partial sum is exact, and the bound is 0.
 */
export class ProductSum {
  value = 0;
  private terms = 0;
  private magnitude = 0;
  private exact = true;

  add(a: number, b: number): void {
    this.value += a * b;
    this.magnitude += Math.abs(a * b);
    this.terms += 1;
    this.exact &&= Number.isInteger(a) && Number.isInteger(b);
  }

  get bound(): number {
    if (this.exact && this.magnitude < 2 ** 24) return 0;
    return (this.terms + 2) * (EPSILON * this.magnitude + SMALLEST);
  }
}

export function expectedFrom(sums: readonly ProductSum[]): Expected {
  return { values: Float64Array.from(sums, (sum) => sum.value), bounds: Float64Array.from(sums, (sum) => sum.bound) };
}
