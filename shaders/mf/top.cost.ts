/** Counts: excluded, the columns of this block that are excluded, over all listed users. Every column is scored; comparisons are no flops. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, cols, stride, n }, { excluded }) => ({
  bytes: 4 * (count + stride * (count + cols) + count + 1 + excluded) + 16 * count * n,
  flops: 2 * count * cols * stride,
});
