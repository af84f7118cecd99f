/**
 * Means, scales and norms of a shard's columns, in float64, for all rows and for all but each fold. A fold's own mean and
 * spread are taken first and then put together (Chan, Golub and LeVeque, 1983), so that nothing cancels.
 */
import type { Roots, ShardColumns } from '../columns.js';
import { isConstant, type Folds } from '../samples.js';

/** How x̃_j = (held x_j - mean u) / scale follows from the column that is held, in one problem. */
export interface ProblemMoments {
  readonly means: Float64Array;
  readonly scales: Float64Array;
  /** ||x̃_j||² over the problem's rows; 0 for a column that is constant there and dropped. */
  readonly squaredNorms: Float64Array;
}

/** What was done to the columns in place: held x = (x - mean u) / scale. */
export interface HeldMoments {
  readonly means: Float64Array;
  readonly scales: Float64Array;
}

export interface Centring {
  readonly center: boolean;
  readonly standardize: boolean;
}

/** Rows, as far as the moments are concerned. */
export interface RowShape {
  readonly rows: number;
  readonly roots: Roots | null;
  readonly folds: Folds | null;
}

/** Σ u², and Σ u x / Σ u² and Σ (x - mean u)² of one column, by fold; without folds one of all rows. */
interface ByFold {
  readonly weights: Float64Array;
  /** Σ u² over the rows with a stored entry. */
  readonly stored: Float64Array;
  readonly means: Float64Array;
  readonly spreads: Float64Array;
}

export interface PreparedColumns {
  /** By problem. */
  readonly problems: readonly ProblemMoments[];
  readonly held: HeldMoments;
  /** ||x_j|| of the columns as they are held, over all rows, never too small. */
  readonly heldNorms: Float64Array;
}

/** Above 1 by more than the rounding of a norm that was put together from mean and spread. */
const ABOVE_ROUNDING = 1 + 1e-9;

/** Moments of every problem; columns that have no zeros to keep are standardized in place with problem 0's. */
export function prepareColumns(columns: ShardColumns, count: number, shape: RowShape, { center, standardize }: Centring): PreparedColumns {
  const folds = shape.folds?.count ?? 0;
  const problems = Array.from({ length: folds + 1 }, () => ({ ...unchanged(count), squaredNorms: new Float64Array(count) }));
  const held = unchanged(count);
  const heldNorms = new Float64Array(count);
  const byFold = emptyByFold(shape);
  for (let j = 0; j < count; j++) {
    takeMoments(columns, j, shape, byFold);
    const whole = together(byFold, null, { center, standardize });
    if (columns.stored(j) === shape.rows && (whole.mean !== 0 || whole.scale !== 1)) {
      columns.standardize(j, whole.mean, whole.scale, shape.roots);
      held.means[j] = whole.mean;
      held.scales[j] = whole.scale;
    }
    heldNorms[j] = (Math.sqrt(squaresAbout(held.means[j]!, byFold, null)) / held.scales[j]!) * ABOVE_ROUNDING;
    for (let q = 0; q < problems.length; q++) {
      const { means, scales, squaredNorms } = problems[q]!;
      const own = q === 0 ? whole : together(byFold, q - 1, { center, standardize });
      means[j] = (own.mean - held.means[j]!) / held.scales[j]!;
      scales[j] = own.scale / held.scales[j]!;
      squaredNorms[j] = own.squaredNorm;
    }
  }
  columns.upload(0, count);
  return { problems, held, heldNorms };
}

function unchanged(count: number): HeldMoments {
  return { means: new Float64Array(count), scales: new Float64Array(count).fill(1) };
}

function emptyByFold({ rows, roots, folds }: RowShape): ByFold {
  const count = folds?.count ?? 1;
  const weights = new Float64Array(count);
  for (let i = 0; i < rows; i++) weights[folds?.of[i] ?? 0]! += roots === null ? 1 : roots.values[i]! ** 2;
  return { weights, stored: new Float64Array(count), means: new Float64Array(count), spreads: new Float64Array(count) };
}

/** Puts column j's moments into `byFold`. */
function takeMoments(columns: ShardColumns, j: number, { roots, folds }: RowShape, byFold: ByFold): void {
  const { weights, stored, means, spreads } = byFold;
  if (folds === null) {
    means[0] = columns.sum(j, roots) / weights[0]!;
    spreads[0] = columns.spread(j, means[0], roots);
    return;
  }
  const { rowIds, values } = columns.entries(j);
  means.fill(0);
  stored.fill(0);
  for (let e = 0; e < values.length; e++) {
    const row = rowIds === null ? e : rowIds[e]!;
    const u = roots === null ? 1 : roots.values[row]!;
    means[folds.of[row]!]! += u * values[e]!;
    stored[folds.of[row]!]! += u * u;
  }
  for (let fold = 0; fold < weights.length; fold++) {
    means[fold]! /= weights[fold]!;
    spreads[fold] = (weights[fold]! - stored[fold]!) * means[fold]! ** 2;
  }
  for (let e = 0; e < values.length; e++) {
    const row = rowIds === null ? e : rowIds[e]!;
    const fold = folds.of[row]!;
    spreads[fold]! += (values[e]! - means[fold]! * (roots === null ? 1 : roots.values[row]!)) ** 2;
  }
}

/** Σ (x - center u)² over all folds but one. */
function squaresAbout(center: number, { weights, means, spreads }: ByFold, without: number | null): number {
  let squares = 0;
  for (let fold = 0; fold < weights.length; fold++) if (fold !== without) squares += spreads[fold]! + weights[fold]! * (means[fold]! - center) ** 2;
  return squares;
}

/** Mean, scale and norm over all folds but one, of the column as it is now held. */
function together(byFold: ByFold, without: number | null, { center, standardize }: Centring): { mean: number; scale: number; squaredNorm: number } {
  const { weights, means } = byFold;
  let samples = 0;
  let sum = 0;
  for (let fold = 0; fold < weights.length; fold++) {
    if (fold === without) continue;
    samples += weights[fold]!;
    sum += weights[fold]! * means[fold]!;
  }
  const mean = center ? sum / samples : 0;
  const spread = squaresAbout(mean, byFold, without);
  if (center && isConstant(spread, mean, samples)) return { mean, scale: 1, squaredNorm: 0 };
  const scale = standardize && spread > 0 ? Math.sqrt(spread / samples) : 1;
  return { mean, scale, squaredNorm: spread / (scale * scale) };
}
