/**
 * The duality gap, in float64, from a residual that was computed afresh from the coefficients.
 * The elastic net is a Lasso on more data (penalty.ts), so with slopes g_j = x̃_j'r / n - λ2_j β_j and R = ||r||² + n Σ λ2_j β_j²,
 * scaling the residual into the dual feasible set by κ = min(1, min_j λ1_j / |g_j|) gives the dual value
 * (2 κ y'r - κ² R) / (2n). No bound of earlier coefficients counts: the gap is that of these, whoever computes it.
 * A column without penalty asks for g_j = 0, and a point that misses this bounds nothing: what a small g_j may cost depends on how
 * nearly the free columns depend on each other. So r only counts as a dual point where it is orthogonal to every one of them as far as
 * float64 goes: |g_j| ≤ 1e-9 √(c_j ||y||² / n), c_j the curvature. The rest, κ |g_j β_j*|, lowers the bound by κ |g_j| (|β_j| + |g_j| / c_j).
 */

export interface Certificate {
  /** 1/(2n) ||y - X̃β||² + penalty(β). */
  readonly objective: number;
  readonly dual: number;
  /** (objective - dual) / (||y||² / (2n)); 0 when y is 0. */
  readonly relativeGap: number;
  readonly nonzeros: number;
}

/** What a certificate follows from; names as in the formulas above. */
export interface Evidence {
  readonly samples: number;
  readonly targetSquares: number;
  /** R. */
  readonly residualSquares: number;
  readonly targetProduct: number;
  /** Σ λ1_j |β_j|. */
  readonly penaltyNorm: number;
  /** What the columns without penalty leave to be judged. */
  readonly free: FreeColumns;
  /** κ. */
  readonly shrink: number;
  readonly nonzeros: number;
}

export function judge({ samples, targetSquares, residualSquares, targetProduct, penaltyNorm, free, shrink, nonzeros }: Evidence): Certificate {
  const objective = residualSquares / (2 * samples) + penaltyNorm;
  const value = (2 * shrink * targetProduct - shrink * shrink * residualSquares) / (2 * samples) - shrink * free.cost;
  const dual = isOrthogonal(free, targetSquares / samples) ? Math.max(0, value) : 0;
  const scale = targetSquares / (2 * samples);
  return { objective, dual, relativeGap: scale === 0 ? 0 : Math.max(0, objective - dual) / scale, nonzeros };
}

const ORTHOGONAL = 1e-9;

/** Over the columns without penalty. */
export interface FreeColumns {
  /** Max |g_j| / √c_j. */
  readonly pull: number;
  /** Σ |g_j| (|β_j| + |g_j| / c_j). */
  readonly cost: number;
}

export const NO_FREE_COLUMNS: FreeColumns = { pull: 0, cost: 0 };

/** With one more column without penalty. */
export function withFree({ pull, cost }: FreeColumns, slope: number, beta: number, curvature: number): FreeColumns {
  if (slope === 0 || curvature === 0) return { pull, cost };
  return { pull: Math.max(pull, slope / Math.sqrt(curvature)), cost: cost + slope * (Math.abs(beta) + slope / curvature) };
}

/** Whether the residual counts as orthogonal to the columns without penalty; `targetVariance` is ||y||² / n. */
export function isOrthogonal({ pull }: FreeColumns, targetVariance: number): boolean {
  return pull <= ORTHOGONAL * Math.sqrt(targetVariance);
}
