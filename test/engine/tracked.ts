/**
 * Numbers in float64 with how far the same computation in f32 may be from them: for recursions, whose rounding errors
 * live on in what is computed next. Bounds hold for any order of additions, with one ulp a rounding.
 */
import type { Expected } from './oracle.js';

export interface Tracked {
  readonly value: number;
  readonly bound: number;
}

const EPSILON = 2 ** -23;
/** Results below the smallest normal number may become zero. */
const SMALLEST = 2 ** -126;

export const exact = (value: number): Tracked => ({ value, bound: 0 });

export const negative = ({ value, bound }: Tracked): Tracked => ({ value: -value, bound });

/**
 * Σ of products, each passing through at most `roundings` roundings: errors of the factors carry over, and every rounding
 * adds ε of the magnitude that it meets.
 */
export function sumOfProducts(products: readonly (readonly Tracked[])[], roundings: number): Tracked {
  let value = 0;
  let bound = 0;
  for (const factors of products) {
    const most = factors.reduce((product, factor) => product * (Math.abs(factor.value) + factor.bound), 1);
    const here = factors.reduce((product, factor) => product * factor.value, 1);
    value += here;
    bound += most - Math.abs(here) + roundings * (EPSILON * most + (most > 0 ? SMALLEST : 0));
  }
  return { value, bound };
}

/** rate / √square; the reciprocal root may be wrong by two ulp, and a product follows. */
export function overRoot(rate: number, square: Tracked): Tracked {
  const value = rate / Math.sqrt(square.value);
  const most = rate / Math.sqrt(square.value - square.bound);
  return { value, bound: most - value + 4 * EPSILON * most };
}

export const positivePart = ({ value, bound }: Tracked): Tracked => ({ value: Math.max(0, value), bound });

/** a / b for b clear of 0; a quotient may be wrong by two and a half ulp. */
export function quotient(a: Tracked, b: Tracked): Tracked {
  const value = a.value / b.value;
  const most = (Math.abs(a.value) + a.bound) / (Math.abs(b.value) - b.bound);
  return { value, bound: most - Math.abs(value) + 3 * EPSILON * most + SMALLEST };
}

/** As an oracle says it. */
export function untracked(numbers: readonly Tracked[]): Expected {
  return { values: Float64Array.from(numbers, ({ value }) => value), bounds: Float64Array.from(numbers, ({ bound }) => bound) };
}
