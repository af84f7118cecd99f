/**
 * Seeded cells of ratings for tests of the matrix factorization kernels, in the layout of the shaders. In: how many
 * entries each major row has, and after how many a row is cut. Out: the pieces, longest first and those of cut rows
 * before all others, their entries, and the dispatches that a host makes of them.
 */
import { numbers, stream } from './matrices.js';
import type { Numbers } from './matrices.js';

export interface Cell {
  readonly title: string;
  readonly kind: Numbers;
  /** Major rows, and minor rows that `ids` name. */
  readonly rows: number;
  readonly columns: number;
  /** Pairs (row, begin) of every piece, then (0, number of entries). */
  readonly pieces: Uint32Array;
  readonly ids: Uint32Array;
  readonly values: Float32Array;
  /** Pieces in all, and how many of them, from the first, are parts of cut rows. */
  readonly count: number;
  readonly cut: number;
}

/** A range of pieces that one dispatch works on; `overflow` is 0 where each row is one piece. */
export interface Part {
  readonly title: string;
  readonly first: number;
  readonly count: number;
  readonly overflow: number;
}

/** One rating of a cell: entry e of its row and column. */
export interface Entry {
  readonly e: number;
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

export interface CellShape {
  /** Entries of every major row, at most `columns`. */
  readonly lengths: readonly number[];
  readonly columns: number;
  /** Rows with more entries are cut. */
  readonly limit: number;
  readonly seed?: number;
}

/** `count` distinct columns, ascending, spread over all from a drawn first one. */
function spread(count: number, columns: number, shift: number): number[] {
  return Array.from({ length: count }, (_, e) => (Math.floor((e * columns) / count) + shift) % columns).sort((a, b) => a - b);
}

/** A row as pieces of at most `limit` entries. */
function cutRow(row: number, length: number, limit: number): { row: number; length: number }[] {
  const parts = Math.ceil(length / limit);
  return Array.from({ length: parts }, (_, part) => ({ row, length: Math.min(limit, length - part * limit) }));
}

export function makeCell(kind: Numbers, title: string, { lengths, columns, limit, seed = 1 }: CellShape): Cell {
  const next = stream(seed);
  const longestFirst = lengths.map((length, row) => ({ row, length })).sort((a, b) => b.length - a.length || a.row - b.row);
  const pieces = longestFirst.flatMap(({ row, length }) => cutRow(row, length, limit));
  const ids = longestFirst.flatMap(({ length }) => spread(length, columns, length > 0 ? next() % columns : 0));
  let begin = 0;
  const pairs = pieces.flatMap(({ row, length }) => [row, (begin += length) - length]);
  return {
    title: `${title}, ${kind}`,
    kind,
    rows: lengths.length,
    columns,
    pieces: Uint32Array.from([...pairs, 0, ids.length]),
    ids: Uint32Array.from(ids),
    values: numbers(kind, ids.length, seed + 1),
    count: pieces.length,
    cut: pieces.filter(({ row }) => lengths[row] > limit).length,
  };
}

/** Parts of cut rows into slots behind the rows, whole rows, and both again from a later piece on. */
export function partsOf({ rows, count, cut }: Cell): Part[] {
  const parts = [
    { title: 'cut rows', first: 0, count: cut, overflow: rows },
    { title: 'whole rows', first: cut, count: count - cut, overflow: 0 },
    { title: 'some parts', first: 1, count: cut - 2, overflow: rows + 1 },
    { title: 'some rows', first: cut + 1, count: count - cut - 2, overflow: 0 },
  ];
  return parts.filter((part) => part.count > 0);
}

/** Rows of a table that a cell's kernels write: its rows, and a slot for each part of a cut row. */
export const slotsOf = ({ rows, cut }: Cell): number => rows + cut;

/** Where the result of the part's kth piece stands. */
export function slotOf({ pieces }: Cell, { first, overflow }: Part, k: number): number {
  return overflow === 0 ? pieces[2 * (first + k)] : overflow + k;
}

/** The ratings of piece k, in order. */
export function entriesOf({ pieces, ids, values }: Cell, k: number): Entry[] {
  const [row, begin, , end] = pieces.subarray(2 * k, 2 * k + 4);
  return Array.from(ids.subarray(begin, end), (column, i) => ({ e: begin + i, row, column, value: values[begin + i] }));
}

/**
 * Cells around the steps of the kernels: rows without a rating, with one, and with a few more or fewer than 4, 16 and 64
 * (steps of a twin, lanes of a workgroup); rows cut once and many times; one row alone; more rows than a workgroup takes.
 */
export function adversarialCells(kind: Numbers): Cell[] {
  const around = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 0, 130];
  return [
    makeCell(kind, 'one rating', { lengths: [1], columns: 1, limit: 8 }),
    makeCell(kind, 'no ratings in most rows', { lengths: [0, 0, 2, 0, 0, 0, 1, 0], columns: 3, limit: 8, seed: 2 }),
    makeCell(kind, 'all lengths', { lengths: around, columns: 130, limit: 64, seed: 3 }),
    makeCell(kind, 'every row cut', { lengths: [9, 25, 8, 12], columns: 40, limit: 4, seed: 4 }),
    makeCell(kind, 'one long row', { lengths: [0, 3000, 1], columns: 3001, limit: 1024, seed: 5 }),
    makeCell(kind, 'many short rows', { lengths: Array.from({ length: 150 }, (_, row) => row % 7), columns: 11, limit: 100, seed: 6 }),
  ];
}
