/**
 * Counts: entries of the pieces; columns, rows of the table of columns. The row of each piece is read once; of the columns as many as the
 * entries can meet at most. An entry's error takes 4 operations beside the dot, or 7 where implicit.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, stride, implicit }, { entries, columns }) => ({
  bytes: 8 * entries + 4 * stride * (count + Math.min(entries, columns)) + 8 * (count + 1) + 8 * count,
  flops: entries * (2 * stride + (implicit ? 7 : 4)),
});
