/** The whole table only where products are asked for. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, stride, implicit }) =>
  implicit ? { bytes: 4 * (rows * stride + stride + 2 * rows), flops: 2 * rows * stride } : { bytes: 12 * rows, flops: 0 };
