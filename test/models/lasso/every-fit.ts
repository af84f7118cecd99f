/** Fits of every kind: both cuts, all schedules, what state an option gives rise to. */
import { parseLassoOptions, parseLassoPathOptions } from '../../../models/lasso/estimator.js';
import { fitLasso, type LassoFit } from '../../../models/lasso/fit.js';
import type { LassoInput, LassoPathInput } from '../../../models/lasso/options.js';
import { fitLassoPath, type LassoPathFit } from '../../../models/lasso/path.js';
import { matrixFrom } from '../../../src/data/in-memory.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import type { GivenData } from './path-fits.js';
import { asDense, asSparse, problemOf, type Problem } from './problems.js';

export type Fitted = GivenData & { readonly options: LassoInput | LassoPathInput };

/** Every bit of the outcome but what the clock and the links say. */
export function bitsOf(fit: LassoFit | LassoPathFit): object {
  const { seconds, bytesPerRound, bytesPerCertificate, bytesOutsideRounds, ...rest } = fit;
  void [seconds, bytesPerRound, bytesPerCertificate, bytesOutsideRounds];
  return rest;
}

export function fitOn(cluster: Cluster, { input, options, ...data }: Fitted): Promise<LassoFit | LassoPathFit> {
  const given = { matrix: matrixFrom(input), ...data };
  return 'path' in options || 'alphas' in options ? fitLassoPath(cluster, given, parseLassoPathOptions(options)) : fitLasso(cluster, given, parseLassoOptions(options as LassoInput));
}

const short = problemOf({ rows: 47, columns: 19, seed: 7, density: 0.7, shift: 0.5 });
const wide = problemOf({ rows: 31, columns: 70, seed: 8, density: 0.7 });
/** A sparse matrix some columns of which have an entry in every row. */
const mixed: Problem = { ...short, x: short.x.map((value, at) => ((at % short.columns) % 4 === 0 ? value + 5 : value)) };
const sampleWeights = (rows: number) => Float64Array.from({ length: rows }, (_, i) => ((i * 3) % 4) + 0.25);
const featureWeights = (columns: number) => Float64Array.from({ length: columns }, (_, j) => [1, 0, 2][j % 3]!);

const plain = (problem: Problem) => ({ target: problem.y });
const weighted = (problem: Problem) => ({ target: problem.y, sampleWeights: sampleWeights(problem.rows), featureWeights: featureWeights(problem.columns) });

export const EVERY_FIT: readonly [string, Fitted][] = [
  ['rows, dense', { input: asDense(short), ...plain(short), options: { cut: 'rows', alphaRatio: 0.02 } }],
  ['rows, dense, standardized', { input: asDense(short), ...plain(short), options: { cut: 'rows', alphaRatio: 0.02, standardize: true } }],
  ['rows, dense, as it is', { input: asDense(short), ...plain(short), options: { cut: 'rows', alphaRatio: 0.02, intercept: false } }],
  ['rows, sparse', { input: asSparse(short), ...plain(short), options: { cut: 'rows', alphaRatio: 0.02, standardize: true } }],
  ['rows, sparse with full columns, weighted', { input: asSparse(mixed), ...weighted(mixed), options: { cut: 'rows', alphaRatio: 0.02, standardize: true } }],
  ['rows, a path', { input: asDense(short), ...plain(short), options: { cut: 'rows', path: 8 } }],
  ['rows, folds, weighted', { input: asDense(short), ...weighted(short), options: { cut: 'rows', path: 6, cv: 3, standardize: true } }],
  ['round-robin', { input: asDense(short), ...plain(short), options: { schedule: 'round-robin', block: 4, alphaRatio: 0.05 } }],
  ['random, independent', { input: asDense(short), ...plain(short), options: { schedule: 'random', coupling: 'independent', block: 3, alphaRatio: 0.1, seed: 4, standardize: true } }],
  ['priority', { input: asSparse(mixed), ...plain(mixed), options: { schedule: 'priority', block: 4, alphaRatio: 0.05, standardize: true } }],
  ['priority, filtered, pipelined', { input: asDense(short), ...plain(short), options: { schedule: 'priority', block: 4, pipeline: 2, dependencyThreshold: 0.3, schedulers: 2, alphaRatio: 0.05 } }],
  ['round-robin, filtered', { input: asDense(short), ...plain(short), options: { schedule: 'round-robin', block: 5, dependencyThreshold: 0.2, alphaRatio: 0.1 } }],
  ['random, filtered, pipelined', { input: asDense(short), ...plain(short), options: { schedule: 'random', block: 4, pipeline: 1, dependencyThreshold: 0.2, schedulers: 3, alphaRatio: 0.1 } }],
  ['priority along a path', { input: asSparse(short), ...plain(short), options: { schedule: 'priority', block: 4, path: 4 } }],
  ['columns, dense', { input: asDense(wide), ...plain(wide), options: { cut: 'columns', alphaRatio: 0.02, standardize: true } }],
  ['columns, sparse, weighted', { input: asSparse(wide), ...weighted(wide), options: { cut: 'columns', alphaRatio: 0.02, nonNegative: true } }],
  ['columns, folds', { input: asDense(wide), ...plain(wide), options: { cut: 'columns', path: 8, cv: 3 } }],
  ['columns, sparse with full columns, folds', { input: asSparse(mixed), ...weighted(mixed), options: { cut: 'columns', path: 4, cv: 3, standardize: true, l1Ratio: 0.5 } }],
];
