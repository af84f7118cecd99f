/**
 * Counts: entries of the pieces; columns, rows of the tile of columns. The row of each piece is read once, its product read and written, or only
 * written beyond `overflow`; of the columns as many as the entries can meet at most. A coefficient takes 0 to 3 operations.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, overflow, stride, residual, implicit }, { entries, columns }) => {
  const added = overflow === 0 ? count * stride : 0;
  const coefficient = residual ? (implicit ? 3 : 1) : implicit;
  return {
    bytes: 8 * entries + 8 * (count + 1) + 4 * (stride * (2 * count + Math.min(entries, columns)) + added),
    flops: entries * (4 * stride + coefficient) + added,
  };
};
