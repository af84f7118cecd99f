/**
 * The duality gap, in float64, from a residual that every shard computes afresh from the coefficients.
 * Scaling the residual into the dual feasible set, ρ = κ r with κ = min(1, n α / ||X'r||_∞), gives the dual value
 * (||y||² - ||y - ρ||²) / (2n); any feasible point bounds the optimum, so the best one seen so far is kept.
 */
import type { Cluster } from '../../src/runtime/cluster.js';
import { gather } from '../../src/runtime/rounds.js';
import type { Task } from '../../src/program.js';
import { gatherColumns } from './moments.js';
import { COLUMNS_PER_PASS_TASK, columnRange, Operation } from './operations.js';
import type { LassoState } from './state.js';

export interface Certificate {
  /** 1/(2n) ||y - X̃β||² + α ||β||₁. */
  readonly objective: number;
  readonly dual: number;
  /** (objective - dual) / (||y||² / (2n)); 0 when y is 0. */
  readonly relativeGap: number;
  readonly nonzeros: number;
}

/** Residual and gradient of the current coefficients; independent of α. */
export interface Gradient {
  /** X̃'r / n. */
  readonly values: Float64Array;
  readonly maximum: number;
  /** ||r||² and y'r. */
  readonly residualSquares: number;
  readonly targetProduct: number;
}

/** Brings every shard's residual to y - X̃β, in float64 and on its engine, and collects the gradient. */
export async function refreshGradient(cluster: Cluster, state: LassoState): Promise<Gradient> {
  const offset = state.exactOffset();
  let settled: Float64Array = new Float64Array(3);
  await gather(cluster, 0, residualTasks(state, offset), ({ operation }, sums) => {
    if (operation === Operation.Settle) settled = sums[0]!.values;
  });
  state.offset = offset;
  state.settledOffset = offset;
  const values = new Float64Array(state.columns);
  await gatherColumns(cluster, state.columns, (begin, end) => ({ operation: Operation.Gradient, ids: columnRange(begin, end), values: new Float64Array(0) }), values);
  const [residualSquares, targetProduct, residualSum] = settled as unknown as [number, number, number];
  let maximum = 0;
  for (let j = 0; j < values.length; j++) {
    const inner = values[j]! - state.heldMean(j) * residualSum;
    values[j] = state.scaling.squaredNorms[j] === 0 ? 0 : inner / state.heldScale(j) / state.samples;
    maximum = Math.max(maximum, Math.abs(values[j]!));
  }
  return { values, maximum, residualSquares, targetProduct };
}

/** Streams the nonzero coefficients in bounded tasks: only they leave the scheduler. */
function* residualTasks(state: LassoState, offset: number): Generator<Task> {
  const none = new Uint32Array(0);
  yield { operation: Operation.Reset, ids: none, values: new Float64Array(0) };
  let ids: number[] = [];
  let factors: number[] = [];
  const subtract = (): Task => ({ operation: Operation.Subtract, ids: Uint32Array.from(ids), values: Float64Array.from(factors) });
  for (let j = 0; j < state.columns; j++) {
    if (state.beta[j] === 0) continue;
    ids.push(j);
    factors.push(state.beta[j]! / state.heldScale(j));
    if (ids.length < COLUMNS_PER_PASS_TASK) continue;
    yield subtract();
    ids = [];
    factors = [];
  }
  if (ids.length > 0) yield subtract();
  yield { operation: Operation.Settle, ids: none, values: Float64Array.of(offset) };
}

/** Judges the coefficients that `gradient` belongs to. `targetSquares` is ||y||², `bestDual` the best bound so far. */
export function certify(state: LassoState, gradient: Gradient, targetSquares: number, bestDual: number): Certificate {
  const { samples, alpha, beta } = state;
  const { residualSquares, targetProduct, maximum } = gradient;
  let norm = 0;
  for (const value of beta) norm += Math.abs(value);
  const objective = residualSquares / (2 * samples) + alpha * norm;
  const shrink = maximum > alpha ? alpha / maximum : 1;
  const dual = Math.max(bestDual, (2 * shrink * targetProduct - shrink * shrink * residualSquares) / (2 * samples));
  const scale = targetSquares / (2 * samples);
  return { objective, dual, relativeGap: scale === 0 ? 0 : Math.max(0, objective - dual) / scale, nonzeros: state.nonzeros() };
}
