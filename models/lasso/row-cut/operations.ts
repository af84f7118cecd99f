/**
 * What scheduler and worker agree on for the Lasso: operations, what rides with them, and what is pushed.
 * X is cut by rows, and a shard's rows are of one fold; rows are multiplied by u_i = √weight, 1 without weights. Once
 * `Scale` has run, a shard holds the centred and scaled columns of problem 0, except sparse columns that have zeros to
 * keep: these stay as parsed. What other problems lack the scheduler does on sums.
 * Problem q = 0 has all rows; to problem q > 0 the shards of fold q - 1 push nothing but what `Settle` says.
 */
export const Operation = {
  /** ids [begin, end) → channel fold: per column Σ u_i x_ij. */
  Sum: 1,
  /** ids [begin, end), values = centers of fold 0, of fold 1, … → channel fold: per column Σ (x_ij - u_i center_j)². */
  Spread: 2,
  /** ids [begin, end), values = means, then scales; stored x_ij ← (x_ij - u_i mean_j) / scale_j. */
  Scale: 3,
  /** values [q, shift]: the float64 residual of problem q starts again from target - shift · u. */
  Reset: 4,
  /** ids, values = q, then one factor a column: residual of problem q -= Σ_k x_{ids[k]} factors[k], in float64. */
  Subtract: 5,
  /**
   * values [q, c]: residual of problem q += c · u; its float32 copy goes to the engine where q is 0
   * → channel 0: (Σ r², Σ y r, Σ u r), channel 1: Σ r² of the rows held out.
   */
  Settle: 6,
  /** ids [begin, end), values [q] → per column Σ x_ij r_i in float64, r of problem q. */
  Gradient: 7,
  /**
   * ids, values [dots, first, offset]: engine dots of the first `dots` ids (channel Dots), and of the ids from `offset` on the
   * packed Gram rows from the `first`-th on (channel Gram + fold).
   */
  Block: 8,
  /** ids [begin, end) → per column the number of stored entries. */
  Stored: 9,
} as const;

/** Channels of a Block. Gram rows come by fold, from channel Gram on, so that one push serves all problems. */
export const Channel = { Dots: 0, Gram: 1 } as const;

/** Channels of a Settle. */
export const Settled = { Training: 0, HeldOut: 1 } as const;

/** Ids of an operation over the consecutive columns [begin, end). */
export function columnRange(begin: number, end: number): Uint32Array {
  return Uint32Array.of(begin, end);
}

/** Most columns that one task of a pass over all columns covers. */
export const COLUMNS_PER_PASS_TASK = 1 << 16;

/** What a shard is told before its data: parts are first [target] or [target, u], then [first row, values] or [rows, columns, values]. */
export interface ShardDescription {
  readonly kind: 'dense' | 'sparse';
  /** Number of the shard's first row where rows stand in the shards' order. */
  readonly firstRow: number;
  readonly rows: number;
  readonly columns: number;
  /** Most ids in a Block task or in a commit. */
  readonly block: number;
  /** Fold that all its rows belong to; 0 without folds. */
  readonly fold: number;
}
