/** Shards in column-major form against a plain dense oracle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildDense, buildSparse, type SparseMemory } from '../../src/data/columns.js';
import { DuplicateEntryError } from '../../src/data/dataset.js';

const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -3e38, max: 3e38 });
const floats = (length: number): Float32Array => new Float32Array(length).fill(NaN);
const sparseMemory =
  (columns: number) =>
  (entries: number): SparseMemory => ({ starts: new Uint32Array(columns + 1).fill(9), rowIds: new Uint32Array(entries).fill(9), hi: floats(entries) });

const shape = fc.record({ rows: fc.integer({ min: 0, max: 20 }), columns: fc.integer({ min: 0, max: 20 }) });
const dense = shape.chain(({ rows, columns }) => fc.record({ rows: fc.constant(rows), columns: fc.constant(columns), values: fc.array(value, { minLength: rows * columns, maxLength: rows * columns }) }));

describe('buildDense', () => {
  it('turns row parts of any size into columns whose hi + lo keep 48 bits', async () => {
    await fc.assert(
      fc.asyncProperty(dense, fc.integer({ min: 1, max: 7 }), async ({ rows, columns, values }, step) => {
        const parts = [];
        for (let firstRow = 0; firstRow < rows; firstRow += step) parts.push({ firstRow, values: Float64Array.from(values.slice(firstRow * columns, (firstRow + step) * columns)) });
        const { hi, lo } = await buildDense({ rows, columns }, parts.reverse(), floats);
        expect(hi.length).toBe(rows * columns);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            const x = values[i * columns + j];
            expect(hi[j * rows + i]).toBe(Math.fround(x));
            expect(lo?.[j * rows + i] ?? 0).toBe(Math.fround(x - Math.fround(x)) + 0);
          }
        }
      }),
    );
  });

  it('has no lo when float32 holds every value', async () => {
    expect((await buildDense({ rows: 1, columns: 3 }, [{ firstRow: 0, values: Float64Array.of(1, 0.5, -3) }], floats)).lo).toBeNull();
  });

  it('refuses values beyond float32, with their place in the whole matrix', async () => {
    const built = buildDense({ rows: 2, columns: 2, firstRow: 10 }, [{ firstRow: 0, values: Float64Array.of(1, 2, 3, -1e39) }], floats);
    await expect(built).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: row 12, column 2: found -1e+39, expected a magnitude below 3.4e38, the largest that float32 holds. Scale the column]`);
  });

  it('refuses parts that do not make up the shard', async () => {
    const build = (...parts: { firstRow: number; values: Float64Array }[]): Promise<unknown> => buildDense({ rows: 2, columns: 2 }, parts, floats);
    await expect(build({ firstRow: 0, values: new Float64Array(2) })).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: a shard of 2 rows got 1; expected every row once. The sender and the shard's description disagree]`);
    await expect(build({ firstRow: 1, values: new Float64Array(4) })).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: a shard of 2 × 2 got 4 values for the rows from 1 on; expected whole rows that fit. The sender and the shard's description disagree]`);
    await expect(build({ firstRow: 0, values: new Float64Array(3) })).rejects.toThrow('expected whole rows');
  });
});

describe('buildSparse', () => {
  const entries = shape.chain(({ rows, columns }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      entries:
        rows * columns === 0
          ? fc.constant<[number, number, number][]>([])
          : fc.uniqueArray(fc.tuple(fc.nat(rows - 1), fc.nat(columns - 1), value), { selector: ([i, j]) => i * columns + j, maxLength: 80 }),
    }),
  );

  it('sorts entries in any order and parts of any size into columns', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.integer({ min: 1, max: 30 }), async ({ rows, columns, entries }, step) => {
        const parts = [];
        for (let at = 0; at < entries.length; at += step) {
          const some = entries.slice(at, at + step);
          parts.push({ rows: Uint32Array.from(some, ([i]) => i), columns: Uint32Array.from(some, ([, j]) => j), values: Float64Array.from(some, ([, , x]) => x) });
        }
        const { starts, rowIds, hi, lo } = await buildSparse({ rows, columns }, parts, sparseMemory(columns));
        const found = [];
        for (let j = 0; j < columns; j++) for (let e = starts[j]; e < starts[j + 1]; e++) found.push([j, rowIds[e], hi[e], lo?.[e] ?? 0]);
        const expected = entries
          .map(([i, j, x]) => [j, i, Math.fround(x), Math.fround(x - Math.fround(x)) + 0])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(starts[0]).toBe(0);
        expect(starts[columns]).toBe(entries.length);
        expect(found).toEqual(expected);
      }),
    );
  });

  const one = (row: number, column: number, x = 1) => ({ rows: Uint32Array.of(row), columns: Uint32Array.of(column), values: Float64Array.of(x) });

  it('refuses an entry that comes twice, near or far, with its place in the whole matrix', async () => {
    const built = buildSparse({ rows: 4, columns: 3, firstRow: 100, firstColumn: 50 }, [one(3, 1), one(0, 0), one(2, 1), one(3, 1)], sparseMemory(3));
    const error: unknown = await built.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DuplicateEntryError);
    expect(error).toMatchObject({ row: 103, column: 51, message: 'entry (row 104, column 52) appears more than once' });
  });

  it('refuses entries outside the shard and values beyond float32', async () => {
    await expect(buildSparse({ rows: 2, columns: 2 }, [one(2, 0)], sparseMemory(2))).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: a shard of 2 × 2 got an entry at row 2, column 0 (from 0). The sender and the shard's description disagree]`);
    await expect(buildSparse({ rows: 2, columns: 2 }, [one(1, 0, 4e38)], sparseMemory(2))).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: row 2, column 1: found 4e+38, expected a magnitude below 3.4e38, the largest that float32 holds. Scale the column]`);
  });
});
