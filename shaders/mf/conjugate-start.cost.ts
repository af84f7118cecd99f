/** Reads factors and products, writes residuals, directions and products. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, stride }) => ({
  bytes: 4 * (5 * rows * stride + rows),
  flops: 2 * rows * stride,
});
