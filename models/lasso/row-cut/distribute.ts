/**
 * Cuts X and y by rows into logical shards: first each shard's target (and u), then its share of every chunk, rows
 * multiplied by u. With folds a shard's rows are of one fold; rows keep their order inside a shard.
 */
import { DuplicateEntryError, type Matrix, type MatrixChunk, type SparseChunk } from '../../../src/data/dataset.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import type { AddressedPart, Distribution, Recipe } from '../../../src/runtime/distribution.js';
import type { ShardDescription } from './operations.js';
import { heldValue, shares } from '../cut.js';
import { RowPlacement } from './row-placement.js';
import type { Samples } from '../samples.js';

/** Number of shards where each of `folds` folds has as many as the others: `shards`, or a few more. */
export function shardsForFolds(shards: number, folds: number): number {
  return folds * Math.ceil(shards / folds);
}

/** Brings X and the samples to the shards. `block`: most ids in a Block task or in a commit. Throws DataError for bad entries. */
export async function loadRows(cluster: Cluster, matrix: Matrix, samples: Samples, block: number): Promise<void> {
  const placement = new RowPlacement(matrix.rows, cluster.shards, samples.folds);
  const cut = { matrix, recipe: rowRecipe(samples, cluster.shards), distribution: distributeRows };
  try {
    await cluster.distribute('lasso', describeShards(matrix, placement, block), cut);
  } catch (error) {
    throw error instanceof DuplicateEntryError ? new DuplicateEntryError(placement.rowAt(error.row), error.column) : error;
  }
}

export function describeShards({ kind, columns }: Matrix, placement: RowPlacement, block: number): ShardDescription[] {
  return Array.from({ length: placement.shards }, (_, shard) => ({
    kind,
    firstRow: placement.begin(shard),
    rows: placement.rowsOf(shard),
    columns,
    block,
    fold: placement.foldOf(shard),
  }));
}

/** How X is cut by rows: target, u and fold of every row. */
export function rowRecipe({ target, roots, folds }: Samples, shards: number): Recipe {
  const none = new Float64Array(0);
  return { description: { shards, folds: folds?.count ?? 0 }, arrays: [target, roots ?? none, Uint32Array.from(folds?.of ?? [])] };
}

export const distributeRows: Distribution = async function* (matrix, { description, arrays }) {
  const { shards, folds } = description as { shards: number; folds: number };
  const [target, roots, foldOf] = arrays as [Float64Array, Float64Array, Uint32Array];
  const placement = new RowPlacement(matrix.rows, shards, folds === 0 ? null : { count: folds, of: foldOf });
  const cut: RowCut = { placement, roots: roots.length === 0 ? null : roots };
  for (let shard = 0; shard < shards; shard++) {
    const share = (values: Float64Array) => Float64Array.from({ length: placement.rowsOf(shard) }, (_, i) => values[placement.rowAt(placement.begin(shard) + i)]!);
    yield { shard, part: cut.roots ? [share(target), share(cut.roots)] : [share(target)] };
  }
  for await (const chunk of matrix.chunks()) yield* cutChunk(chunk, matrix.columns, cut);
};

interface RowCut {
  readonly placement: RowPlacement;
  readonly roots: Float64Array | null;
}

function cutChunk(chunk: MatrixChunk, columns: number, cut: RowCut): Iterable<AddressedPart> {
  if (chunk.kind === 'sparse') return cutEntries(chunk, cut);
  return cutRows(chunk.firstRow, chunk.values, columns, chunk.rows, cut);
}

/** The rows of a chunk that a shard gets follow each other there. */
function* cutRows(firstRow: number, values: Float64Array, columns: number, rows: number, { placement, roots }: RowCut): Generator<AddressedPart> {
  if (roots === null && placement.isInOrder) {
    yield* sliceRows(firstRow, values, columns, placement);
    return;
  }
  const places = Uint32Array.from({ length: rows }, (_, i) => placement.placeOf(firstRow + i));
  const shardOf = places.map((place) => placement.shardAt(place));
  const open = shares(shardOf, placement.shards, (count, shard) => ({ first: places[shardOf.indexOf(shard)]! - placement.begin(shard), values: new Float64Array(count * columns), rows: 0 }));
  for (let i = 0; i < rows; i++) {
    const part = open.get(shardOf[i]!)!;
    const row = values.subarray(i * columns, (i + 1) * columns);
    const into = part.values.subarray(part.rows * columns, ++part.rows * columns);
    const root = roots ? roots[firstRow + i]! : 1;
    for (let j = 0; j < columns; j++) into[j] = heldValue(row[j]!, root, firstRow + i, j);
  }
  for (const [shard, { first, values: own }] of open) yield { shard, part: [Uint32Array.of(first), own] };
}

/** Rows in the shards' order: nothing is copied. */
function* sliceRows(firstRow: number, values: Float64Array, columns: number, placement: RowPlacement): Generator<AddressedPart> {
  const endRow = firstRow + values.length / columns;
  for (let row = firstRow; row < endRow; ) {
    const shard = placement.shardAt(row);
    const begin = placement.begin(shard);
    const end = Math.min(endRow, begin + placement.rowsOf(shard));
    yield { shard, part: [Uint32Array.of(row - begin), values.subarray((row - firstRow) * columns, (end - firstRow) * columns)] };
    row = end;
  }
}

/** Counting sort of a chunk's entries by shard; within a shard they keep their order. */
function* cutEntries({ rows, columns, values }: SparseChunk, { placement, roots }: RowCut): Generator<AddressedPart> {
  const shardOf = Uint32Array.from(rows, (row) => placement.shardAt(placement.placeOf(row)));
  const open = shares(shardOf, placement.shards, (count) => ({ rows: new Uint32Array(count), columns: new Uint32Array(count), values: new Float64Array(count), length: 0 }));
  for (let e = 0; e < rows.length; e++) {
    const shard = shardOf[e]!;
    const part = open.get(shard)!;
    const row = rows[e]!;
    part.rows[part.length] = placement.placeOf(row) - placement.begin(shard);
    part.columns[part.length] = columns[e]!;
    part.values[part.length++] = heldValue(values[e]!, roots ? roots[row]! : 1, row, columns[e]!);
  }
  for (const [shard, part] of open) yield { shard, part: [part.rows, part.columns, part.values] };
}
