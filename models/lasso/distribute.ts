/** Cuts X and y by rows into logical shards and streams them out. */
import type { Matrix, MatrixChunk, SparseChunk } from '../../src/data/dataset.js';
import type { ShardPart } from '../../src/program.js';
import { shardBegin } from '../../src/runtime/placement.js';
import type { ShardDescription } from './operations.js';

export interface AddressedPart {
  readonly shard: number;
  readonly part: ShardPart;
}

export function describeShards({ kind, rows, columns }: Matrix, shards: number, block: number): ShardDescription[] {
  return Array.from({ length: shards }, (_, shard) => ({
    kind,
    firstRow: shardBegin(shard, shards, rows),
    rows: shardBegin(shard + 1, shards, rows) - shardBegin(shard, shards, rows),
    columns,
    block,
  }));
}

/** First each shard's target, then its share of every chunk, row ids counted from the shard's first row. */
export async function* shardParts(matrix: Matrix, target: Float64Array, shards: number): AsyncGenerator<AddressedPart> {
  const begins = Array.from({ length: shards + 1 }, (_, shard) => shardBegin(shard, shards, matrix.rows));
  for (let shard = 0; shard < shards; shard++) yield { shard, part: [target.slice(begins[shard], begins[shard + 1])] };
  for await (const chunk of matrix.chunks()) yield* cut(chunk, begins, matrix.columns);
}

function cut(chunk: MatrixChunk, begins: readonly number[], columns: number): Iterable<AddressedPart> {
  if (chunk.kind === 'sparse') return cutEntries(chunk, begins);
  return cutRows(chunk.firstRow, chunk.rows, chunk.values, begins, columns);
}

function* cutRows(firstRow: number, rows: number, values: Float64Array, begins: readonly number[], columns: number): Generator<AddressedPart> {
  for (let shard = 0; shard + 1 < begins.length; shard++) {
    const begin = Math.max(firstRow, begins[shard]!);
    const end = Math.min(firstRow + rows, begins[shard + 1]!);
    if (begin >= end) continue;
    const slice = values.subarray((begin - firstRow) * columns, (end - firstRow) * columns);
    yield { shard, part: [Uint32Array.of(begin - begins[shard]!), slice] };
  }
}

/** Counting sort of a chunk's entries by shard; within a shard they keep their order. */
function* cutEntries({ rows, columns, values }: SparseChunk, begins: readonly number[]): Generator<AddressedPart> {
  const shards = begins.length - 1;
  const shardOf = Uint32Array.from(rows, (row) => shardHolding(row, begins));
  const counts = new Uint32Array(shards);
  for (const shard of shardOf) counts[shard]!++;
  const parts = Array.from(counts, (count) => ({ rows: new Uint32Array(count), columns: new Uint32Array(count), values: new Float64Array(count), length: 0 }));
  for (let i = 0; i < rows.length; i++) {
    const shard = shardOf[i]!;
    const part = parts[shard]!;
    part.rows[part.length] = rows[i]! - begins[shard]!;
    part.columns[part.length] = columns[i]!;
    part.values[part.length++] = values[i]!;
  }
  for (const [shard, part] of parts.entries()) if (part.length > 0) yield { shard, part: [part.rows, part.columns, part.values] };
}

function shardHolding(row: number, begins: readonly number[]): number {
  let low = 0;
  let high = begins.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (begins[middle]! <= row) low = middle;
    else high = middle;
  }
  return low;
}
