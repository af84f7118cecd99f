/**
 * A shard's part of a certificate: the largest gradient, what is left of it in columns without penalty, and the columns nearest to
 * entering. The engine passed over all columns in float32; whatever could be among those asked for, by the proven bound of
 * its rounding, is done again here in float64.
 */
import { at, dot, put, stored } from './shard';
import { nthSmallest } from './smallest';

/** Unit roundoff of float32, and the largest number that an engine may take for 0. */
const ROUNDOFF: f64 = 5.960464477539063e-8;
const UNDERFLOW: f64 = 1.1754943508222875e-38;
/** Roundings of a product beside those of the additions: of x, of r, and its own. */
const ROUNDINGS_OF_A_TERM: f64 = 3;
/** What may be taken for 0 with every term: x, the product, and the sum so far. */
const UNDERFLOWS_OF_A_TERM: f64 = 3;

/** Columns of the shard, and f64[columns] each: moments of the problem, norms as held, and feature weights (0: all are 1). */
let columns: u32 = 0;
let means: usize = 0;
let scales: usize = 0;
let squaredNorms: usize = 0;
let heldNorms: usize = 0;
let weights: usize = 0;

export function attachProblem(count: u32, meansAddress: usize, scalesAddress: usize, squaredNormsAddress: usize, heldNormsAddress: usize, weightsAddress: usize): void {
  columns = count;
  means = meansAddress;
  scales = scalesAddress;
  squaredNorms = squaredNormsAddress;
  heldNorms = heldNormsAddress;
  weights = weightsAddress;
}

/** α, ρ, β ≥ 0, and n of the problem. */
let alpha: f64 = 0;
let l1Ratio: f64 = 1;
let isNonNegative: bool = false;
let samples: f64 = 1;

export function attachPenalty(alphaValue: f64, l1RatioValue: f64, nonNegative: bool, sampleCount: f64): void {
  alpha = alphaValue;
  l1Ratio = l1RatioValue;
  isNonNegative = nonNegative;
  samples = sampleCount;
}

/** f64[rows], Σ u r, and ||r||, both of them and the engine's dots in units of `unit`. */
let residual: usize = 0;
let residualSum: f64 = 0;
let residualNorm: f64 = 0;
let unit: f64 = 1;

export function attachResidual(residualAddress: usize, sum: f64, norm: f64, unitValue: f64): void {
  residual = residualAddress;
  residualSum = sum;
  residualNorm = norm;
  unit = unitValue;
}

/** Scratch, f64[columns] each: pull by the engine and how far it may be off; exact pull, NaN where not known; β; keys. */
let pulls: usize = 0;
let errors: usize = 0;
let exact: usize = 0;
let beta: usize = 0;
let keys: usize = 0;
/** u32[columns] and u8[columns]: columns in question, and whether a column is in the support. */
let open: usize = 0;
let isIn: usize = 0;

export function attachScratch(pullsAddress: usize, errorsAddress: usize, exactAddress: usize, betaAddress: usize, keysAddress: usize, openAddress: usize, isInAddress: usize): void {
  pulls = pullsAddress;
  errors = errorsAddress;
  exact = exactAddress;
  beta = betaAddress;
  keys = keysAddress;
  open = openAddress;
  isIn = isInAddress;
}

// @ts-ignore: decorator
@inline
function openColumn(k: u32): u32 {
  return load<u32>(open + (<usize>k << 2));
}

// @ts-ignore: decorator
@inline
function setOpen(k: u32, j: u32): void {
  store<u32>(open + (<usize>k << 2), j);
}

// @ts-ignore: decorator
@inline
function weight(j: u32): f64 {
  return weights === 0 ? 1 : at(weights, j);
}

/** A column that is neither dropped nor free of penalty. */
// @ts-ignore: decorator
@inline
function isPenalized(j: u32): bool {
  return at(squaredNorms, j) !== 0 && weight(j) > 0;
}

// @ts-ignore: decorator
@inline
function ridge(j: u32): f64 {
  return l1Ratio === 1 ? 0 : alpha * (1 - l1Ratio) * weight(j);
}

/** How strongly the residual pulls β_j away from 0, from the dot of the column as held. */
// @ts-ignore: decorator
@inline
function pullOf(j: u32, heldDot: f64): f64 {
  let slope = (heldDot - at(means, j) * residualSum) / at(scales, j) / samples;
  const b = at(beta, j);
  if (b !== 0 && weight(j) > 0) slope -= ridge(j) * b;
  return isNonNegative ? Math.max(0, slope) : Math.abs(slope);
}

function exactPull(j: u32): f64 {
  const known = at(exact, j);
  if (known === known) return known;
  const pull = pullOf(j, dot(j, residual));
  put(exact, j, pull);
  return pull;
}

/** √(||x̃_j||² + n λ2_j). */
// @ts-ignore: decorator
@inline
function norm(j: u32): f64 {
  return Math.sqrt(at(squaredNorms, j) + samples * ridge(j));
}

/** How far θ = r / n would have to move before the column could enter. */
// @ts-ignore: decorator
@inline
function slack(j: u32, pull: f64): f64 {
  return (alpha * l1Ratio * weight(j) - pull) / norm(j);
}

