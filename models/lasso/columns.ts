/**
 * A shard of X, by columns, held twice: in engine memory as float32 for the pushes, and on the host so that
 * value = high + low gives the float64 passes what was parsed, to 48 bits (`low` is what float32 lost, or absent).
 * Where host and engine share memory, `high` is the engine's own copy. The float64 passes run in WebAssembly (host-columns.ts).
 */
import type { ReadRequest } from '../../src/engine/engine.js';
import type { HostColumns } from './host-columns.js';

/** Most Gram entries that one Block task asks for. */
export const GRAM_ENTRIES_PER_TASK = 1 << 20;

/** Where row i of a lower triangle starts when rows are packed one after another. */
export function packedRow(i: number): number {
  return (i * (i + 1)) / 2;
}

/** What stands for the vector of ones: u_i = √weight of every row, and Σ u_i²; null where all are 1. */
export interface Roots {
  readonly values: Float64Array;
  readonly squares: number;
}

/** The stored entries of a column, copied out; row ids are null where there is one for every row. */
export interface ColumnEntries {
  readonly rowIds: Uint32Array | null;
  readonly values: Float64Array;
}

/** A shard for its engine: all of it encodes or copies, nothing waits. */
export interface ShardColumns {
  /** The same columns in float64. */
  readonly host: HostColumns;
  /** Brings the columns [begin, end) to the engine after the host has changed them. */
  upload(begin: number, end: number): void;
  setResidual(residual: Float32Array): void;
  /** Where to read the residual as the engine has it. */
  residual(): ReadRequest;
  /** residual -= Σ_k x_{ids[k]} deltas[k], on the engine. */
  fold(ids: Uint32Array, deltas: Float32Array): void;
  /** Columns that `dots` and `gram` are about. */
  setIds(ids: Uint32Array): void;
  /** Encodes the dots of the first `count` ids with the residual, and says where to read them. */
  dots(count: number): ReadRequest;
  /** Encodes the packed lower triangle of Gram rows first … count - 1. */
  gram(count: number, first: number): ReadRequest;
  /** Gives back the memory of engine and host; the shard is not used any more. */
  close(): void;
}

/** Size of a shard, and where in the whole matrix it begins (for messages). */
export interface ShardExtent {
  readonly rows: number;
  readonly columns: number;
  readonly firstRow: number;
  readonly firstColumn: number;
}

export interface ColumnsExtent extends ShardExtent {
  /** Most ids that `setIds` and `fold` are called with. */
  readonly block: number;
}
