/** Half of the matrix is computed and read, the whole of it written. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, stride }) => {
  const pairs = (stride * (stride + 1)) / 2;
  return { bytes: 4 * (rows * stride + pairs + stride * stride), flops: (2 * rows + 1) * pairs };
};
