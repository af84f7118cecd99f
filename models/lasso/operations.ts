/**
 * What scheduler and worker agree on for the Lasso: operations, what rides with them, and what is pushed.
 * X is cut by rows. Once `Scale` has run, a shard holds centred and scaled columns, except sparse columns that have
 * zeros to keep: these stay as parsed, and the scheduler does the centring and scaling on sums.
 */
export const Operation = {
  /** ids [begin, end) → per column Σ x_ij. */
  Sum: 1,
  /** ids [begin, end), values = column means → per column Σ (x_ij - mean_j)². */
  Spread: 2,
  /** ids [begin, end), values = means, then scales; stored x_ij ← (x_ij - mean_j) / scale_j. */
  Scale: 3,
  /** The float64 residual starts again from the target. */
  Reset: 4,
  /** ids, values: residual -= Σ_k x_{ids[k]} values[k], in float64. */
  Subtract: 5,
  /** values [c]: residual += c, then its float32 copy goes to the engine → (Σ r², Σ y r, Σ r). */
  Settle: 6,
  /** ids [begin, end) → per column Σ x_ij r_i in float64. */
  Gradient: 7,
  /** ids, values [dots?, first]: engine dots of the columns (channel Dots) unless dots? is 0; packed Gram rows from `first` on (channel Gram). */
  Block: 8,
  /** ids [begin, end) → per column the number of stored entries. */
  Stored: 9,
} as const;

export const Channel = { Dots: 0, Gram: 1 } as const;

/** Ids of an operation over the consecutive columns [begin, end). */
export function columnRange(begin: number, end: number): Uint32Array {
  return Uint32Array.of(begin, end);
}

/** Most columns that one task of a pass over all columns covers. */
export const COLUMNS_PER_PASS_TASK = 1 << 16;

/** Most Gram entries that one Block task asks for. */
export const GRAM_ENTRIES_PER_TASK = 1 << 20;

/** Where row i of a lower triangle starts when rows are packed one after another. */
export function packedRow(i: number): number {
  return (i * (i + 1)) / 2;
}

/** What a shard is told before its data: parts are first [target], then [first row, values] or [rows, columns, values]. */
export interface ShardDescription {
  readonly kind: 'dense' | 'sparse';
  readonly firstRow: number;
  readonly rows: number;
  readonly columns: number;
  /** Most ids in a Block task or in a commit. */
  readonly block: number;
}
