/**
 * The certificate where X is cut by rows: every shard computes its residual afresh from the coefficients, one float64 pass gives
 * X'r, and the gap follows (certificate.ts).
 */
import { gather } from '../../../src/runtime/rounds.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import type { Task } from '../../../src/program.js';
import { judge, NO_FREE_COLUMNS, withFree, type Certificate, type FreeColumns } from '../certificate.js';
import type { Penalty } from '../penalty.js';
import { gatherColumns } from './moments.js';
import { COLUMNS_PER_PASS_TASK, columnRange, Operation, Settled } from './operations.js';
import type { LassoState } from './state.js';

/** Residual and gradient of the data fit at the current coefficients; independent of the penalty. */
export interface Gradient {
  /** X̃'r / n; 0 for a column that is dropped. */
  readonly values: Float64Array;
  /** ||r||² and y'r over the rows trained on. */
  readonly residualSquares: number;
  readonly targetProduct: number;
  /** Σ u² (y - ŷ)² over the rows held out, ŷ with the problem's coefficients and intercept; 0 where none are. */
  readonly heldOutSquares: number;
}

/** Brings every shard's residual of the problem to y - X̃β, in float64 (and on its engine for problem 0), and collects the gradient. */
export async function refreshGradient(cluster: Cluster, state: LassoState): Promise<Gradient> {
  const { problem, targetShift } = state.training;
  const offset = state.exactOffset();
  let settled: Float64Array = new Float64Array(3);
  let heldOutSquares = 0;
  await gather(cluster, 0, residualTasks(state, offset), ({ operation }, sums) => {
    if (operation !== Operation.Settle) return;
    settled = sums[Settled.Training]!.values;
    heldOutSquares = sums[Settled.HeldOut]?.values[0] ?? 0;
  });
  state.offset = offset;
  state.settledOffset = offset;
  const values = new Float64Array(state.columns);
  await gatherColumns(cluster, state.columns, (begin, end) => ({ operation: Operation.Gradient, ids: columnRange(begin, end), values: Float64Array.of(problem) }), [values]);
  const [residualSquares, product, residualSum] = settled as unknown as [number, number, number];
  for (let j = 0; j < values.length; j++) {
    const inner = values[j]! - state.heldMean(j) * residualSum;
    values[j] = state.scaling.squaredNorms[j] === 0 ? 0 : inner / state.heldScale(j) / state.samples;
  }
  return { values, residualSquares, targetProduct: product - targetShift * residualSum, heldOutSquares };
}

/** Streams the nonzero coefficients in bounded tasks: only they leave the scheduler. */
function* residualTasks(state: LassoState, offset: number): Generator<Task> {
  const { problem, targetShift } = state.training;
  const none = new Uint32Array(0);
  yield { operation: Operation.Reset, ids: none, values: Float64Array.of(problem, targetShift) };
  let ids: number[] = [];
  let values = [problem];
  const subtract = (): Task => ({ operation: Operation.Subtract, ids: Uint32Array.from(ids), values: Float64Array.from(values) });
  for (let j = 0; j < state.columns; j++) {
    if (state.beta[j] === 0) continue;
    ids.push(j);
    values.push(state.beta[j]! / state.heldScale(j));
    if (ids.length < COLUMNS_PER_PASS_TASK) continue;
    yield subtract();
    ids = [];
    values = [problem];
  }
  if (ids.length > 0) yield subtract();
  yield { operation: Operation.Settle, ids: none, values: Float64Array.of(problem, offset) };
}

/** Judges the coefficients that `gradient` belongs to. `targetSquares` is ||y||². */
export function certify(state: LassoState, gradient: Gradient, targetSquares: number): Certificate {
  const { samples } = state;
  const { targetProduct } = gradient;
  const { ridge, norm } = state.penaltyParts();
  return judge({
    samples,
    targetSquares,
    residualSquares: gradient.residualSquares + samples * ridge,
    targetProduct,
    penaltyNorm: norm,
    free: freeColumns(state, gradient),
    shrink: dualShrink(state, gradient),
    nonzeros: state.nonzeros(),
  });
}

/** κ: the largest part of the residual, at most all of it, that meets the dual constraints of the penalized columns. */
export function dualShrink(state: LassoState, { values }: Gradient): number {
  const { penalty } = state;
  let shrink = 1;
  for (let j = 0; j < values.length; j++) {
    const pull = penalty.pull(state.slope(j, values[j]!));
    const threshold = penalty.l1(j);
    if (pull > threshold && penalty.isPenalized(j)) shrink = Math.min(shrink, threshold / pull);
  }
  return shrink;
}

function freeColumns(state: LassoState, { values }: Gradient): FreeColumns {
  const { penalty } = state;
  let free = NO_FREE_COLUMNS;
  if (penalty.shape.weights === null) return free;
  for (let j = 0; j < values.length; j++) if (!penalty.isPenalized(j)) free = withFree(free, penalty.pull(values[j]!), state.beta[j]!, state.curvature(j));
  return free;
}

/** The smallest α at which every penalized coefficient is 0, from the gradient X̃'r / n of the null model. */
export function alphaMaxOf(penalty: Penalty, { values }: Gradient): number {
  const unit = penalty.at(1);
  let largest = 0;
  for (let j = 0; j < values.length; j++) if (unit.isPenalized(j)) largest = Math.max(largest, unit.pull(values[j]!) / unit.l1(j));
  return largest;
}
