/** How rows, cells and sub-cells are cut: every rating once, where the kernels expect it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress, GROUPS, intoBuckets, mostCutPieces, PIECE, subCellsOf, type Entries } from '../../../models/mf/cells.js';
import { partitionRows, partsOfPositions, runningSums } from '../../../models/partition.js';
import { biasColumn, fixedColumn, NO_COLUMN, shapeOf, trainedColumns } from '../../../models/mf/shape.js';

const entriesOf = (pairs: readonly (readonly [number, number])[]): Entries => ({
  major: Uint32Array.from(pairs, ([major]) => major),
  minor: Uint32Array.from(pairs, ([, minor]) => minor),
  values: Float32Array.from(pairs, (_, e) => e + 1),
});
const ROWS = 40;
const pairs = fc.array(fc.tuple(fc.nat(ROWS - 1), fc.nat(60)), { maxLength: 400 });

/** (row, minor, value) of all entries of a compressed cell, as the kernels walk them. */
function walk({ pieces, ids, values, index }: ReturnType<typeof compress>, firstEntry: number): [number, number, number][] {
  const found: [number, number, number][] = [];
  for (let k = 0; k < index.count; k++) {
    for (let e = pieces[2 * k + 1]; e < pieces[2 * k + 3]; e++) found.push([pieces[2 * k], ids[e - firstEntry], values[e - firstEntry]]);
  }
  return found;
}

const byValue = (triples: [number, number, number][]) => [...triples].sort((a, b) => a[2] - b[2]);

describe('partitionRows', () => {
  const counts = fc.array(fc.oneof(fc.nat(5), fc.nat(300)), { maxLength: 80 });
  it('gives every row one position, and parts rows with most entries first', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 12 }), fc.nat(40), (list, parts, rowWeight) => {
        const own = Uint32Array.from(list);
        const { starts, rowAt, positionOf, counts: entries } = partitionRows(own, parts, rowWeight);
        expect(starts).toHaveLength(parts + 1);
        expect(starts[parts]).toBe(list.length);
        expect([...rowAt].sort((a, b) => a - b)).toEqual(list.map((_, row) => row));
        for (const [position, row] of rowAt.entries()) {
          expect(positionOf[row]).toBe(position);
          expect(entries[position]).toBe(own[row]);
        }
        for (let part = 0; part < parts; part++) {
          const lengths = [...entries.subarray(starts[part], starts[part + 1])];
          expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
        }
      }),
    );
  });

  it('leaves no part heavier than the average and the heaviest row together', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 12 }), fc.nat(40), (list, parts, rowWeight) => {
        const { starts, counts: entries } = partitionRows(Uint32Array.from(list), parts, rowWeight);
        const weights = Array.from({ length: parts }, (_, part) => entries.subarray(starts[part], starts[part + 1]).reduce((sum, count) => sum + count + rowWeight, 0));
        const average = weights.reduce((sum, weight) => sum + weight, 0) / parts;
        expect(Math.max(...weights)).toBeLessThanOrEqual(average + Math.max(0, ...list) + rowWeight);
      }),
    );
  });

  it('puts fewer rows than parts into the first parts', () => {
    const { starts } = partitionRows(Uint32Array.of(7, 9), 4, 1);
    expect([...starts]).toEqual([0, 1, 2, 2, 2]);
    expect([...partsOfPositions({ starts, parts: 4 })]).toEqual([0, 1]);
    expect([...partitionRows(new Uint32Array(0), 3, 1).starts]).toEqual([0, 0, 0, 0]);
  });

  it('sums sizes up from 0', () => {
    expect([...runningSums([2, 0, 3])]).toEqual([0, 2, 2, 5]);
  });
});

