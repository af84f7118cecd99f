/** Generated columns: the same however they are reached, with the correlations that are said of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChainColumns, KEPT, LONGEST_CHAIN, NONZEROS } from '../../bench/generated/chain-columns.js';
import { chainTarget } from '../../bench/generated/chain-target.js';
import { pairOf, placesOf } from '../../bench/generated/chain-operations.js';
import { SharedRows } from '../../bench/generated/shared-rows.js';

const SHAPE = { rows: 50_000, columns: 100_000_000, seed: 3 };

const copyOf = (columns: ChainColumns, j: number) => {
  const { rowIds, values } = columns.column(j);
  return { rowIds: rowIds.slice(), values: values.slice() };
};

function cosine(a: { rowIds: Uint32Array; values: Float64Array }, b: { rowIds: Uint32Array; values: Float64Array }): number {
  const at = new Map(Array.from(a.rowIds, (row, e) => [row, a.values[e]]));
  return b.rowIds.reduce((sum, row, e) => sum + (at.get(row) ?? 0) * b.values[e], 0);
}

describe('a generated column', () => {
  it('is the same alone, in sequence, and after any others', () => {
    fc.assert(
      fc.property(fc.nat(SHAPE.columns - 200), fc.array(fc.nat(199), { minLength: 1, maxLength: 12 }), (first, visits) => {
        const moving = new ChainColumns(SHAPE);
        for (const visit of visits) expect(copyOf(moving, first + visit)).toEqual(copyOf(new ChainColumns(SHAPE), first + visit));
      }),
      { numRuns: 60 },
    );
    const moving = new ChainColumns(SHAPE);
    for (let j = 0; j < 500; j++) expect(copyOf(moving, j)).toEqual(copyOf(new ChainColumns(SHAPE), j));
  });

  it('has 25 entries in ascending distinct rows and a norm of 1', () => {
    const columns = new ChainColumns({ ...SHAPE, rows: 50 });
    for (let j = 0; j < 2000; j++) {
      const { rowIds, values } = columns.column(j);
      expect(rowIds.length).toBe(NONZEROS);
      expect(rowIds.every((row, e) => row < 50 && (e === 0 || row > rowIds[e - 1]))).toBe(true);
      expect(values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 12);
    }
  });

  it('looks back over at most a chain, which is as long as its bound now and then', () => {
    const columns = new ChainColumns(SHAPE);
    let longest = 0;
    for (let j = 0; j < 100_000; j++) longest = Math.max(longest, j - columns.chainOf(j) + 1);
    expect(longest).toBe(LONGEST_CHAIN);
  });

  it('keeps its neighbour\'s rows nine times of ten and is then nearly parallel to it, anywhere in the range', () => {
    for (const first of [0, 12_345_678, SHAPE.columns - 20_000]) {
      const columns = new ChainColumns(SHAPE);
      const kept: number[] = [];
      const fresh: number[] = [];
      for (let j = first, before = copyOf(columns, first); j < first + 19_999; j++) {
        const next = copyOf(columns, j + 1);
        (columns.chainOf(j + 1) === j + 1 ? fresh : kept).push(cosine(before, next));
        before = next;
      }
      // A binomial share of 20,000 is within .01 of its mean but once in 10^5 times.
      expect(kept.length / 19_999).toBeCloseTo(KEPT, 1.7);
      kept.sort((a, b) => a - b);
      expect(kept[0]).toBeGreaterThan(0.98);
      expect(kept[kept.length >> 1]).toBeGreaterThan(0.99);
      expect(fresh.reduce((sum, value) => sum + value, 0) / fresh.length).toBeLessThan(0.01);
    }
  });

  it('has rows drawn evenly', () => {
    const counts = new Float64Array(10);
    const columns = new ChainColumns(SHAPE);
    for (let k = 0; k < 20_000; k++) for (const row of columns.column(k * 4999).rowIds) counts[Math.floor(row / 5000)]++;
    for (const count of counts) expect(count / 50_000).toBeCloseTo(1, 1.5);
  });

  it('keeps its bits', () => {
    const { rowIds, values } = new ChainColumns(SHAPE).column(98_765_432);
    expect([...rowIds.subarray(0, 3)]).toMatchInlineSnapshot(`
      [
        7864,
        11895,
        12075,
      ]
    `);
    expect([...values.subarray(0, 2)]).toMatchInlineSnapshot(`
      [
        0.07717518890865692,
        0.11799624378531458,
      ]
    `);
  });

  it('differs by seed', () => {
    expect(copyOf(new ChainColumns({ ...SHAPE, seed: 4 }), 77).rowIds).not.toEqual(copyOf(new ChainColumns(SHAPE), 77).rowIds);
  });
});

describe('a generated target', () => {
  it('is what its support makes, but for the noise', () => {
    const columns = new ChainColumns({ rows: 5000, columns: 1_000_000, seed: 2 });
    const { y, support, coefficients, alphaScale } = chainTarget(columns);
    const rest = y.slice();
    for (const [k, j] of support.entries()) {
      const { rowIds, values } = columns.column(j);
      for (let e = 0; e < NONZEROS; e++) rest[rowIds[e]] -= coefficients[k] * values[e];
    }
    expect(support.every((j, k) => k === 0 || j > support[k - 1])).toBe(true);
    expect(Math.sqrt(rest.reduce((sum, r) => sum + r * r, 0) / rest.length)).toBeCloseTo(0.02, 2);
    expect(alphaScale * 5000).toBeGreaterThan(1);
  });
});

describe('products of columns that share rows', () => {
  it('are those of all pairs, and of none that share no row', () => {
    const columns = new ChainColumns({ rows: 200, columns: 1000, seed: 5 });
    const drawn = [3, 4, 5, 700, 41, 42, 999].map((j) => copyOf(columns, j));
    const shared = new SharedRows();
    for (const column of drawn) shared.add(column);
    const parts = [shared.products(0, 90, pairOf), shared.products(90, 200, pairOf)];
    for (let a = 0; a < drawn.length; a++) {
      for (let b = 0; b < a; b++) {
        const found = parts.map(({ keys, values }) => values[keys.indexOf(pairOf(a, b))] ?? 0);
        expect(found[0] + found[1]).toBeCloseTo(cosine(drawn[a], drawn[b]), 12);
      }
    }
    shared.clear();
    expect(shared.products(0, 200, pairOf).keys.length).toBe(0);
  });

  it('have pairs that are numbered both ways', () => {
    for (let pair = 0; pair < 20_000; pair++) {
      const [a, b] = placesOf(pair);
      expect(b < a && pairOf(a, b) === pair).toBe(true);
    }
  });
});
