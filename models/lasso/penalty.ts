/**
 * The penalty α Σ_j w_j (ρ |β_j| + (1 - ρ)/2 β_j²), and optionally the constraint β ≥ 0: the elastic net (Zou and
 * Hastie, 2005) with a weight for every feature, on the coefficients of the centred and scaled problem.
 *
 * The quadratic part is handled as more data: with √(n λ2_j) e_j below column j and 0 below y, the elastic net is a Lasso.
 * So gradients are taken of ½n⁻¹||r||² + Σ ½ λ2_j β_j², squared norms grow by n λ2_j, and the Lasso's certificate applies.
 */
export interface PenaltyShape {
  /** ρ, above 0 and at most 1: the part of the penalty that is |β|. */
  readonly l1Ratio: number;
  /** One number a column, at least 0; a column of weight 0 is not penalized. Null: all are 1. */
  readonly weights: Float64Array | null;
  /** β ≥ 0. */
  readonly nonNegative: boolean;
}

export class Penalty {
  /** α; Infinity leaves only the columns that are not penalized. */
  readonly alpha: number;
  readonly shape: PenaltyShape;

  constructor(alpha: number, shape: PenaltyShape) {
    this.alpha = alpha;
    this.shape = shape;
  }

  /** The same penalty at another α. */
  at(alpha: number): Penalty {
    return new Penalty(alpha, this.shape);
  }

  weight(j: number): number {
    return this.shape.weights === null ? 1 : this.shape.weights[j]!;
  }

  isPenalized(j: number): boolean {
    return this.weight(j) > 0;
  }

  /** λ1_j = α ρ w_j: the threshold of |gradient_j| below which β_j stays 0. */
  l1(j: number): number {
    return this.isPenalized(j) ? this.alpha * this.shape.l1Ratio * this.weight(j) : 0;
  }

  /** λ2_j = α (1 - ρ) w_j. */
  l2(j: number): number {
    return this.shape.l1Ratio === 1 || !this.isPenalized(j) ? 0 : this.alpha * (1 - this.shape.l1Ratio) * this.weight(j);
  }

  /** How strongly a descent direction -gradient pulls β_j away from 0: its size, or with β ≥ 0 its positive part. */
  pull(slope: number): number {
    return this.shape.nonNegative ? Math.max(0, slope) : Math.abs(slope);
  }

  /** The minimum of ½ c (b - u)² + t |b|, over b ≥ 0 where asked, for t in units of u: S(u, t). */
  shrink(u: number, threshold: number): number {
    if (u > threshold) return u - threshold;
    if (u < -threshold && !this.shape.nonNegative) return u + threshold;
    return 0;
  }
}
