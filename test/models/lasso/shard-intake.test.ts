/** Parts of rows and of entries become columns of a shard, against a plain dense oracle; on an engine that shares its memory with the host and on one that does not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnsExtent, ShardColumns } from '../../../models/lasso/columns.js';
import { openDense } from '../../../models/lasso/dense-columns.js';
import { openSparse } from '../../../models/lasso/sparse-columns.js';
import { DuplicateEntryError } from '../../../src/data/dataset.js';
import type { Engine } from '../../../src/engine/engine.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import type { ShardPart } from '../../../src/program.js';

const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -3e38, max: 3e38 });
const shape = fc.record({ rows: fc.integer({ min: 1, max: 20 }), columns: fc.integer({ min: 1, max: 20 }) });
const dense = shape.chain(({ rows, columns }) => fc.record({ rows: fc.constant(rows), columns: fc.constant(columns), values: fc.array(value, { minLength: rows * columns, maxLength: rows * columns }) }));

const shared = await createWasmEngine();
/** What the host sees of an engine with a memory of its own. */
const apart: Engine = Object.assign(Object.create(shared) as Engine, { memory: null, hostView: () => null, createBuffer: shared.createBuffer.bind(shared), write: () => undefined });
const engines: readonly [string, Engine][] = [
  ['shared memory', shared],
  ['memory apart', apart],
];

const extentOf = (extent: Partial<ColumnsExtent> & { rows: number; columns: number }): ColumnsExtent => ({ firstRow: 0, firstColumn: 0, block: 1, ...extent });

async function* streamed(parts: readonly ShardPart[]): AsyncGenerator<ShardPart> {
  for (const part of parts) yield await Promise.resolve(part);
}

/** To 48 bits; 0 is 0 whatever its sign. */
const held = (x: number): number => Math.fround(x) + Math.fround(x - Math.fround(x)) + 0;

function valuesOf({ host }: ShardColumns, j: number): number[] {
  return Array.from(host.entries(j).values, (x) => x + 0);
}

describe.each(engines)('openDense, %s', (_, engine) => {
  type Part = readonly [firstRow: number, values: readonly number[]];
  const open = (extent: Partial<ColumnsExtent> & { rows: number; columns: number }, ...parts: Part[]) => openDense(engine, extentOf(extent), streamed(parts.map(([firstRow, values]) => [Uint32Array.of(firstRow), Float64Array.from(values)])));

  it('turns row parts of any size into columns that keep 48 bits', async () => {
    await fc.assert(
      fc.asyncProperty(dense, fc.integer({ min: 1, max: 7 }), async ({ rows, columns, values }, step) => {
        const parts: Part[] = [];
        for (let firstRow = 0; firstRow < rows; firstRow += step) parts.push([firstRow, values.slice(firstRow * columns, (firstRow + step) * columns)]);
        const shard = await open({ rows, columns }, ...parts.reverse());
        for (let j = 0; j < columns; j++) expect(valuesOf(shard, j)).toEqual(Array.from({ length: rows }, (__, i) => held(values[i * columns + j])));
      }),
    );
  });

  it('keeps what float32 loses of late values, beside early ones that lose nothing', async () => {
    const shard = await open({ rows: 2, columns: 2 }, [0, [1, 0.5]], [1, [0.1, -3]]);
    expect([valuesOf(shard, 0), valuesOf(shard, 1)]).toEqual([[1, held(0.1)], [0.5, -3]]);
  });

  it('refuses values beyond float32, with their place in the whole matrix', async () => {
    await expect(open({ rows: 2, columns: 2, firstRow: 10 }, [0, [1, 2, 3, -1e39]])).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: row 12, column 2: found -1e+39, expected a magnitude below 3.4e38, the largest that float32 holds. Scale the column]`);
  });

  it('refuses parts that do not make up the shard', async () => {
    await expect(open({ rows: 2, columns: 2 }, [0, [1, 2]])).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: a shard of 2 rows got 1; expected every row once. The sender and the shard's description disagree]`);
    await expect(open({ rows: 2, columns: 2 }, [1, [1, 2, 3, 4]])).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: a shard of 2 × 2 got 4 values for the rows from 1 on; expected whole rows that fit. The sender and the shard's description disagree]`);
    await expect(open({ rows: 2, columns: 2 }, [0, [1, 2, 3]])).rejects.toThrow('expected whole rows');
  });
});

describe.each(engines)('openSparse, %s', (_, engine) => {
  type Entry = readonly [row: number, column: number, value: number];
  const part = (entries: readonly Entry[]): ShardPart => [Uint32Array.from(entries, ([i]) => i), Uint32Array.from(entries, ([, j]) => j), Float64Array.from(entries, ([, , x]) => x)];
  const open = (extent: Partial<ColumnsExtent> & { rows: number; columns: number }, parts: readonly (readonly Entry[])[], idsFrom = 0) => openSparse(engine, extentOf(extent), streamed(parts.map(part)), idsFrom);
  const entries = shape.chain(({ rows, columns }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      entries: fc.uniqueArray(fc.tuple(fc.nat(rows - 1), fc.nat(columns - 1), value), { selector: ([i, j]) => i * columns + j, maxLength: 80 }),
    }),
  );

  it('sorts entries in any order and parts of any size into columns', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.integer({ min: 1, max: 30 }), fc.nat(9), async ({ rows, columns, entries }, step, idsFrom) => {
        const parts: Entry[][] = [];
        for (let at = 0; at < entries.length; at += step) parts.push(entries.slice(at, at + step).map(([i, j, x]) => [i, j + idsFrom, x]));
        const shard = await open({ rows, columns }, parts, idsFrom);
        for (let j = 0; j < columns; j++) {
          const expected = entries.filter(([, column]) => column === j).sort((a, b) => a[0] - b[0]);
          expect(shard.host.stored(j)).toBe(expected.length);
          const { rowIds, values } = shard.host.entries(j);
          expect([...rowIds!]).toEqual(expected.map(([i]) => i));
          expect(Array.from(values, (x) => x + 0)).toEqual(expected.map(([, , x]) => held(x)));
        }
      }),
    );
  });

  it('refuses an entry that comes twice, near or far, with its place in the whole matrix', async () => {
    const built = open({ rows: 4, columns: 3, firstRow: 100, firstColumn: 50 }, [[[3, 1, 1]], [[0, 0, 1]], [[2, 1, 1]], [[3, 1, 1]]]);
    const error: unknown = await built.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DuplicateEntryError);
    expect(error).toMatchObject({ row: 103, column: 51, message: 'entry (row 104, column 52) appears more than once' });
  });

  it('refuses entries outside the shard and values beyond float32', async () => {
    await expect(open({ rows: 2, columns: 2 }, [[[2, 0, 1]]])).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: a shard of 2 × 2 got an entry at row 2, column 0 (from 0). The sender and the shard's description disagree]`);
    await expect(open({ rows: 2, columns: 2 }, [[[1, 0, 4e38]]])).rejects.toThrowErrorMatchingInlineSnapshot(`[DataError: row 2, column 1: found 4e+38, expected a magnitude below 3.4e38, the largest that float32 holds. Scale the column]`);
  });
});
