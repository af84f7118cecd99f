/**
 * The Lasso restricted to one block of variables, solved in float64 on the block's Gram matrix:
 * min over b of ½ (b - β)'G(b - β) - g'(b - β) + α Σ|b_j|, G = X_B'X_B / n, g = X_B'r / n at β.
 * Cyclic coordinate descent (Friedman et al., 2007): the dependencies inside the block are solved, not dodged.
 */

/** S(u, t) = sign(u) max(|u| - t, 0). */
export function softThreshold(u: number, threshold: number): number {
  if (u > threshold) return u - threshold;
  if (u < -threshold) return u + threshold;
  return 0;
}

export interface BlockProblem {
  /** Symmetric, size × size, row by row. */
  readonly gram: Float64Array;
  /** Gradient of the data fit with its sign turned: X_B'r / n. */
  readonly gradient: Float64Array;
  readonly alpha: number;
}

/** When to stop: after `epochs`, or when an epoch's largest step in the gradient is `reduction` × the first epoch's. */
export interface BlockStopping {
  readonly epochs: number;
  readonly reduction: number;
}

/** Solves in place: `beta` goes from the current values to the block's solution. */
export function solveBlock(beta: Float64Array, { gram, gradient, alpha }: BlockProblem, { epochs, reduction }: BlockStopping): void {
  const size = beta.length;
  const slope = gradient.slice();
  let goal = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    let largest = 0;
    for (let j = 0; j < size; j++) {
      const row = j * size;
      const curvature = gram[row + j]!;
      if (!(curvature > 0)) continue;
      const before = beta[j]!;
      const after = softThreshold(before + slope[j]! / curvature, alpha / curvature);
      const step = after - before;
      if (step === 0) continue;
      beta[j] = after;
      for (let k = 0; k < size; k++) slope[k]! -= step * gram[row + k]!;
      largest = Math.max(largest, Math.abs(step) * curvature);
    }
    if (epoch === 0) goal = reduction * largest;
    if (largest <= goal) return;
  }
}
