/**
 * The dynamic schedule: priority with a certificate. The dual point θ = κ r / n of a certificate gives, per column, the
 * distance (λ1_j - κ |g_j|) / √(||x̃_j||² + n λ2_j) that θ would have to move before the column could enter. Columns further
 * away than sqrt(2 gap / n) can't be in the solution (gap-safe screening: Ndiaye et al., 2017); the nearest of the others
 * and the support are the working set (Massias et al., 2018), and all columns without penalty. A round pushes its missing
 * Gram rows, and pull solves on it.
 */
import { DataError } from '../../../src/data/dataset.js';
import type { Commit, SchedulerProgram, Sums, Task } from '../../../src/program.js';
import { isOrthogonal, NO_FREE_COLUMNS, withFree, type Certificate } from '../certificate.js';
import { dualShrink, type Gradient } from './gradient.js';
import { GramCache } from './gram-cache.js';
import { Operation } from './operations.js';
import type { LassoState } from './state.js';
import { Subproblem } from './subproblem.js';

/** Most columns of a working set: their Gram matrix stays below 300 MiB. */
export const LARGEST_WORKING_SET = 6000;

/** A cache for the problems of one training, with `folds` folds (0 without cross-validation): it stays below 300 MiB too. */
export function gramCacheFor(folds: number): GramCache {
  return new GramCache(Math.min(LARGEST_WORKING_SET, Math.floor(LARGEST_WORKING_SET * Math.sqrt(2 / Math.max(1, folds)))), Math.max(1, folds));
}

/** Smallest working set: below it a round trip costs more than the columns. */
const SMALLEST_WORKING_SET = 100;

/** What the last certificate knew. */
interface Outlook {
  readonly gradient: Gradient;
  readonly certificate: Certificate;
  /** Gap, in units of the objective, to which the subproblem is solved. */
  readonly innerGap: number;
}

export class WorkingSetProgram implements SchedulerProgram {
  readonly #state: LassoState;
  readonly #gram: GramCache;
  /** X̃'y / n, from the certificate at β = 0. */
  readonly #targetGradient: Float64Array;
  readonly #tolerance: number;
  #outlook!: Outlook;
  #set = new Uint32Array(0);

  /** `gram` may serve several problems; `tolerance`: the gap, in units of the objective, that the run is for. */
  constructor(state: LassoState, gram: GramCache, targetGradient: Float64Array, tolerance: number) {
    this.#state = state;
    this.#gram = gram;
    this.#targetGradient = targetGradient;
    this.#tolerance = tolerance;
  }

  /** Takes in a certificate; the next round works on what it says. */
  observe(gradient: Gradient, certificate: Certificate): void {
    const gap = certificate.objective - certificate.dual;
    this.#outlook = { gradient, certificate, innerGap: Math.max(0.3 * this.#tolerance, 0.1 * gap) };
  }

  *schedule(): Generator<Task> {
    this.#set = nearestColumns(this.#state, this.#outlook, this.#gram.limit);
    yield* this.#gram.request(this.#set);
    // Also when no row is missing, the round ends with a push from every shard.
    yield { operation: Operation.Block, ids: new Uint32Array(0), values: Float64Array.of(0, 0, 0) };
  }

  pull(_round: number, task: Task, sums: readonly Sums[]): Commit {
    if (task.ids.length > 0) this.#gram.store(task, sums);
    else this.#solve();
    // The next certificate carries the coefficients to the shards in float64.
    return { ids: new Uint32Array(0), values: new Float64Array(0) };
  }

