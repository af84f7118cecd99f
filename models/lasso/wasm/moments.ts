/**
 * Means, scales and norms of a shard's whole columns, for all rows and for all but each fold. A fold's own mean and spread are
 * taken first and then put together (Chan, Golub and LeVeque, 1983), so that nothing cancels.
 */
import { at, put, rowCount, spread, spreadsByFold, standardizeColumn, stored, sum, sumsByFold } from './shard';

/** Folds, 0 for none, and problems: all rows, and all but each fold. */
let folds: u32 = 0;
let isCentred: bool = false;
let isStandardized: bool = false;
/** f64[rows] or 0; u32[rows] or 0. */
let roots: usize = 0;
let foldOf: usize = 0;
/** f64[max(1, folds)] each: Σ u²; Σ u² over the rows stored; Σ u x / Σ u²; Σ (x - mean u)². */
let weights: usize = 0;
let met: usize = 0;
let foldMeans: usize = 0;
let foldSpreads: usize = 0;

/** Relative precision to which shards hold values: samples.ts. */
const HELD_PRECISION: f64 = 7.105427357601002e-15;
const EPSILON: f64 = 2.220446049250313e-16;
/** Above 1 by more than the rounding of a norm that was put together from mean and spread. */
const ABOVE_ROUNDING: f64 = 1 + 1e-9;

export function attachMoments(foldCount: u32, center: bool, standardize: bool, rootsAddress: usize, foldOfAddress: usize, weightsAddress: usize, metAddress: usize, meansAddress: usize, spreadsAddress: usize): void {
  folds = foldCount;
  isCentred = center;
  isStandardized = standardize;
  roots = rootsAddress;
  foldOf = foldOfAddress;
  weights = weightsAddress;
  met = metAddress;
  foldMeans = meansAddress;
  foldSpreads = spreadsAddress;
}

function takeMoments(j: u32): void {
  if (folds === 0) {
    const mean = sum(j, roots) / at(weights, 0);
    put(foldMeans, 0, mean);
    put(foldSpreads, 0, spread(j, mean, roots, at(weights, 0)));
    return;
  }
  memory.fill(foldMeans, 0, <usize>folds << 3);
  memory.fill(met, 0, <usize>folds << 3);
  sumsByFold(j, roots, foldOf, foldMeans, met);
  for (let fold: u32 = 0; fold < folds; fold++) {
    const mean = at(foldMeans, fold) / at(weights, fold);
    put(foldMeans, fold, mean);
    put(foldSpreads, fold, (at(weights, fold) - at(met, fold)) * mean * mean);
  }
  spreadsByFold(j, roots, foldOf, foldMeans, foldSpreads);
}

/** Σ (x - center u)² over all folds but one; `without` is that fold + 1, or 0. */
function squaresAbout(center: f64, without: u32): f64 {
  const count: u32 = folds === 0 ? 1 : folds;
  let squares: f64 = 0;
  for (let fold: u32 = 0; fold < count; fold++) {
    if (fold + 1 === without) continue;
    const away = at(foldMeans, fold) - center;
    squares += at(foldSpreads, fold) + at(weights, fold) * away * away;
  }
  return squares;
}

/** As samples.ts: rounding leaves a constant this much. */
function isConstant(spread: f64, mean: f64, samples: f64): bool {
  const precision = Math.max(samples * EPSILON, HELD_PRECISION) * mean;
  return spread <= samples * precision * precision;
}

/** What `together` found. */
let mean: f64 = 0;
let scale: f64 = 1;
let squaredNorm: f64 = 0;

/** Mean, scale and norm over all folds but one. */
function together(without: u32): void {
  const count: u32 = folds === 0 ? 1 : folds;
  let samples: f64 = 0;
  let total: f64 = 0;
  for (let fold: u32 = 0; fold < count; fold++) {
    if (fold + 1 === without) continue;
    samples += at(weights, fold);
    total += at(weights, fold) * at(foldMeans, fold);
  }
  mean = isCentred ? total / samples : 0;
  scale = 1;
  squaredNorm = 0;
  const squares = squaresAbout(mean, without);
  if (isCentred && isConstant(squares, mean, samples)) return;
  if (isStandardized && squares > 0) scale = Math.sqrt(squares / samples);
  squaredNorm = squares / (scale * scale);
}

/**
 * For the columns [begin, end) of `count`: moments of every problem, problem q's of column j at q · count + j, of the columns as they are held afterwards: those without
 * zeros to keep are standardized in place with problem 0's, which heldMeans and heldScales then tell. heldNorms[j] is ||x_j||
 * as held, over all rows, never too small.
 */
export function prepare(begin: u32, end: u32, count: u32, means: usize, scales: usize, squaredNorms: usize, heldMeans: usize, heldScales: usize, heldNorms: usize): void {
  for (let j = begin; j < end; j++) {
    takeMoments(j);
    together(0);
    let heldMean: f64 = 0;
    let heldScale: f64 = 1;
    if (stored(j) === rowCount() && (mean !== 0 || scale !== 1)) {
      standardizeColumn(j, mean, scale, roots);
      heldMean = mean;
      heldScale = scale;
    }
    put(heldMeans, j, heldMean);
    put(heldScales, j, heldScale);
    put(heldNorms, j, (Math.sqrt(squaresAbout(heldMean, 0)) / heldScale) * ABOVE_ROUNDING);
    for (let q: u32 = 0; q <= folds; q++) {
      if (q > 0) together(q);
      const into = q * count + j;
      put(means, into, (mean - heldMean) / heldScale);
      put(scales, into, scale / heldScale);
      put(squaredNorms, into, squaredNorm);
    }
  }
}
