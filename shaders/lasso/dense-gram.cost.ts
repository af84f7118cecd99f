/** Each chosen column read once, each new entry of the triangle written once. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, count, first }) => {
  const pairs = (count * (count + 1) - first * (first + 1)) / 2;
  return { bytes: 4 * (rows * count + count + pairs), flops: 2 * rows * pairs };
};
