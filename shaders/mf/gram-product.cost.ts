/** The matrix is read once, products are read and written; a scaled addition is two operations. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, stride }) => ({
  bytes: 4 * (3 * rows * stride + stride * stride),
  flops: 2 * rows * stride * (stride + 1),
});
