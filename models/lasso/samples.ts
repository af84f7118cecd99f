/**
 * The rows a Lasso is trained on. In: y, and where given a weight and a fold for every row. Out: u_i = √(w_i n / Σ w), by
 * which the rows of X and y are multiplied so that all that follows is unweighted (Σ u² = n, and u stands where a formula
 * has the vector of ones), and the problems: number 0 has all rows, number q = 1 … K those that are not in fold q - 1.
 */
import { DataError } from '../../src/data/dataset.js';

/** Cross-validation's parts of the rows. */
export interface Folds {
  /** K, at least 2. */
  readonly count: number;
  /** One number a row, 0 … K - 1. */
  readonly of: Uint16Array;
}

/** The rows of one problem. */
export interface TrainingRows {
  /** q. */
  readonly problem: number;
  /** n_q = Σ u² over the rows that are trained on. */
  readonly samples: number;
  /** Σ u² over the rows held out. */
  readonly heldOut: number;
  /** Mean of y over the rows trained on, less that over all rows; 0 without centring. */
  readonly targetShift: number;
  /** ||y - mean||² over the rows trained on, weighted; 0 where rounding is all that is left. */
  readonly targetSquares: number;
}

export interface Samples {
  readonly rows: number;
  /** u, or null where every row counts the same. */
  readonly roots: Float64Array | null;
  /** u (y - targetMean); exactly 0 where y is constant. */
  readonly target: Float64Array;
  /** Weighted mean of y; 0 without centring. */
  readonly targetMean: number;
  readonly folds: Folds | null;
  /** Σ u² of every fold; of all rows without folds. */
  readonly foldSamples: readonly number[];
  /** By number: 0, and 1 … K with folds. */
  readonly problems: readonly TrainingRows[];
}

export interface SampleChoices {
  /** One number a row, at least 0; null: all are 1. */
  readonly weights: Float64Array | null;
  readonly folds: Folds | null;
  /** Subtract the mean of y. */
  readonly center: boolean;
}

/** Throws DataError for a weight that is none, and for folds that leave a problem without weight on either side. */
export function samplesOf(y: Float64Array, { weights, folds, center }: SampleChoices): Samples {
  const rows = y.length;
  const roots = weights === null ? null : rootsOf(weights);
  const targetMean = center ? weightedMean(y, roots) : 0;
  const target = deviations(y, roots, targetMean);
  const foldSamples = samplesByFold(rows, roots, folds);
  const problems = Array.from({ length: folds ? folds.count + 1 : 1 }, (_, q) => trainingRows(q, { target, targetMean, roots, folds, foldSamples, center }));
  return { rows, roots, target, targetMean, folds, foldSamples, problems };
}

function rootsOf(weights: Float64Array): Float64Array | null {
  const bad = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (bad >= 0) throw new DataError(`sample weight ${bad + 1} is ${weights[bad]}, expected a finite number that is at least 0`);
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  if (largest === 0) throw new DataError('every sample weight is 0: at least one row must count');
  if (weights.every((weight) => weight === largest)) return null;
  const sum = weights.reduce((total, weight) => total + weight / largest, 0);
  return weights.map((weight) => Math.sqrt(((weight / largest) * weights.length) / sum));
}

function weightedMean(values: Float64Array, roots: Float64Array | null): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += roots ? roots[i]! * roots[i]! * values[i]! : values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}

function deviations(y: Float64Array, roots: Float64Array | null, mean: number): Float64Array {
  const values = y.map((value, i) => (roots ? roots[i]! * (value - mean) : value - mean));
  const spread = values.reduce((sum, value) => sum + value * value, 0);
  return isConstant(spread, mean, y.length) ? values.fill(0) : values;
}

function samplesByFold(rows: number, roots: Float64Array | null, folds: Folds | null): number[] {
  if (folds === null) return [rows];
  const samples = new Array<number>(folds.count).fill(0);
  for (let i = 0; i < rows; i++) samples[folds.of[i]!]! += roots ? roots[i]! * roots[i]! : 1;
  const empty = samples.indexOf(0);
  if (empty >= 0) throw new DataError(`fold ${empty + 1} of ${folds.count} has no row with a weight above 0: there are too few rows; use fewer folds`);
  return samples;
}

type Prepared = Pick<Samples, 'target' | 'targetMean' | 'roots' | 'folds' | 'foldSamples'> & { readonly center: boolean };

function trainingRows(problem: number, { target, targetMean, roots, folds, foldSamples, center }: Prepared): TrainingRows {
  const heldOut = problem === 0 ? 0 : foldSamples[problem - 1]!;
  const samples = problem === 0 ? target.length : sumWithout(foldSamples, problem);
  const isHeldOut = (i: number) => problem > 0 && folds!.of[i] === problem - 1;
  let sum = 0;
  if (center && problem > 0) for (let i = 0; i < target.length; i++) if (!isHeldOut(i)) sum += (roots?.[i] ?? 1) * target[i]!;
  const targetShift = sum === 0 ? 0 : sum / samples;
  let squares = 0;
  for (let i = 0; i < target.length; i++) if (!isHeldOut(i)) squares += (target[i]! - (roots?.[i] ?? 1) * targetShift) ** 2;
  const magnitude = Math.max(Math.abs(targetMean), Math.abs(targetMean + targetShift));
  return { problem, samples, heldOut, targetShift, targetSquares: center && isConstant(squares, magnitude, samples) ? 0 : squares };
}

/** Sum over the folds that problem `problem` trains on, in order. */
function sumWithout(byFold: readonly number[], problem: number): number {
  let sum = 0;
  for (let fold = 0; fold < byFold.length; fold++) if (fold !== problem - 1) sum += byFold[fold]!;
  return sum;
}

/** Shards hold values to 48 bits. */
const HELD_PRECISION = 2 ** -47;

/** Rounding leaves a constant a spread of about n (n ε mean)²; anything at or below that is no variation. */
export function isConstant(spread: number, mean: number, samples: number): boolean {
  return spread <= samples * (Math.max(samples * Number.EPSILON, HELD_PRECISION) * mean) ** 2;
}
