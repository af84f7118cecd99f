/**
 * What readers produce and models take in: a matrix and its target, as bounded chunks of parsed float64 values.
 */

/** Consecutive dense rows, row-major: values.length = rows × columns. */
export interface DenseChunk {
  readonly kind: 'dense';
  readonly firstRow: number;
  readonly rows: number;
  readonly values: Float64Array;
}

/** Nonzero entries in file order; row and column ids from 0. */
export interface SparseChunk {
  readonly kind: 'sparse';
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float64Array;
}

export type MatrixChunk = DenseChunk | SparseChunk;

/** A parsed matrix. Reading it again gives the same chunks. */
export interface Matrix {
  readonly kind: 'dense' | 'sparse';
  readonly rows: number;
  readonly columns: number;
  /** Stored entries: rows × columns when dense, nonzeros (explicit zeros included) when sparse. */
  readonly entries: number;
  /** Column names from a header, if there was one. */
  readonly columnNames: readonly string[] | null;
  /** The chunks in file order; each at most a few MiB. */
  chunks(): AsyncIterable<MatrixChunk>;
  /** Frees what backs the chunks (a spool file, say). */
  close(): Promise<void>;
}

export interface Dataset {
  readonly matrix: Matrix;
  /** One value a row; null when none was asked for (predict). */
  readonly target: Float64Array | null;
  /** What the file was recognized as: 'csv', 'libsvm', 'matrixmarket', 'npy', 'npz', with '.gz' added when compressed. */
  readonly format: string;
}

/** Data a user gave are not what they should be. The message names file, place, what was found and what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** Two entries for one place, found where a shard is put in order; whoever knows the file adds its name and lines. */
export class DuplicateEntryError extends DataError {
  constructor(
    /** Row and column, from 0. */
    readonly row: number,
    readonly column: number,
  ) {
    super(`entry (row ${row + 1}, column ${column + 1}) appears more than once`);
  }
}
