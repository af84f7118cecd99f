/** Counts: rows and columns of the tables. Of each table as many rows as the pairs can meet at most. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, stride }, { rows, columns }) => ({
  bytes: 12 * count + 4 * stride * (Math.min(count, rows) + Math.min(count, columns)),
  flops: 2 * count * stride,
});
