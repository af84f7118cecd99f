/**
 * Counts: nonzeros of the listed columns. A column that is listed twice counts twice; of the residual, the rows that the columns can meet at
 * most are read and written: min(nonzeros, rows).
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, count }, { nonzeros }) => ({
  bytes: 8 * nonzeros + 8 * Math.min(nonzeros, rows) + 16 * count,
  flops: 2 * nonzeros,
});
