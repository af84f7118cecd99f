/** A column that is listed twice counts twice. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, count }) => ({
  bytes: 4 * (rows * count + 2 * count + 2 * rows),
  flops: 2 * rows * count + rows,
});
