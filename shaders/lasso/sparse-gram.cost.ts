/**
 * Counts: nonzeros of the chosen columns; products, the pairs of entries i ≥ j, i ≥ first, in a common row. The pairs are what must be
 * multiplied; looking for them costs the GPU a binary search an entry, which is not counted.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, first }, { nonzeros, products }) => {
  const pairs = (count * (count + 1) - first * (first + 1)) / 2;
  return { bytes: 8 * nonzeros + 12 * count + 4 * pairs, flops: 2 * products };
};
