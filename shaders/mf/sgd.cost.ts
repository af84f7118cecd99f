/**
 * Counts: ratings of the sub-cells; rows and columns of the tables. Of each table as many rows as the ratings can meet at most are read and written,
 * with their states. By the formulas of the kernel: 16 operations a factor and 24 a rating, 18 more where there are biases.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, ranks, stride }, { ratings, rows, columns }) => {
  const biases = stride > ranks ? 1 : 0;
  const met = Math.min(ratings, rows) + Math.min(ratings, columns);
  return {
    bytes: 12 * ratings + 4 * (count + 1) + 4 * met * (2 * (ranks + biases) + 2 * (1 + biases) + 1),
    flops: ratings * (16 * ranks + 24 + 18 * biases),
  };
};
