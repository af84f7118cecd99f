/**
 * The solutions for a descending sequence of α, each started from the one before; and, where asked, the same for every fold left
 * out, on the same upload of X, which says how well each α predicts rows that it was not trained on.
 */
import type { SchedulerState } from '../../src/program.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import type { Certificate } from './certificate.js';
import { apart, joined } from './joined-state.js';
import { costOf, fitNullModel, type RunCost } from './fit.js';
import { dealFolds } from './folds.js';
import { PathRecord } from './path-record.js';
import { openProblems, penaltyOf, type TrainingData } from './open.js';
import { Ledger, optimize, type FitObserver, type LassoProgress, type Milestone, type Stopped, type Training } from './optimize.js';
import type { LassoPathOptions } from './options.js';
import type { Penalty } from './penalty.js';
import type { OriginalCoefficients, Problem } from './problem.js';
import { samplesOf } from './samples.js';

/** The solution at one α. */
export interface PathPoint extends Certificate, OriginalCoefficients {
  readonly alpha: number;
  readonly stopped: Stopped;
}

/** How well each α predicts rows held out; arrays go along the path. */
export interface CrossValidation {
  readonly folds: number;
  /** Mean of (y - ŷ)² over the rows, each predicted by the problem that left it out. */
  readonly errors: readonly number[];
  /** Standard error of that mean, from how the folds differ. */
  readonly standardErrors: readonly number[];
  /** Where the error is smallest, and the largest α whose error is within one standard error of it. */
  readonly best: number;
  readonly simplest: number;
}

export interface LassoPathFit extends RunCost {
  readonly points: readonly PathPoint[];
  readonly crossValidation: CrossValidation | null;
  /** The point that stands for the path: the best in cross-validation, else the last. */
  readonly chosen: number;
  readonly alphaMax: number;
  readonly samples: number;
  /** 'interrupted' when anything asked for is missing, else how the first solution ended that did not converge, if there is one. */
  readonly stopped: Stopped;
}

/** Which of its solutions a run is at; numbers count from 0. */
export interface PathPlace {
  /** The α, and how many there are. */
  readonly index: number;
  readonly of: number;
  /** The fold left out, null where all rows are in; and how many there are, 0 without cross-validation. */
  readonly fold: number | null;
  readonly folds: number;
}

/** "alpha 37 of 100, fold 2 of 5" */
export function describePlace({ index, of, fold, folds }: PathPlace): string {
  return `alpha ${index + 1} of ${of}${fold === null ? '' : `, fold ${fold + 1} of ${folds}`}`;
}

export interface PathObserver extends FitObserver {
  progress?(progress: LassoProgress, place?: PathPlace): void;
  /** A solution was reached. */
  point?(point: PathPoint, place: PathPlace): void;
}

export async function fitLassoPath(cluster: Cluster, data: TrainingData, options: LassoPathOptions, observer: PathObserver = {}): Promise<LassoPathFit> {
  const ledger = new Ledger(cluster);
  const { matrix, target, sampleWeights = null, featureWeights = null } = data;
  if (featureWeights?.every((weight) => weight === 0)) throw new UsageError('every feature weight is 0, so nothing is penalized and every alpha has the same solution, least squares: ask for one alpha instead of a path, or give some feature a weight above 0');
  const folds = options.cv === undefined ? null : dealFolds(matrix.rows, options.cv, options.seed);
  const samples = samplesOf(target, { weights: sampleWeights, folds, center: options.intercept || options.standardize });
  const penalty = penaltyOf(options, featureWeights);
  const problems = await openProblems(cluster, matrix, samples, penalty, options);
  const training = { cluster, columns: matrix.columns, options, observer, ledger };
  const whole = problems[0]!;
  const { alphaMax } = await fitNullModel(whole, penalty, training);
  const penalties = alphasOf(options, alphaMax).map((alpha) => penalty.at(alpha));
  const record = new PathRecord();
  const steps = stepsOf(problems, record, training);
  const { points } = record;
  if (record.errors.length === 0) for await (const point of walk(whole, penalties, training, { fold: null, folds: folds?.count ?? 0 }, points.length, steps)) points.push(point);
  const isWhole = points.length === penalties.length;
  const crossValidation = folds && isWhole ? await validate(problems, penalties, training, samples.problems.map(({ heldOut }) => heldOut), record, steps) : null;
  const isComplete = isWhole && (folds === null || crossValidation !== null);
  if (!isComplete) observer.notice?.(`interrupted after ${points.length} of ${penalties.length} alphas${folds ? ', before the cross-validation was complete' : ''}: the model is the last solution, not the one asked for`);
  const stopped = isComplete ? (points.find((point) => point.stopped !== 'converged')?.stopped ?? 'converged') : 'interrupted';
  return { ...costOf(ledger, whole), points, crossValidation, chosen: crossValidation?.best ?? points.length - 1, alphaMax, samples: matrix.rows, stopped };
}

