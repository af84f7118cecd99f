/**
 * What the scheduler keeps of a Lasso: coefficients of the centred and scaled problem
 * min 1/(2n) ||y - X̃β||² + α ||β||₁, x̃_j = (x_j - mean_j) / scale_j, y centred when there is an intercept.
 */

import { DataError } from '../../src/data/dataset.js';

/** How the columns that the shards hold relate to the columns x̃_j of the problem. */
export interface Scaling {
  /** Zeros without centring. */
  readonly means: Float64Array;
  readonly scales: Float64Array;
  /** Squared norms ||x̃_j||²; 0 for a column that is constant, which is dropped. */
  readonly squaredNorms: Float64Array;
  /** 1 where the shards hold x_j as parsed and sums are corrected here; 0 where they hold x̃_j. */
  readonly lazy: Uint8Array;
}

export class LassoState {
  readonly samples: number;
  readonly scaling: Scaling;
  alpha: number;
  readonly beta: Float64Array;
  /** Σ mean_j β_j / scale_j over the lazy columns: what y - X̃β lies above y less what the shards hold times β. */
  offset = 0;
  /** The offset that the engines' residual holds since the last Settle. */
  settledOffset = 0;

  constructor(samples: number, scaling: Scaling) {
    this.samples = samples;
    this.scaling = scaling;
    this.alpha = 0;
    this.beta = new Float64Array(scaling.means.length);
  }

  get columns(): number {
    return this.beta.length;
  }

  /** Factor and center by which sums over the held column j become sums over x̃_j. */
  heldScale(j: number): number {
    return this.scaling.lazy[j] === 1 ? this.scaling.scales[j]! : 1;
  }

  heldMean(j: number): number {
    return this.scaling.lazy[j] === 1 ? this.scaling.means[j]! : 0;
  }

  /**
   * x̃_j'r / n from the dot of the held column with the residual v that the shards hold, where r = v + shift and
   * Σ r = 0 by centring: x̃_j'r = (x_j'v + mean_j · n · shift) / scale_j.
   */
  gradientFromPush(j: number, dot: number, shift: number): number {
    if (!Number.isFinite(dot)) throw beyondFloat32(j);
    return (dot + this.heldMean(j) * this.samples * shift) / this.heldScale(j) / this.samples;
  }

  /** ||x̃_j||² / n. */
  curvature(j: number): number {
    return this.scaling.squaredNorms[j]! / this.samples;
  }

  /** Sets β_j and keeps the offset in step. */
  setBeta(j: number, value: number): void {
    this.offset += ((value - this.beta[j]!) * this.heldMean(j)) / this.heldScale(j);
    this.beta[j] = value;
  }

  /** Offset of the coefficients, added up afresh. */
  exactOffset(): number {
    let offset = 0;
    for (let j = 0; j < this.columns; j++) if (this.beta[j] !== 0) offset += (this.beta[j]! * this.heldMean(j)) / this.heldScale(j);
    return offset;
  }

  nonzeros(): number {
    let count = 0;
    for (const value of this.beta) if (value !== 0) count++;
    return count;
  }
}

/** x̃_a'x̃_b / n from the dot of the held columns. */
export function correctedGram(state: LassoState, a: number, b: number, dot: number): number {
  if (!Number.isFinite(dot)) throw beyondFloat32(a);
  const inner = dot - state.samples * state.heldMean(a) * state.heldMean(b);
  return inner / (state.heldScale(a) * state.heldScale(b)) / state.samples;
}

function beyondFloat32(column: number): DataError {
  return new DataError(`column ${column + 1} of X is so large that its products leave the range of float32 (3.4e38): rescale it, or use --standardize`);
}
