/**
 * Counts: nonzeros of the listed columns, rows of the matrix. A column that is listed twice counts twice; of the residual, one number for each
 * nonzero, but none twice: min(nonzeros, rows), the most that the columns can meet.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count }, { nonzeros, rows }) => ({
  bytes: 8 * nonzeros + 4 * Math.min(nonzeros, rows) + 16 * count,
  flops: 2 * nonzeros,
});