  #solve(): void {
    const ids = this.#set;
    const { gradient, innerGap } = this.#outlook;
    const beta = Float64Array.from(ids, (j) => this.#state.beta[j]!);
    const slopes = Float64Array.from(ids, (j) => gradient.values[j]!);
    const problem = new Subproblem({ gram: this.#gram.square(ids, this.#state), gradient: slopes, beta, ...this.#state.penaltyOf(ids) });
    const judge = new InnerGap(this.#state, gradient, this.#targetGradient, ids);
    solveToGap(problem, () => judge.of(problem) <= innerGap);
    for (const [k, j] of ids.entries()) this.#state.setBeta(j, beta[k]!);
  }
}

const EPOCHS_BETWEEN_CHECKS = 10;
const MOST_EPOCHS = 3000;

function solveToGap(problem: Subproblem, isEnough: () => boolean): void {
  for (let epochs = 0; epochs < MOST_EPOCHS; epochs += EPOCHS_BETWEEN_CHECKS) {
    for (let epoch = 0; epoch < EPOCHS_BETWEEN_CHECKS; epoch++) if (problem.epoch() === 0) return;
    if (isEnough()) return;
    if (problem.newton() && isEnough()) return;
  }
}

/** The duality gap of a subproblem, from its own Gram matrix: no pass over the data. Formulas as in certificate.ts, over n. */
class InnerGap {
  readonly #state: LassoState;
  readonly #ids: Uint32Array;
  readonly #thresholds: Float64Array;
  /** Coefficients and slopes at the certificate. */
  readonly #before: Float64Array;
  readonly #slope: Float64Array;
  readonly #target: Float64Array;
  /** ||r||² / n + Σ λ2_j β_j² and y'r / n at the certificate. */
  readonly #residualSquares: number;
  readonly #targetProduct: number;
  /** Σ λ1_j |β_j| of the columns that stay as they are. */
  readonly #normOutside: number;

  constructor(state: LassoState, gradient: Gradient, targetGradient: Float64Array, ids: Uint32Array) {
    const { penalty, beta, samples } = state;
    this.#state = state;
    this.#ids = ids;
    this.#thresholds = Float64Array.from(ids, (j) => penalty.l1(j));
    this.#before = Float64Array.from(ids, (j) => beta[j]!);
    this.#slope = Float64Array.from(ids, (j) => state.slope(j, gradient.values[j]!));
    this.#target = Float64Array.from(ids, (j) => targetGradient[j]!);
    const { ridge, norm } = state.penaltyParts();
    this.#residualSquares = gradient.residualSquares / samples + ridge;
    this.#targetProduct = gradient.targetProduct / samples;
    this.#normOutside = norm - norm1(this.#before, this.#thresholds);
  }

  of({ beta, slope }: Subproblem): number {
    const { penalty } = this.#state;
    let residualSquares = this.#residualSquares;
    let targetProduct = this.#targetProduct;
    let shrink = 1;
    let free = NO_FREE_COLUMNS;
    for (let k = 0; k < beta.length; k++) {
      const j = this.#ids[k]!;
      const step = beta[k]! - this.#before[k]!;
      residualSquares -= step * (this.#slope[k]! + slope[k]!);
      targetProduct -= step * this.#target[k]!;
      const pull = penalty.pull(slope[k]!);
      if (!penalty.isPenalized(j)) free = withFree(free, pull, beta[k]!, this.#state.curvature(j));
      else if (pull > this.#thresholds[k]!) shrink = Math.min(shrink, this.#thresholds[k]! / pull);
    }
    const primal = residualSquares / 2 + norm1(beta, this.#thresholds) + this.#normOutside;
    const dual = isOrthogonal(free, this.#state.training.targetSquares / this.#state.samples) ? shrink * targetProduct - (shrink * shrink * residualSquares) / 2 - shrink * free.cost : 0;
    return primal - dual;
  }
}

/** Σ λ1_k |b_k| over those that are not 0: a threshold may be infinite. */
function norm1(values: Float64Array, thresholds: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) if (values[k] !== 0) sum += thresholds[k]! * Math.abs(values[k]!);
  return sum;
}

/** The columns without penalty, the support, and the nearest columns that are not screened, twice the support's size, ascending. */
function nearestColumns(state: LassoState, { gradient, certificate }: Outlook, limit: number): Uint32Array<ArrayBuffer> {
  const { penalty, samples } = state;
  const shrink = dualShrink(state, gradient);
  const radius = Math.sqrt((2 * Math.max(0, certificate.objective - certificate.dual)) / samples);
  const candidates: number[] = [];
  const distances: number[] = [];
  let free = 0;
  for (let j = 0; j < state.columns; j++) {
    const squares = state.scaling.squaredNorms[j]!;
    if (squares === 0) continue;
    if (!penalty.isPenalized(j)) free++;
    const distance = priority(state, j, gradient.values[j]!, shrink) / Math.sqrt(squares + samples * penalty.l2(j));
    if (distance > radius) continue;
    candidates.push(j);
    distances.push(distance);
  }
  if (free > limit) throw new DataError(`${free} columns have a feature weight of 0, and a working set holds at most ${limit}: give more of them a weight above 0, or choose another --schedule`);
  const size = Math.min(limit, free + Math.max(SMALLEST_WORKING_SET, 2 * certificate.nonzeros));
  return smallest(candidates, distances, size);
}

/** Below 0 for the support, what is furthest from its optimality condition first; else the distance, times the norm. */
function priority(state: LassoState, j: number, gradient: number, shrink: number): number {
  const { penalty } = state;
  if (!penalty.isPenalized(j)) return -Infinity;
  const beta = state.beta[j]!;
  const threshold = penalty.l1(j);
  const slope = state.slope(j, gradient);
  if (beta !== 0) return -threshold - Math.abs(slope - threshold * Math.sign(beta));
  return threshold - shrink * penalty.pull(slope);
}

/** The ids with the `count` smallest keys (ties to the earlier id), ascending. */
function smallest(ids: readonly number[], keys: readonly number[], count: number): Uint32Array<ArrayBuffer> {
  if (ids.length <= count) return Uint32Array.from(ids);
  const order = Float64Array.from(keys).sort();
  const limit = order[count - 1]!;
  let below = 0;
  while (order[below]! < limit) below++;
  let ties = count - below;
  return Uint32Array.from(ids.filter((_, i) => keys[i]! < limit || (keys[i] === limit && ties-- > 0)));
}
