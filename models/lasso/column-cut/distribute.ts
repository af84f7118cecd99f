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

function* cutRows({ firstRow, rows, values }: DenseChunk, { begins, roots }: ColumnCut): Generator<AddressedPart> {
  const columns = begins.at(-1)!;
  for (let shard = 0; shard + 1 < begins.length; shard++) {
    const begin = begins[shard]!;
    const width = begins[shard + 1]! - begin;
    const own = new Float64Array(rows * width);
    for (let i = 0; i < rows; i++) {
      const from = i * columns + begin;
      own.set(values.subarray(from, from + width), i * width);
      if (roots) for (let k = 0; k < width; k++) own[i * width + k] = heldValue(values[from + k]!, roots[firstRow + i]!, firstRow + i, begin + k);
    }
    yield { shard, part: [Uint32Array.of(firstRow), own] };
  }
}

/** Counting sort of a chunk's entries by shard; within a shard they keep their order. */
function* cutEntries({ rows, columns, values }: SparseChunk, { begins, roots }: ColumnCut): Generator<AddressedPart> {
  const shardOf = shardsOf(columns, begins);
  const open = shares(shardOf, begins.length - 1, (count) => ({ rows: new Uint32Array(count), columns: new Uint32Array(count), values: new Float64Array(count), length: 0 }));
  for (let e = 0; e < rows.length; e++) {
    const shard = shardOf[e]!;
    const part = open.get(shard)!;
    const row = rows[e]!;
    part.rows[part.length] = row;
    part.columns[part.length] = columns[e]! - begins[shard]!;
    part.values[part.length++] = heldValue(values[e]!, roots ? roots[row]! : 1, row, columns[e]!);
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
