/**
 * A running sum of products in float64, with how far the same sum in f32 may be from it when its factors are themselves
 * uncertain. In any order, each term passes through at most n + 1 roundings (its product, and at most n additions); n + 2
 * covers what is of second order. Where factors are integers and no partial sum can pass 2^24 everything is exact.
 */
import type { Tracked } from './tracked.js';

/** WebGPU lets an operation round to either neighbour: 2^-23. */
const EPSILON = 2 ** -23;
/** Results below the smallest normal number may become zero. */
const SMALLEST = 2 ** -126;
/** WebGPU's division may be wrong by 2.5 ulp. */
const DIVISION = 3 * EPSILON;

export class TrackedSum {
  private value = 0;
  private inherited = 0;
  private magnitude = 0;
  private terms = 0;
  private whole = true;

  add(a: Tracked, b: Tracked): this {
    const product = a.value * b.value;
    const most = (Math.abs(a.value) + a.bound) * (Math.abs(b.value) + b.bound);
    this.value += product;
    this.inherited += most - Math.abs(product);
    this.magnitude += most;
    this.terms += 1;
    this.whole &&= a.bound === 0 && b.bound === 0 && Number.isInteger(a.value) && Number.isInteger(b.value);
    return this;
  }

  get tracked(): Tracked {
    const { value, inherited, magnitude, terms } = this;
    if (this.whole && magnitude < 2 ** 24) return { value, bound: 0 };
    return { value, bound: inherited + (terms + 2) * (EPSILON * magnitude + SMALLEST) };
  }
}

/** a / b where b is surely positive, 0 where it is surely not; a is not negative. Throws where rounding decides which. */
export function ratioOrZero(a: Tracked, b: Tracked): Tracked {
  if (b.value + b.bound <= 0) return { value: 0, bound: 0 };
  if (b.value <= b.bound) throw new Error(`${b.value} ± ${b.bound} may have either sign; choose other numbers for this case`);
  const value = a.value / b.value;
  const most = (a.value + a.bound) / (b.value - b.bound);
  return { value, bound: most - value + DIVISION * most + SMALLEST };
}