/**
 * For a sum of m products in any order |fl(x'r) - x'r| ≤ γ Σ |x_i r_i| ≤ γ ||x|| ||r||, γ = k ε / (1 - k ε), k = m + 3 (Higham,
 * 2002, section 3.1), and what underflows besides. A dot that left the range of float32 says nothing.
 */
function estimate(dots: usize): void {
  for (let j: u32 = 0; j < columns; j++) {
    if (!isPenalized(j)) continue;
    const found = <f64>load<f32>(dots + (<usize>j << 2));
    const terms = <f64>stored(j);
    const rounding = (terms + ROUNDINGS_OF_A_TERM) * ROUNDOFF;
    if (!isFinite(found) || !(rounding < 1)) {
      put(pulls, j, 0);
      put(errors, j, Infinity);
      continue;
    }
    const error = (rounding / (1 - rounding)) * at(heldNorms, j) * residualNorm + UNDERFLOWS_OF_A_TERM * terms * UNDERFLOW;
    put(pulls, j, pullOf(j, found * unit));
    put(errors, j, (error * unit) / at(scales, j) / samples);
  }
}

/** Max over penalized columns of pull / w. */
function largest(): f64 {
  let atLeast: f64 = 0;
  for (let j: u32 = 0; j < columns; j++) if (isPenalized(j)) atLeast = Math.max(atLeast, (at(pulls, j) - at(errors, j)) / weight(j));
  let found: f64 = 0;
  for (let j: u32 = 0; j < columns; j++) {
    if (!isPenalized(j) || (at(pulls, j) + at(errors, j)) / weight(j) < atLeast) continue;
    found = Math.max(found, exactPull(j) / weight(j));
  }
  return found;
}

/** As `withFree` of certificate.ts, over this shard's columns without penalty. */
function judgeFree(judgement: usize): void {
  let most: f64 = 0;
  let cost: f64 = 0;
  for (let j: u32 = 0; weights !== 0 && j < columns; j++) {
    if (at(squaredNorms, j) === 0 || weight(j) > 0) continue;
    const slope = exactPull(j);
    const curvature = at(squaredNorms, j) / samples;
    if (slope === 0 || curvature === 0) continue;
    most = Math.max(most, slope / Math.sqrt(curvature));
    cost += slope * (Math.abs(at(beta, j)) + slope / curvature);
  }
  put(judgement, 1, most);
  put(judgement, 2, cost);
}

/** Lists in `open` the columns outside the support that could be among the `most` nearest; returns how many. */
function openCandidates(most: u32): u32 {
  let outside: u32 = 0;
  for (let j: u32 = 0; j < columns; j++) {
    if (!isPenalized(j) || load<u8>(isIn + j) === 1) continue;
    setOpen(outside, j);
    put(keys, outside++, slack(j, at(pulls, j) - at(errors, j)));
  }
  if (outside <= most) return outside;
  const limit = nthSmallest(keys, outside, most);
  let kept: u32 = 0;
  for (let k: u32 = 0; k < outside; k++) {
    const j = openColumn(k);
    if (slack(j, at(pulls, j) + at(errors, j)) <= limit) setOpen(kept++, j);
  }
  return kept;
}

/** Of the first `count` open columns keeps the `most` with the least slack, ties to the earlier one; returns how many. */
function nearest(count: u32, most: u32): u32 {
  if (count <= most) return count;
  for (let k: u32 = 0; k < count; k++) put(keys, k, slackOfOpen(k));
  const limit = nthSmallest(keys, count, most);
  let ties = most;
  for (let k: u32 = 0; k < count; k++) if (slackOfOpen(k) < limit) ties--;
  let kept: u32 = 0;
  for (let k: u32 = 0; k < count && kept < most; k++) {
    const key = slackOfOpen(k);
    if (!(key < limit)) {
      if (key !== limit || ties === 0) continue;
      ties--;
    }
    setOpen(kept++, openColumn(k));
  }
  return kept;
}

function slackOfOpen(k: u32): f64 {
  const j = openColumn(k);
  return slack(j, exactPull(j));
}

/**
 * `dots`: f32[columns] of the engine. Support: u32 columns and f64 coefficients. Writes judgement[0 … 2], and of the at most `most`
 * candidates, whose number it returns, the columns, ascending, to `open` and pull and norm to facts[2k], facts[2k + 1].
 */
export function scan(dots: usize, support: usize, coefficients: usize, supportSize: u32, most: u32, judgement: usize, facts: usize): u32 {
  for (let j: u32 = 0; j < columns; j++) put(exact, j, NaN);
  memory.fill(beta, 0, <usize>columns << 3);
  memory.fill(isIn, 0, columns);
  for (let k: u32 = 0; k < supportSize; k++) {
    const j = load<u32>(support + (<usize>k << 2));
    put(beta, j, at(coefficients, k));
    store<u8>(isIn + j, 1);
  }
  estimate(dots);
  put(judgement, 0, largest());
  judgeFree(judgement);
  if (most === 0) return 0;
  const found = nearest(openCandidates(most), most);
  for (let k: u32 = 0; k < found; k++) {
    const j = openColumn(k);
    put(facts, 2 * k, exactPull(j));
    put(facts, 2 * k + 1, norm(j));
  }
  return found;
}
