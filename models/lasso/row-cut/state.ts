/**
 * What the scheduler keeps of a Lasso: coefficients of the centred and scaled problem
 * min 1/(2n) ||y - X̃β||² + penalty(β), x̃_j = (x_j - mean_j u) / scale_j, y centred when there is an intercept; u is the
 * vector of ones, or of the roots of the sample weights, and n = u'u.
 */
import { DataError } from '../../../src/data/dataset.js';
import type { SchedulerState } from '../../../src/program.js';
import type { Penalty } from '../penalty.js';
import type { TrainingRows } from '../samples.js';
import type { BlockPenalty } from './subproblem.js';

/** How the columns as parsed, and those that the shards hold, relate to the columns x̃_j of a problem. One number a column each. */
export interface Scaling {
  /** x̃_j = (x_j - mean_j u) / scale_j; means are 0 without centring. */
  readonly means: Float64Array;
  readonly scales: Float64Array;
  /** Squared norms ||x̃_j||²; 0 for a column that is constant, which is dropped. */
  readonly squaredNorms: Float64Array;
  /** x̃_j = (held_j - heldMean_j u) / heldScale_j: 0 and 1 where the shards hold x̃_j. */
  readonly heldMeans: Float64Array;
  readonly heldScales: Float64Array;
}

export class LassoState {
  /** The rows trained on: problem 0 of the samples, or one that holds out a fold. */
  readonly training: TrainingRows;
  readonly scaling: Scaling;
  penalty: Penalty;
  readonly beta: Float64Array;
  /** Σ heldMean_j β_j / heldScale_j: by how much, in units of u, y - X̃β lies above y less what the shards hold times β. */
  offset = 0;
  /** The offset that the engines' residual holds since the last Settle. */
  settledOffset = 0;

  constructor(training: TrainingRows, scaling: Scaling, penalty: Penalty) {
    this.training = training;
    this.scaling = scaling;
    this.penalty = penalty;
    this.beta = new Float64Array(scaling.means.length);
  }

  /** n of the problem. */
  get samples(): number {
    return this.training.samples;
  }

  get columns(): number {
    return this.beta.length;
  }

  /** Factor and center by which sums over the held column j become sums over x̃_j. */
  heldScale(j: number): number {
    return this.scaling.heldScales[j]!;
  }

  heldMean(j: number): number {
    return this.scaling.heldMeans[j]!;
  }

  /**
   * x̃_j'r / n from the dot of the held column with the residual v that the shards hold, where r = v + shift · u and
   * u'r = 0 by centring: x̃_j'r = (held_j'v + heldMean_j · n · shift) / heldScale_j.
   */
  gradientFromPush(j: number, dot: number, shift: number): number {
    if (!Number.isFinite(dot)) throw beyondFloat32(j);
    return (dot + this.heldMean(j) * this.samples * shift) / this.heldScale(j) / this.samples;
  }

  /** x̃_j'r / n - λ2_j β_j from x̃_j'r / n: the slope of the smooth part, its sign turned. */
  slope(j: number, gradient: number): number {
    return this.beta[j] === 0 ? gradient : gradient - this.penalty.l2(j) * this.beta[j]!;
  }

  /** Where β_j would go were it alone, from x̃_j'r / n: S(β_j + slope_j / c, λ1_j / c), c = ||x̃_j||² / n + λ2_j. */
  soloGoal(j: number, gradient: number): number {
    const curvature = this.curvature(j) + this.penalty.l2(j);
    if (this.scaling.squaredNorms[j] === 0) return this.beta[j]!;
    return this.penalty.shrink(this.beta[j]! + this.slope(j, gradient) / curvature, this.penalty.l1(j) / curvature);
  }

  /** The penalty of some columns, as a subproblem takes it. */
  penaltyOf(ids: Uint32Array): BlockPenalty {
    const { penalty } = this;
    return { l1: Float64Array.from(ids, (j) => penalty.l1(j)), l2: Float64Array.from(ids, (j) => penalty.l2(j)), nonNegative: penalty.shape.nonNegative };
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

  /** Σ λ2_j β_j² and Σ λ1_j |β_j|; λ may be infinite where β_j is 0. */
  penaltyParts(): { ridge: number; norm: number } {
    let ridge = 0;
    let norm = 0;
    for (let j = 0; j < this.columns; j++) {
      const beta = this.beta[j]!;
      if (beta === 0) continue;
      ridge += this.penalty.l2(j) * beta * beta;
      norm += this.penalty.l1(j) * Math.abs(beta);
    }
    return { ridge, norm };
  }

  /** The coefficients, and what is counted along with them. */
  state(): SchedulerState {
    return { facts: null, arrays: [Float64Array.of(this.penalty.alpha, this.offset, this.settledOffset), this.beta] };
  }

  resume({ arrays }: SchedulerState): void {
    const [[alpha, offset, settledOffset], beta] = arrays as unknown as [[number, number, number], Float64Array];
    this.penalty = this.penalty.at(alpha);
    this.offset = offset;
    this.settledOffset = settledOffset;
    this.beta.set(beta);
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
