/** Counts: columns, how many different ones the ids name. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, count }, { columns }) => ({
  bytes: 4 * (columns * rows + rows + 2 * count),
  flops: 2 * rows * count,
});
