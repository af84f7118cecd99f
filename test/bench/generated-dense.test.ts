/** The generated dense regression: both orders are the same matrix, neighbours are correlated as said, and the same bits come again. */
import { expect, it } from 'vitest';
import { denseProblem } from '../../bench/generated/dense-columns.js';

const cosine = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0) / Math.hypot(...a) / Math.hypot(...b);

it('has correlated neighbours, and starts afresh every 64th column', () => {
  const { byColumn } = denseProblem(1000, 200);
  const neighbours = Array.from({ length: 199 }, (_, j) => ({ isFresh: (j + 1) % 64 === 0, value: cosine(byColumn.values.subarray(j * 1000, (j + 1) * 1000), byColumn.values.subarray((j + 1) * 1000, (j + 2) * 1000)) }));
  for (const { isFresh, value } of neighbours) expect(Math.abs(value - (isFresh ? 0 : 0.7))).toBeLessThan(0.16);
});

it('is the same matrix by rows and by columns, and the same again', () => {
  const { X, byColumn, y } = denseProblem(7, 130);
  for (let i = 0; i < 7; i++) for (let j = 0; j < 130; j++) expect(X.values[i * 130 + j]).toBe(byColumn.values[j * 7 + i]);
  expect(denseProblem(7, 130).y).toEqual(y);
  expect(denseProblem(7, 130, 2).y).not.toEqual(y);
});
