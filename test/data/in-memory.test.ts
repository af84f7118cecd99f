/** Arrays of a program become the same matrix whichever way they are laid out, or are refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixFrom, type MatrixInput } from '../../src/data/in-memory.js';
import { denseRows } from './files.js';

const cell = fc.oneof(fc.constant(0), fc.integer({ min: -9, max: 9 }));
const rowsOf = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([n, p]) => fc.array(fc.array(cell, { minLength: p, maxLength: p }), { minLength: n, maxLength: n }));

/** CSR of a matrix: starts, ids along the row, values. */
function compressed(rows: number[][]): { starts: number[]; ids: number[]; values: number[] } {
  const starts = [0];
  const ids: number[] = [];
  const values: number[] = [];
  for (const row of rows) {
    for (const [j, x] of row.entries()) {
      if (x === 0) continue;
      ids.push(j);
      values.push(x);
    }
    starts.push(ids.length);
  }
  return { starts, ids, values };
}

const transposed = (rows: number[][]): number[][] => rows[0].map((_, j) => rows.map((row) => row[j]));

describe('matrixFrom', () => {
  it('reads the same matrix from every layout', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf, async (rows) => {
        const shape = { rows: rows.length, columns: rows[0].length };
        const byRow = compressed(rows);
        const byColumn = compressed(transposed(rows));
        const coo = rows.flatMap((row, i) => row.flatMap((x, j) => (x === 0 ? [] : [[i, j, x]])));
        const inputs: MatrixInput[] = [
          rows,
          rows.map((row) => Float32Array.from(row)),
          { ...shape, values: Float64Array.from(rows.flat()) },
          { ...shape, rowStarts: byRow.starts, columnIds: byRow.ids, values: byRow.values },
          { ...shape, columnStarts: Uint32Array.from(byColumn.starts), rowIds: Uint32Array.from(byColumn.ids), values: Float64Array.from(byColumn.values) },
          { ...shape, rowIds: coo.map(([i]) => i), columnIds: coo.map(([, j]) => j), values: coo.map(([, , x]) => x) },
        ];
        for (const input of inputs) expect(await denseRows(matrixFrom(input))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  it('gives large arrays out in bounded chunks, in order', async () => {
    const values = new Float64Array(1_100_000).map((_, i) => i);
    const chunks = [];
    for await (const chunk of matrixFrom({ rows: 11_000, columns: 100, values }).chunks()) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.every((chunk) => chunk.values.byteLength <= 4 << 20)).toBe(true);
    expect(chunks.flatMap((chunk) => [...chunk.values]).every((x, i) => x === i)).toBe(true);
  });

  const shape = { rows: 2, columns: 2 };
  it('refuses what is not a matrix', () => {
    expect(() => matrixFrom([])).toThrowErrorMatchingInlineSnapshot(`[DataError: X: found 0 rows and 0 columns, expected at least one of each. Give a matrix with data]`);
    expect(() => matrixFrom([[1, 2], [3]])).toThrowErrorMatchingInlineSnapshot(`[DataError: X: row 1 has 1 values, expected 2 as in row 0. Give every row the same length]`);
    expect(() => matrixFrom([[1, 2], [3, NaN]])).toThrowErrorMatchingInlineSnapshot(`[DataError: X: found NaN at row 1, column 1 (from 0), expected a finite number. Fill in or leave out what is missing]`);
    expect(() => matrixFrom([['1'] as unknown as number[]])).toThrowErrorMatchingInlineSnapshot(`[DataError: X: found NaN at row 0, column 0 (from 0), expected a finite number. Fill in or leave out what is missing]`);
    expect(() => matrixFrom({ ...shape, values: [1, 2, 3] })).toThrowErrorMatchingInlineSnapshot(`[DataError: X: found 3 values, expected 2 × 2 = 4. Give rows and columns that match the values]`);
    expect(() => matrixFrom({ ...shape, rowStarts: [0, 1], columnIds: [0], values: [1] })).toThrowErrorMatchingInlineSnapshot(`[DataError: X: found 2 rowStarts, expected 3: one more than there are rows or columns]`);
    expect(() => matrixFrom({ ...shape, rowStarts: [0, 2, 1], columnIds: [0], values: [1] })).toThrowErrorMatchingInlineSnapshot(`[DataError: X: rowStarts[2] is 1, expected at least 2: starts never descend]`);
    expect(() => matrixFrom({ ...shape, columnStarts: [0, 1, 1], rowIds: [0, 1], values: [1, 2] })).toThrowErrorMatchingInlineSnapshot(`[DataError: X: columnStarts run from 0 to 1, expected from 0 to 2, the number of values]`);
    expect(() => matrixFrom({ ...shape, rowIds: [2], columnIds: [0], values: [1] })).toThrowErrorMatchingInlineSnapshot(`[DataError: X: rowIds[0] is 2, expected a whole number from 0 to 1]`);
    expect(() => matrixFrom({ ...shape, rowIds: [0], columnIds: [0, 1], values: [1] })).toThrowErrorMatchingInlineSnapshot(`[DataError: X: found 2 columnIds, expected 1: one for every value]`);
    expect(() => matrixFrom({ ...shape, rowIds: [1], columnIds: [0], values: [Infinity] })).toThrowErrorMatchingInlineSnapshot(`[DataError: X: found Infinity at row 1, column 0 (entry 0) (from 0), expected a finite number. Fill in or leave out what is missing]`);
  });
});