function alphasOf({ alphas, path, pathRatio }: LassoPathOptions, alphaMax: number): readonly number[] {
  if (alphaMax === 0) throw new UsageError('alpha_max is 0: no penalized column of X varies together with the target, so there is no path of alphas to follow');
  if (alphas === undefined) return Array.from({ length: path }, (_, k) => alphaMax * pathRatio ** (k / (path - 1)));
  if (alphas[0]! <= alphaMax) return alphas;
  throw new UsageError(`the path begins at alpha ${alphas[0]}, above alpha_max ${alphaMax}, where every penalized coefficient is 0: begin at ${alphaMax} or below`);
}

/** How a run goes along its solutions: from where it can go on later, and where it goes on now. */
interface Steps {
  readonly milestone: Milestone;
  /** State of the first loop, where a run is resumed in the middle of it. */
  loop: SchedulerState | null;
}

const PLACE = 'path';

/** The steps of a run; one that is resumed finds its record, and the problem in hand, as they were. */
function stepsOf(problems: readonly Problem[], record: PathRecord, { cluster, ledger }: Training): Steps {
  const milestone: Milestone = (loop) => cluster.milestone(PLACE, () => joined({ ledger: ledger.state(), record: record.state(), problem: problems[record.errors.length]!.state(), loop: loop() }));
  const resumed = cluster.resumed(PLACE);
  if (resumed === null) return { milestone, loop: null };
  const saved = apart(resumed);
  ledger.resume(saved['ledger']!);
  record.resume(saved['record']!);
  problems[record.errors.length]!.resume(saved['problem']!);
  return { milestone, loop: saved['loop']! };
}

/** Solves along the path from the `begin`-th α on; an interruption ends it after the point in hand. */
async function* walk(problem: Problem, penalties: readonly Penalty[], training: PathTraining, at: Pick<PathPlace, 'fold' | 'folds'>, begin: number, steps: Steps): AsyncGenerator<PathPoint> {
  const { observer } = training;
  for (const [k, penalty] of penalties.slice(begin).entries()) {
    const place = { index: begin + k, of: penalties.length, ...at };
    const { certificate, stopped } = await optimize(problem, penalty, { ...training, observer: placed(observer, place) }, steps.milestone, steps.loop);
    steps.loop = null;
    const point = { ...certificate, ...problem.original(), alpha: penalty.alpha, stopped };
    observer.point?.(point, place);
    yield point;
    if (observer.shouldStop?.()) return;
  }
}

type PathTraining = Training & { readonly observer: PathObserver };

/** Tells of one solution by its place among all. */
function placed(observer: PathObserver, place: PathPlace): FitObserver {
  return {
    progress: (progress) => observer.progress?.(progress, place),
    notice: (sentence) => observer.notice?.(`${describePlace(place)}: ${sentence}`),
    shouldStop: () => observer.shouldStop?.() ?? false,
  };
}

/** Null when it was interrupted. */
async function validate(problems: readonly Problem[], penalties: readonly Penalty[], training: PathTraining, heldOut: readonly number[], { errors }: PathRecord, steps: Steps): Promise<CrossValidation | null> {
  const folds = problems.length - 1;
  for (let q = Math.max(1, errors.length); q <= folds; q++) {
    const ofFold = (errors[q - 1] ??= []);
    for await (const point of walk(problems[q]!, penalties, training, { fold: q - 1, folds }, ofFold.length, steps)) {
      void point;
      ofFold.push(await problems[q]!.heldOutError());
    }
    if (ofFold.length < penalties.length) return null;
  }
  return summarize(errors, heldOut.slice(1));
}

/** Folds count by the rows they hold out (Friedman et al., 2010, glmnet). `errors` by fold and α. */
function summarize(errors: readonly (readonly number[])[], weights: readonly number[]): CrossValidation {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const weighted = (value: (fold: number) => number) => weights.reduce((sum, weight, fold) => sum + weight * value(fold), 0) / total;
  const means = errors[0]!.map((_, k) => weighted((fold) => errors[fold]![k]!));
  const standardErrors = means.map((mean, k) => Math.sqrt(weighted((fold) => (errors[fold]![k]! - mean) ** 2) / (errors.length - 1)));
  const best = means.indexOf(Math.min(...means));
  const simplest = means.findIndex((mean) => mean <= means[best]! + standardErrors[best]!);
  return { folds: errors.length, errors: means, standardErrors, best, simplest };
}
