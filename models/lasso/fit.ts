/** Trains a Lasso at one α on a cluster. */
import { DataError } from '../../src/data/dataset.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import type { Certificate } from './certificate.js';
import { openProblems, penaltyOf, type TrainingData } from './open.js';
import { apart, joined } from './joined-state.js';
import { Ledger, optimize, type FitObserver, type Milestone, type Optimum, type Stopped, type Training } from './optimize.js';
import { DEFAULT_ALPHA, type LassoOptions } from './options.js';
import type { Penalty } from './penalty.js';
import type { OriginalCoefficients, Problem } from './problem.js';
import { ScheduledRows } from './row-cut/schedules.js';
import { samplesOf } from './samples.js';

/** What a run cost. */
export interface RunCost {
  readonly rounds: number;
  /** From parsed arrays in memory to the solution. */
  readonly seconds: number;
  /** Bus bytes of a round, which follow its variables, and of a certificate, which is a pass over all of X. */
  readonly bytesPerRound: number;
  readonly bytesPerCertificate: number;
  /** Everything but the rounds: data, statistics, certificates. */
  readonly bytesOutsideRounds: number;
  readonly certificates: number;
  /** Shards went on on another kind of engine, as they may only where that was allowed. */
  readonly hasChangedEngine: boolean;
  /** State that the largest scheduler shard keeps for the variables of its range; 0 where the schedule keeps none. */
  readonly bytesPerScheduler: number;
}

export interface LassoFit extends Certificate, RunCost {
  /** In the original coordinates. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
  readonly alpha: number;
  readonly alphaMax: number;
  readonly samples: number;
  readonly stopped: Stopped;
}

export async function fitLasso(cluster: Cluster, data: TrainingData, options: LassoOptions, observer: FitObserver = {}): Promise<LassoFit> {
  const ledger = new Ledger(cluster);
  const { matrix, target, featureWeights = null, sampleWeights = null } = data;
  const samples = samplesOf(target, { weights: sampleWeights, folds: null, center: options.intercept || options.standardize });
  const penalty = penaltyOf(options, featureWeights);
  const [problem] = (await openProblems(cluster, matrix, samples, penalty, options)) as [Problem];
  const training = { cluster, columns: matrix.columns, options, observer, ledger };
  const { alphaMax, ...nullModel } = await fitNullModel(problem, penalty, training);
  const alpha = options.alphaRatio === undefined ? (options.alpha ?? DEFAULT_ALPHA) : options.alphaRatio * alphaMax;
  const isNull = alpha >= alphaMax;
  if (isNull) {
    observer.progress?.({ ...nullModel.certificate, rounds: ledger.rounds, seconds: ledger.seconds });
    observer.notice?.(zeroModelReason({ alpha, alphaMax, penalty }, problem));
  }
  const { certificate, stopped } = isNull ? nullModel : await optimizeOrResume('optimum', problem, penalty.at(alpha), training);
  const { intercept, ...sparse } = problem.original();
  return { ...certificate, ...costOf(ledger, problem), coefficients: densely(sparse, matrix.columns), intercept, alpha, alphaMax, samples: matrix.rows, stopped };
}

/** Brings the problem to its optimum at a penalty; a run that is resumed goes on from a certificate on the way there. */
function optimizeOrResume(place: string, problem: Problem, penalty: Penalty, training: Training): Promise<Optimum> {
  const { cluster, ledger } = training;
  const resumed = cluster.resumed(place);
  const saved = resumed && apart(resumed);
  if (saved) {
    ledger.resume(saved['ledger']!);
    problem.resume(saved['problem']!);
  }
  const milestone: Milestone = (loop) => cluster.milestone(place, () => joined({ ledger: ledger.state(), problem: problem.state(), loop: loop() }));
  return optimize(problem, penalty, training, milestone, saved?.['loop'] ?? null);
}

export interface NullModel extends Optimum {
  readonly alphaMax: number;
}

/** The model of no penalized column, and the smallest α at which it is the solution. */
export async function fitNullModel(problem: Problem, penalty: Penalty, training: Training): Promise<NullModel> {
  const { certificate, stopped } = problem.hasFreeColumns ? await fitFreeColumns(problem, penalty, training) : { certificate: await training.ledger.certificate(() => problem.start(penalty)), stopped: 'zero-model' as const };
  const alphaMax = problem.hasFreeColumns && fitsExactly(certificate, problem) ? 0 : problem.alphaMax();
  if (!Number.isFinite(problem.targetSquares) || !Number.isFinite(alphaMax)) throw new DataError('the sums of squares of y, or its products with X, leave the range of float64 (1.8e308): scale y or X down');
  return { alphaMax, certificate, stopped };
}

/** What rounding leaves of y is nothing that another column could explain. */
function fitsExactly({ objective }: Certificate, { targetSquares, samples }: Problem): boolean {
  return objective <= (EXACT * targetSquares) / (2 * samples);
}

const EXACT = 1e-12;

/** Columns without penalty are fitted as well as the arithmetic allows, down to where α_max has no error that matters. */
async function fitFreeColumns(problem: Problem, penalty: Penalty, training: Training): Promise<Optimum> {
  const { observer, options } = training;
  const quiet = { ...training, observer: { shouldStop: () => observer.shouldStop?.() ?? false }, options: { ...options, tol: Math.min(options.tol, NULL_MODEL_TOLERANCE) } };
  const { certificate, stopped } = await optimizeOrResume('null model', problem, penalty, quiet);
  if (certificate.relativeGap <= options.tol) return { certificate, stopped: 'zero-model' };
  observer.notice?.(`the columns without penalty are fitted to a relative gap of ${certificate.relativeGap.toExponential(2)} only, above --tol ${options.tol}: alpha_max is no more exact than that`);
  return { certificate, stopped };
}

const NULL_MODEL_TOLERANCE = 1e-12;

export function costOf(ledger: Ledger, problem: Problem): RunCost {
  const { rounds, seconds, bytesPerRound, bytesPerCertificate, bytesOutsideRounds, certificates, hasChangedEngine } = ledger;
  const bytesPerScheduler = problem instanceof ScheduledRows ? problem.bytesPerScheduler : 0;
  return { rounds, seconds, bytesPerRound, bytesPerCertificate, bytesOutsideRounds, certificates, hasChangedEngine, bytesPerScheduler };
}

export function densely({ ids, values }: Omit<OriginalCoefficients, 'intercept'>, columns: number): Float64Array {
  const coefficients = new Float64Array(columns);
  for (const [k, id] of ids.entries()) coefficients[id] = values[k]!;
  return coefficients;
}

function zeroModelReason({ alpha, alphaMax, penalty }: { alpha: number; alphaMax: number; penalty: Penalty }, { targetSquares, hasFreeColumns }: Problem): string {
  const every = hasFreeColumns ? 'every penalized coefficient' : 'every coefficient';
  if (targetSquares === 0) return 'the target is constant: every coefficient is 0 and the intercept is its value';
  if (penalty.shape.weights?.every((weight) => weight === 0)) return 'every feature weight is 0, so nothing is penalized: the model is least squares, whatever alpha';
  if (alphaMax === 0) return `no ${hasFreeColumns ? 'penalized ' : ''}column of X varies together with ${hasFreeColumns ? 'what the others leave of ' : ''}the target: ${every} is 0`;
  return `alpha ${alpha} is at or above alpha_max ${alphaMax}: ${every} is 0; choose a smaller --alpha, or --alpha-ratio below 1`;
}
