/** From data to problems: prepares the samples, chooses how X is cut, uploads it once, and opens one problem for all rows and one for each fold. */
import type { Matrix } from '../../src/data/dataset.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { shardCount } from '../../src/runtime/placement.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { openColumns } from './column-cut/open.js';
import { shardsForFolds } from './row-cut/distribute.js';
import type { TrainingOptions } from './options.js';
import { Penalty } from './penalty.js';
import type { Problem } from './problem.js';
import { openRows } from './row-cut/row-problem.js';
import { blockPlan, idsPerTask, ScheduledRows, workingSetPlan } from './row-cut/schedules.js';
import type { Samples } from './samples.js';
import { gramCacheFor } from './row-cut/working-set.js';

/** What a Lasso is trained on. */
export interface TrainingData {
  readonly matrix: Matrix;
  /** One number a row. */
  readonly target: Float64Array;
  /** One number a row, at least 0; null: all 1. */
  readonly sampleWeights?: Float64Array | null;
  /** One number a column, at least 0; null: all 1. */
  readonly featureWeights?: Float64Array | null;
}

export type Cut = 'rows' | 'columns';

/** Bytes of the float64 values as parsed; what decides how many logical shards there are. */
export function dataBytes(matrix: Matrix): number {
  return matrix.kind === 'dense' ? matrix.entries * 8 : matrix.entries * 16;
}

/** With no more rows than this the residual is short enough to send whatever the shape, and columns are solved on in float64. */
const FEW_ROWS = 4096;
/** Columns that a working set has where its Gram matrix is about as large as its columns are long. */
const TYPICAL_SET = 512;

/**
 * With more columns than rows the residual is the shorter thing to send, and a column that is whole on one shard needs no sums
 * over shards. The same holds with somewhat fewer columns, whose sums every shard would send, as long as they are so short that
 * gathering a working set costs less than its Gram matrix, or rows are few. Schedules of blocks need rows, whose partial sums they add up.
 */
export function chooseCut({ rows, columns, entries }: Matrix, shards: number, { cut, schedule }: TrainingOptions): Cut {
  if (cut !== 'auto') return cut;
  if (schedule !== 'working-set' || columns < shards) return 'rows';
  const areShort = entries / columns <= (Math.min(columns, TYPICAL_SET) * shards) / 2;
  return columns > rows || rows <= FEW_ROWS || (columns * shards > rows && areShort) ? 'columns' : 'rows';
}

/** Number of logical shards: a function of the data and the options alone. */
export function lassoShards(matrix: Matrix, options: TrainingOptions, folds: number): number {
  const shards = shardCount(dataBytes(matrix));
  return folds > 0 && chooseCut(matrix, shards, options) === 'rows' ? shardsForFolds(shards, folds) : shards;
}

/** One penalty for every α of a training. */
export function penaltyOf({ l1Ratio, nonNegative, schedule }: TrainingOptions, featureWeights: Float64Array | null): Penalty {
  if (schedule !== 'working-set' && featureWeights?.includes(0)) {
    throw new UsageError(`column ${featureWeights.indexOf(0) + 1} has the feature weight 0: float32 blocks do not fit columns without penalty closely enough to certify the rest; use the schedule working-set, or a weight above 0`);
  }
  const weights = featureWeights?.every((weight) => weight === 1) ? null : featureWeights;
  return new Penalty(Infinity, { l1Ratio, weights, nonNegative });
}

/** Uploads X; problem 0 has all rows, problem q ≥ 1 leaves out fold q - 1. All coefficients are 0. */
export async function openProblems(cluster: Cluster, matrix: Matrix, samples: Samples, penalty: Penalty, options: TrainingOptions): Promise<Problem[]> {
  const centring = { center: options.intercept || options.standardize, standardize: options.standardize };
  if (chooseCut(matrix, cluster.shards, options) === 'columns') return openColumns(cluster, matrix, samples, { ...centring, penalty, tol: options.tol });
  const range = { begin: 0, end: matrix.columns };
  const problems = await openRows(cluster, matrix, samples, { ...centring, block: idsPerTask(options, matrix.columns), penalty });
  const plan = options.schedule === 'working-set' ? workingSetPlan(gramCacheFor(samples.folds?.count ?? 0), options.tol) : blockPlan(options, range);
  return problems.map((problem) => new ScheduledRows(problem, plan));
}
