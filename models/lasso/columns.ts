/**
 * A shard of X, by columns, held twice: in engine memory as float32 for the pushes, and on the host so that
 * value = high + low gives the float64 passes what was parsed, to 48 bits (`low` is what float32 lost, or null).
 * Where host and engine share memory, `high` is the engine's own copy.
 */
import type { ShardExtent } from '../../src/data/columns.js';
import type { ReadRequest } from '../../src/engine/engine.js';

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

/** The stored entries of a column, copied out. */
export interface ColumnEntries {
  readonly rowIds: Uint32Array | null;
  readonly values: Float64Array;
}

export interface ShardColumns {
  /** Number of entries of column j that are stored. */
  stored(j: number): number;
  /** A copy of these entries in float64, rows ascending; row ids are null where there is one for every row. */
  entries(j: number): ColumnEntries;
  /** Float64 passes over column j: Σ u_i x_ij. */
  sum(j: number, roots: Roots | null): number;
  /** Σ (x_ij - u_i center)². */
  spread(j: number, center: number, roots: Roots | null): number;
  /** Σ x_ij vector_i. */
  dot(j: number, vector: Float64Array): number;
  /** vector -= factor · x_j. */
  subtract(j: number, factor: number, vector: Float64Array): void;
  /** Stored x_ij ← (x_ij - u_i mean) / scale, on the host. */
  standardize(j: number, mean: number, scale: number, roots: Roots | null): void;
  /** Brings the columns [begin, end) to the engine after `standardize`. */
  upload(begin: number, end: number): void;
  setResidual(residual: Float32Array): void;
  /** residual -= Σ_k x_{ids[k]} deltas[k], on the engine. */
  fold(ids: Uint32Array, deltas: Float32Array): void;
  /** Columns that `dots` and `gram` are about. */
  setIds(ids: Uint32Array): void;
  /** Encodes the dots of the first `count` ids with the residual, and says where to read them. */
  dots(count: number): ReadRequest;
  /** Encodes the packed lower triangle of Gram rows first … count - 1. */
  gram(count: number, first: number): ReadRequest;
}

export interface ColumnsExtent extends ShardExtent {
  /** Most ids that `setIds` and `fold` are called with. */
  readonly block: number;
}
