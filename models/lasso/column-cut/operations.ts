/**
 * What scheduler and worker agree on where X is cut by columns: each column lies whole on one shard, the residual travels.
 * Problem 0 is all rows; problem q ≥ 1 leaves out fold q - 1. Column ids are those of the whole matrix.
 */

/** Program name, under which workers know their half. */
export const COLUMN_PROGRAM = 'lasso-columns';

export const Operation = {
  /** values [center?, standardize?]: means, scales and norms for every problem; columns without zeros to keep are standardized in place. */
  Prepare: 1,
  /** values as `ScanRequest`, ids = the support: the largest gradient and the nearest columns. */
  Scan: 2,
  /** ids ascending: the columns themselves. */
  Gather: 3,
} as const;

/** Channels of a Scan. */
export const ScanChannel = {
  /** Key = the shard; JUDGEMENT_WIDTH numbers. */
  Judgement: 0,
  /** Keys = columns outside the support that are nearest to entering; CANDIDATE_WIDTH numbers each. */
  Candidates: 1,
} as const;

/** Channels of a Gather. */
export const GatherChannel = {
  /** Keys = ids; `factsWidth` numbers each: see `ColumnFacts`. */
  Facts: 0,
  /** Dense: keys = ids, one number a row. Sparse: key = position in ids · rows + row, and the stored value. */
  Entries: 1,
} as const;

/** How a column that is held relates to the column x̃ of one problem and to the column as parsed. */
export interface ColumnFacts {
  /** x̃ = (held - heldMean u) / heldScale; ||x̃||² is 0 where the column is dropped. */
  readonly heldMean: number;
  readonly heldScale: number;
  readonly squaredNorm: number;
  /** x̃ = (parsed - mean u) / scale. */
  readonly mean: number;
  readonly scale: number;
}

/** Number of stored entries, mean and scale taken out in place, and then three numbers a problem. */
const FACTS_HEAD = 3;
const FACTS_OF_PROBLEM = 3;

export function factsWidth(folds: number): number {
  return FACTS_HEAD + FACTS_OF_PROBLEM * (folds + 1);
}

export function factsOf(row: Float64Array, problem: number): ColumnFacts {
  const [heldMean, heldScale, squaredNorm] = row.subarray(FACTS_HEAD + FACTS_OF_PROBLEM * problem) as unknown as [number, number, number];
  return { heldMean, heldScale, squaredNorm, mean: row[1]! + row[2]! * heldMean, scale: row[2]! * heldScale };
}

/** Max over penalized columns of pull(x̃_j'r/n - λ2 β_j) / w_j, and pull and cost of the columns without penalty (`FreeColumns`). */
export const JUDGEMENT_WIDTH = 3;

/** What is known of a candidate: pull, and √(||x̃_j||² + n λ2_j). It enters when θ = r / n has moved by (λ1_j - pull) / norm. */
export const CANDIDATE_WIDTH = 2;

/** A pass over all columns with a residual. */
export interface ScanRequest {
  readonly problem: number;
  /** α and ρ of the penalty, and whether β ≥ 0. */
  readonly alpha: number;
  readonly l1Ratio: number;
  readonly nonNegative: boolean;
  /** n of the problem. */
  readonly samples: number;
  /** How many candidates a shard returns at the most. */
  readonly candidates: number;
  /** The support, ascending, and its coefficients. */
  readonly ids: Uint32Array;
  readonly beta: Float64Array;
  /** r, one number a row; 0 in the rows that the problem leaves out. */
  readonly residual: Float64Array;
}

const SCAN_HEAD = 6;

export function encodeScan(request: ScanRequest): { ids: Uint32Array; values: Float64Array } {
  const { problem, alpha, l1Ratio, nonNegative, samples, candidates, ids, beta, residual } = request;
  const values = new Float64Array(SCAN_HEAD + beta.length + residual.length);
  values.set([problem, alpha, l1Ratio, Number(nonNegative), samples, candidates]);
  values.set(beta, SCAN_HEAD);
  values.set(residual, SCAN_HEAD + beta.length);
  return { ids, values };
}

export function decodeScan(ids: Uint32Array, values: Float64Array): ScanRequest {
  const [problem, alpha, l1Ratio, nonNegative, samples, candidates] = values as unknown as [number, number, number, number, number, number];
  const beta = values.subarray(SCAN_HEAD, SCAN_HEAD + ids.length);
  return { problem, alpha, l1Ratio, nonNegative: nonNegative === 1, samples, candidates, ids, beta, residual: values.subarray(SCAN_HEAD + ids.length) };
}

/** Where the columns of a shard stand in `ids`, which ascend: places [begin, end). */
export function placesOf(ids: Uint32Array, { firstColumn, columns }: Pick<ColumnShardDescription, 'firstColumn' | 'columns'>): readonly [begin: number, end: number] {
  let begin = 0;
  while (begin < ids.length && ids[begin]! < firstColumn) begin++;
  let end = begin;
  while (end < ids.length && ids[end]! < firstColumn + columns) end++;
  return [begin, end];
}

/** What a shard is told before its data; parts are first [root weights, fold of every row, feature weights], then X. */
export interface ColumnShardDescription {
  readonly kind: 'dense' | 'sparse';
  readonly rows: number;
  readonly firstColumn: number;
  readonly columns: number;
  /** Folds of the cross-validation; 0 without one. */
  readonly folds: number;
}
