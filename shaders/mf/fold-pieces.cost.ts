/** Counts: rows, the different rows of the pieces. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, width, accumulate }, { rows }) => ({
  bytes: 4 * (count + width * (count + rows * (1 + accumulate))),
  flops: width * (count - (accumulate ? 0 : rows)),
});
