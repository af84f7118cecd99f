/**
 * Counts: entries of the pieces; columns, rows of the table of columns. Residuals are read and written; of the columns as many as the entries can
 * meet at most, three of their four numbers.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, overflow, accumulate, implicit }, { entries, columns }) => {
  const added = overflow === 0 && accumulate ? 2 * count : 0;
  return {
    bytes: (implicit ? 16 : 12) * entries + 12 * Math.min(entries, columns) + 8 * (count + 1) + 16 * count + 4 * added,
    flops: (implicit ? 11 : 8) * entries + added,
  };
};
