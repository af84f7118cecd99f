/**
 * The Lasso restricted to some variables B, in float64 on their Gram matrix:
 * min over b of ½ (b - β)'G(b - β) - g'(b - β) + Σ λ1_j |b_j| + ½ Σ λ2_j b_j², G = X_B'X_B / n, g = X_B'r / n at β; b ≥ 0 where asked.
 * The dependencies inside B are solved, not dodged: cyclic coordinate descent (Friedman et al., 2007), and Newton
 * steps on the support, which end what coordinate descent would take thousands of epochs for.
 */
import { factorize, solveFactored } from './cholesky.js';

/** S(u, t) = sign(u) max(|u| - t, 0). */
export function softThreshold(u: number, threshold: number): number {
  if (u > threshold) return u - threshold;
  if (u < -threshold) return u + threshold;
  return 0;
}

/** The penalty of some variables, one number each; λ1 = 0 leaves a variable without penalty. */
export interface BlockPenalty {
  readonly l1: Float64Array;
  readonly l2: Float64Array;
  /** b ≥ 0. */
  readonly nonNegative: boolean;
}

export interface Block extends BlockPenalty {
  /** G, symmetric, size × size, row by row; without the ridge. */
  readonly gram: Float64Array;
  /** g; without the ridge. */
  readonly gradient: Float64Array;
  /** β; changed in place by the steps. */
  readonly beta: Float64Array;
}

/** Supports above this size make a factorization dearer than the epochs it saves. */
const LARGEST_NEWTON = 1500;
/** Halvings of a Newton step before coordinate descent goes on instead. */
const MOST_HALVINGS = 6;
/**
 * Part of the diagonal added to it, as Levenberg and Marquardt do: a support larger than the sample count makes G
 * singular. It shrinks while full steps succeed and grows when they fail.
 */
const RIDGE = { first: 1e-6, least: 1e-12, most: 1e-2, shrink: 0.1, grow: 100 };

export class Subproblem {
  readonly #block: Block;
  readonly #size: number;
  /** Current coefficients b; the caller's array. */
  readonly beta: Float64Array;
  /** g - G (b - β) - λ2 b: the gradient of the smooth part at b, its sign turned. */
  readonly slope: Float64Array;
  #ridge = RIDGE.first;

  constructor(block: Block) {
    this.#block = block;
    this.#size = block.beta.length;
    this.beta = block.beta;
    this.slope = block.gradient.map((value, j) => (block.beta[j] === 0 ? value : value - block.l2[j]! * block.beta[j]!));
  }

  /** Updates every variable once; returns the largest step, in units of the gradient. */
  epoch(): number {
    const size = this.#size;
    const { beta, slope } = this;
    const { gram, l1, l2, nonNegative } = this.#block;
    let largest = 0;
    for (let j = 0; j < size; j++) {
      const before = beta[j]!;
      const slack = slope[j]!;
      const threshold = l1[j]!;
      if (before === 0 && slack <= threshold && (nonNegative || slack >= -threshold)) continue;
      const row = j * size;
      if (!(gram[row + j]! > 0)) continue;
      const curvature = gram[row + j]! + l2[j]!;
      const goal = softThreshold(before + slack / curvature, threshold / curvature);
      const after = nonNegative ? Math.max(0, goal) : goal;
      const step = after - before;
      if (step === 0) continue;
      beta[j] = after;
      for (let k = 0; k < size; k++) slope[k]! -= step * gram[row + k]!;
      slope[j]! -= step * l2[j]!;
      largest = Math.max(largest, Math.abs(step) * curvature);
    }
    return largest;
  }

  /**
   * One projected Newton step on the support: towards the minimum of its quadratic with the signs it has, variables
   * that would change sign stopping at 0, and half the way again until the objective falls. Variables without penalty
   * belong to the support and may change sign. Returns false when the support is empty, too large, can't be factored,
   * or nothing helps.
   */
  newton(): boolean {
    const support = this.#support();
    if (support.length === 0 || support.length > LARGEST_NEWTON) return false;
    const direction = this.#newtonDirection(support);
    for (let halvings = 0; direction && halvings < MOST_HALVINGS; halvings++) {
      if (!this.#tryStep(support, direction, 2 ** -halvings)) continue;
      if (halvings === 0) this.#ridge = Math.max(RIDGE.least, this.#ridge * RIDGE.shrink);
      return true;
    }
    this.#ridge = Math.min(RIDGE.most, this.#ridge * RIDGE.grow);
    return false;
  }

  #support(): number[] {
    const support: number[] = [];
    for (let j = 0; j < this.#size; j++) {
      if (this.beta[j] !== 0 || (this.#isFree(j) && this.#block.gram[j * this.#size + j]! > 0)) support.push(j);
    }
    return support;
  }

  /** Neither thresholded nor bounded. */
  #isFree(j: number): boolean {
    return this.#block.l1[j] === 0 && !this.#block.nonNegative;
  }

  /** d with (G_SS + diag λ2) d = slope_S - λ1 sign(b_S). */
  #newtonDirection(support: readonly number[]): Float64Array | null {
    const { gram, l1, l2 } = this.#block;
    const count = support.length;
    const matrix = new Float64Array(count * count);
    for (const [i, a] of support.entries()) {
      for (let j = 0; j <= i; j++) matrix[i * count + j] = gram[a * this.#size + support[j]!]!;
      matrix[i * count + i] = (matrix[i * count + i]! + l2[a]!) * (1 + this.#ridge);
    }
    if (!factorize(matrix, count)) return null;
    const direction = Float64Array.from(support, (j) => this.slope[j]! - l1[j]! * Math.sign(this.beta[j]!));
    solveFactored(matrix, count, direction);
    return direction;
  }

  /** Goes `length` of the way, penalized variables keeping their signs, if that lowers the objective. */
  #tryStep(support: readonly number[], direction: Float64Array, length: number): boolean {
    const { gram, l1, l2 } = this.#block;
    const size = this.#size;
    const slope = this.slope.slice();
    const steps = new Float64Array(support.length);
    let change = 0;
    for (const [i, j] of support.entries()) {
      const before = this.beta[j]!;
      const goal = before + length * direction[i]!;
      const after = goal * before > 0 || this.#isFree(j) ? goal : 0;
      const step = (steps[i] = after - before);
      change += l1[j]! * (Math.abs(after) - Math.abs(before)) - step * this.slope[j]!;
      for (let k = 0, row = j * size; k < size; k++) slope[k]! -= step * gram[row + k]!;
      slope[j]! -= step * l2[j]!;
    }
    for (const [i, j] of support.entries()) change += (steps[i]! * (this.slope[j]! - slope[j]!)) / 2;
    if (!(change < 0)) return false;
    for (const [i, j] of support.entries()) this.beta[j] = steps[i] === -this.beta[j]! ? 0 : this.beta[j]! + steps[i]!;
    this.slope.set(slope);
    return true;
  }
}

/** When a small block is solved well enough: a hundredth of the first epoch's largest step is nearly all there is to gain. */
const BLOCK_EPOCHS = 5;
const BLOCK_REDUCTION = 1e-2;

/** Solves a block that will come again in later rounds: a few epochs, in place of its `beta`. */
export function solveBlock(block: Block): void {
  const problem = new Subproblem(block);
  const goal = BLOCK_REDUCTION * problem.epoch();
  for (let epoch = 1; epoch < BLOCK_EPOCHS; epoch++) if (problem.epoch() <= goal) return;
}
