/** Cuts X by columns into logical shards: every shard gets u, the folds and its feature weights, then its columns of every chunk, rows multiplied by u. */
import type { DenseChunk, Matrix, MatrixChunk, SparseChunk } from '../../../src/data/dataset.js';
import type { AddressedPart, Distribution, Recipe } from '../../../src/runtime/distribution.js';
import { shardBegin } from '../../../src/runtime/placement.js';
import { heldValue, shares } from '../cut.js';
import type { Samples } from '../samples.js';
import type { ColumnShardDescription } from './operations.js';

export function describeColumnShards({ kind, rows, columns }: Matrix, shards: number, { folds }: Samples): ColumnShardDescription[] {
  return Array.from({ length: shards }, (_, shard) => {
    const firstColumn = shardBegin(shard, shards, columns);
    return { kind, rows, firstColumn, columns: shardBegin(shard + 1, shards, columns) - firstColumn, folds: folds?.count ?? 0 };
  });
}

/** How X is cut by columns: u and fold of every row, weight of every feature. */
export function columnRecipe({ roots, folds }: Samples, featureWeights: Float64Array | null, shards: number): Recipe {
  const none = new Float64Array(0);
  return { description: { shards }, arrays: [roots ?? none, Uint32Array.from(folds?.of ?? []), featureWeights ?? none] };
}

export const distributeColumns: Distribution = async function* (matrix, { description, arrays }) {
  const { shards } = description as { shards: number };
  const [roots, foldOf, featureWeights] = arrays as [Float64Array, Uint32Array, Float64Array];
  const begins = Array.from({ length: shards + 1 }, (_, shard) => shardBegin(shard, shards, matrix.columns));
  for (let shard = 0; shard < shards; shard++) yield { shard, part: [roots, foldOf, featureWeights.slice(begins[shard], begins[shard + 1])] };
  const cut = { begins, roots: roots.length === 0 ? null : roots };
  for await (const chunk of matrix.chunks()) yield* cutChunk(chunk, cut);
};

interface ColumnCut {
  /** First column of every shard, and the number of columns. */
  readonly begins: readonly number[];
  readonly roots: Float64Array | null;
}

function cutChunk(chunk: MatrixChunk, cut: ColumnCut): Iterable<AddressedPart> {
  return chunk.kind === 'dense' ? cutRows(chunk, cut) : cutEntries(chunk, cut);
}

function* cutRows(chunk: DenseChunk, { begins, roots }: ColumnCut): Generator<AddressedPart> {
  const { firstRow, rows, values } = chunk;
  const columns = begins.at(-1)!;
  for (let shard = 0; shard + 1 < begins.length; shard++) {
    const begin = begins[shard]!;
    const width = begins[shard + 1]! - begin;
    const pieces = Array.from({ length: rows }, (_, i) => values.subarray(i * columns + begin, i * columns + begin + width));
    if (roots === null && rows <= MOST_PIECES) yield { shard, part: [Uint32Array.of(firstRow), ...pieces] };
    else yield { shard, part: [Uint32Array.of(firstRow), joined(pieces, (value, i, k) => (roots === null ? value : heldValue(value, roots[firstRow + i]!, firstRow + i, begin + k)))] };
  }
}

/** Up to here a part is the rows as they lie in the chunk, beyond it they are copied together. */
const MOST_PIECES = 256;

/** The rows one after another, each value as `held` makes it. */
function joined(rows: readonly Float64Array[], held: (value: number, i: number, k: number) => number): Float64Array {
  const width = rows[0]!.length;
  const own = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) for (let k = 0; k < width; k++) own[i * width + k] = held(row[k]!, i, k);
  return own;
}

/** Entries by shard, their columns numbered as in the matrix; within a shard they keep their order. */
function cutEntries(chunk: SparseChunk, cut: ColumnCut): Iterable<AddressedPart> {
  return cut.roots === null && ascends(chunk.columns) ? sliceEntries(chunk, cut) : dealEntries(chunk, cut);
}

function ascends(columns: Uint32Array): boolean {
  for (let e = 1; e < columns.length; e++) if (columns[e]! < columns[e - 1]!) return false;
  return true;
}

/** Entries by column: a shard's follow one another, and nothing is copied. */
function* sliceEntries({ rows, columns, values }: SparseChunk, { begins }: ColumnCut): Generator<AddressedPart> {
  for (let begin = 0, shard = 0; begin < columns.length; ) {
    while (columns[begin]! >= begins[shard + 1]!) shard++;
    let end = begin + 1;
    while (end < columns.length && columns[end]! < begins[shard + 1]!) end++;
    yield { shard, part: [rows.subarray(begin, end), columns.subarray(begin, end), values.subarray(begin, end)] };
    begin = end;
  }
}

/** Counting sort of a chunk's entries by shard. */
function* dealEntries({ rows, columns, values }: SparseChunk, { begins, roots }: ColumnCut): Generator<AddressedPart> {
  const shardOf = shardsOf(columns, begins);
  const open = shares(shardOf, begins.length - 1, (count) => ({ rows: new Uint32Array(count), columns: new Uint32Array(count), values: new Float64Array(count), length: 0 }));
  for (let e = 0; e < rows.length; e++) {
    const part = open.get(shardOf[e]!)!;
    const at = part.length++;
    const row = rows[e]!;
    part.rows[at] = row;
    part.columns[at] = columns[e]!;
    part.values[at] = roots ? heldValue(values[e]!, roots[row]!, row, columns[e]!) : values[e]!;
  }
  for (const [shard, part] of open) yield { shard, part: [part.rows, part.columns, part.values] };
}

function shardsOf(columns: Uint32Array, begins: readonly number[]): Uint32Array {
  const total = begins.at(-1)!;
  const shards = begins.length - 1;
  const shardOf = new Uint32Array(columns.length);
  for (let e = 0; e < columns.length; e++) {
    let shard = Math.floor((columns[e]! * shards) / total);
    while (columns[e]! >= begins[shard + 1]!) shard++;
    while (columns[e]! < begins[shard]!) shard--;
    shardOf[e] = shard;
  }
  return shardOf;
}
