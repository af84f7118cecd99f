/** Reads and writes factors, products, residuals and directions; seven multiply-adds a number and two divisions a row. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, stride }) => ({
  bytes: 4 * (8 * rows * stride + rows),
  flops: 14 * rows * stride + 2 * rows,
});
