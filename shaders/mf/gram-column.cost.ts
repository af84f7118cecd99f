/** Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, stride }) => ({
  bytes: 4 * (rows * stride + stride),
  flops: 2 * rows * stride,
});