describe('compress', () => {
  it('keeps every entry, in the order in which those of its row came', () => {
    fc.assert(
      fc.property(pairs, fc.nat(1000), fc.nat(50), (list, firstEntry, firstPiece) => {
        const cell = compress(entriesOf(list), ROWS, firstEntry, firstPiece);
        const found = walk(cell, firstEntry);
        expect(byValue(found)).toEqual(list.map(([row, minor], e) => [row, minor, e + 1]));
        for (const [at, [row, , value]] of found.entries()) if (at > 0 && found[at - 1][0] === row) expect(value).toBeGreaterThan(found[at - 1][2]);
        expect(cell.index.first).toBe(firstPiece);
        expect(cell.pieces).toHaveLength(2 * (cell.index.count + 1));
      }),
    );
  });

  it('sorts pieces by length into bins, and gives rows without entries none', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const { pieces, index } = compress(entriesOf(list), ROWS, 0, 0);
        const lengths = Array.from({ length: index.count }, (_, k) => pieces[2 * k + 3] - pieces[2 * k + 1]);
        expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
        expect(lengths.every((length) => length > 0)).toBe(true);
        expect(index.long).toBe(lengths.filter((length) => length >= 64).length);
        expect(index.middle).toBe(lengths.filter((length) => length >= 16).length);
        expect(index.cut).toBe(0);
      }),
    );
  });

  it('cuts rows that are longer than a piece, and has no more parts of them than said', () => {
    for (const lengths of [[PIECE], [PIECE + 1], [5000, PIECE + 1, PIECE, 3], [2 * PIECE, 2 * PIECE], [PIECE + 1, PIECE + 1, PIECE + 1, 1]]) {
      const list = lengths.flatMap((length, row) => Array.from({ length }, (_, minor) => [row, minor] as const));
      const cell = compress(entriesOf(list), lengths.length, 17, 0);
      const cut = lengths.filter((length) => length > PIECE);
      expect(cell.index.cut).toBe(cut.reduce((sum, length) => sum + Math.ceil(length / PIECE), 0));
      expect(cell.index.cut).toBeLessThanOrEqual(mostCutPieces(list.length));
      for (let k = 0; k < cell.index.count; k++) {
        expect(cell.pieces[2 * k + 3] - cell.pieces[2 * k + 1]).toBeLessThanOrEqual(PIECE);
        expect(lengths[cell.pieces[2 * k]] > PIECE).toBe(k < cell.index.cut);
      }
      expect(byValue(walk(cell, 17))).toEqual(list.map(([row, minor], e) => [row, minor, e + 1]));
    }
  });
});

describe('intoBuckets', () => {
  it('sorts by bucket and keeps the order within', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const buckets = 7;
        const bucketOf = Uint32Array.from(list, ([row]) => row % buckets);
        const { major, minor, values, starts } = intoBuckets(entriesOf(list), bucketOf, buckets);
        const expected = list.map(([row, other], e) => ({ row, other, value: e + 1, bucket: row % buckets })).sort((a, b) => a.bucket - b.bucket || a.value - b.value);
        expect(Array.from(major, (row, e) => ({ row, other: minor[e], value: values[e], bucket: row % buckets }))).toEqual(expected);
        for (let bucket = 0; bucket < buckets; bucket++) expect(starts[bucket + 1] - starts[bucket]).toBe(expected.filter((entry) => entry.bucket === bucket).length);
      }),
    );
  });
});

describe('subCellsOf', () => {
  it('shares no row and no column between the sub-cells of a stratum', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const entries = entriesOf(list);
        const owners = new Map<string, number>();
        for (const [e, sub] of subCellsOf(entries).entries()) {
          expect(sub).toBeLessThan(GROUPS * GROUPS);
          const stratum = Math.floor(sub / GROUPS);
          for (const line of [`${stratum} row ${entries.major[e]}`, `${stratum} column ${entries.minor[e]}`]) {
            expect(owners.get(line) ?? sub).toBe(sub);
            owners.set(line, sub);
          }
        }
      }),
    );
  });

  it('uses every sub-cell where there are rows and columns enough', () => {
    const all = entriesOf(Array.from({ length: GROUPS * GROUPS }, (_, e) => [e % GROUPS, Math.floor(e / GROUPS)] as const));
    expect([...subCellsOf(all)].sort((a, b) => a - b)).toEqual(Array.from({ length: GROUPS * GROUPS }, (_, sub) => sub));
  });
});

describe('a row', () => {
  it('has its factors padded to fours, then biases that face a constant of the other side', () => {
    for (const [rank, ranks] of [[1, 4], [4, 4], [5, 8], [128, 128]]) {
      expect(shapeOf(rank, false)).toEqual({ rank, ranks, stride: ranks, biases: false });
      const shape = shapeOf(rank, true);
      expect(shape).toEqual({ rank, ranks, stride: ranks + 4, biases: true });
      expect([biasColumn(shape, 'user'), fixedColumn(shape, 'item')]).toEqual([ranks, ranks]);
      expect([biasColumn(shape, 'item'), fixedColumn(shape, 'user')]).toEqual([ranks + 1, ranks + 1]);
      expect(trainedColumns(shape)).toEqual([ranks, ranks + 1, ...Array.from({ length: rank }, (_, column) => column)]);
    }
    expect([fixedColumn(shapeOf(3, false), 'user'), biasColumn(shapeOf(3, false), 'item')]).toEqual([NO_COLUMN, NO_COLUMN]);
  });
});
