/**
 * The dynamic schedule: priority with a certificate. The dual point θ = κ r / n of a certificate gives, per column, the
 * distance (α - |x̃_j'θ|) / ||x̃_j|| that θ would have to move before the column could enter. Columns further away than
 * sqrt(2 gap / n) can't be in the solution (gap-safe screening: Ndiaye et al., 2017); the nearest of the others and the
 * support are the working set (Massias et al., 2018). A round pushes its missing Gram rows, and pull solves on it.
 */
import type { Commit, SchedulerProgram, Sums, Task } from '../../src/program.js';
import type { Certificate, Gradient } from './certificate.js';
import { GramCache } from './gram-cache.js';
import { Operation } from './operations.js';
import type { LassoState } from './state.js';
import { Subproblem } from './subproblem.js';

/** Most columns of a working set: their Gram matrix stays below 300 MiB. */
export const LARGEST_WORKING_SET = 6000;
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

  /** `tolerance`: the gap, in units of the objective, that the run is for. */
  constructor(state: LassoState, targetGradient: Float64Array, tolerance: number) {
    this.#state = state;
    this.#gram = new GramCache(state, LARGEST_WORKING_SET);
    this.#targetGradient = targetGradient;
    this.#tolerance = tolerance;
  }

  /** Takes in a certificate; the next round works on what it says. */
  observe(gradient: Gradient, certificate: Certificate): void {
    const gap = certificate.objective - certificate.dual;
    this.#outlook = { gradient, certificate, innerGap: Math.max(0.3 * this.#tolerance, 0.1 * gap) };
  }

  *schedule(): Generator<Task> {
    this.#set = nearestColumns(this.#state, this.#outlook);
    yield* this.#gram.request(this.#set);
    // Also when no row is missing, the round ends with a push from every shard.
    yield { operation: Operation.Block, ids: new Uint32Array(0), values: Float64Array.of(0, 0) };
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
    const slope = Float64Array.from(ids, (j) => gradient.values[j]!);
    const problem = new Subproblem(this.#gram.square(ids), slope, beta, this.#state.alpha);
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

/** The duality gap of a subproblem, from its own Gram matrix: no pass over the data. */
class InnerGap {
  readonly #state: LassoState;
  readonly #gradient: Gradient;
  readonly #before: Float64Array;
  readonly #slope: Float64Array;
  readonly #target: Float64Array;
  readonly #normOutside: number;

  constructor(state: LassoState, gradient: Gradient, targetGradient: Float64Array, ids: Uint32Array) {
    this.#state = state;
    this.#gradient = gradient;
    this.#before = Float64Array.from(ids, (j) => state.beta[j]!);
    this.#slope = Float64Array.from(ids, (j) => gradient.values[j]!);
    this.#target = Float64Array.from(ids, (j) => targetGradient[j]!);
    this.#normOutside = norm1(state.beta) - norm1(this.#before);
  }

  of({ beta, slope }: Subproblem): number {
    const { samples, alpha } = this.#state;
    let residualSquares = this.#gradient.residualSquares / samples;
    let targetProduct = this.#gradient.targetProduct / samples;
    let largest = 0;
    for (let k = 0; k < beta.length; k++) {
      const step = beta[k]! - this.#before[k]!;
      residualSquares -= step * (this.#slope[k]! + slope[k]!);
      targetProduct -= step * this.#target[k]!;
      largest = Math.max(largest, Math.abs(slope[k]!));
    }
    const primal = residualSquares / 2 + alpha * (norm1(beta) + this.#normOutside);
    const shrink = largest > alpha ? alpha / largest : 1;
    return primal - (shrink * targetProduct - (shrink * shrink * residualSquares) / 2);
  }
}

function norm1(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += Math.abs(value);
  return sum;
}

/** The support and the nearest columns that are not screened, twice the support's size, ascending. */
function nearestColumns(state: LassoState, { gradient, certificate }: Outlook): Uint32Array<ArrayBuffer> {
  const { alpha, beta, samples } = state;
  const shrink = gradient.maximum > alpha ? alpha / gradient.maximum : 1;
  const radius = Math.sqrt((2 * Math.max(0, certificate.objective - certificate.dual)) / samples);
  const candidates: number[] = [];
  const distances: number[] = [];
  for (let j = 0; j < state.columns; j++) {
    const squares = state.scaling.squaredNorms[j]!;
    if (squares === 0) continue;
    const distance = priority(beta[j]!, gradient.values[j]!, { alpha, shrink }) / Math.sqrt(squares);
    if (distance > radius) continue;
    candidates.push(j);
    distances.push(distance);
  }
  const size = Math.min(LARGEST_WORKING_SET, Math.max(SMALLEST_WORKING_SET, 2 * certificate.nonzeros));
  return smallest(candidates, distances, size);
}

/** Below 0 for the support, what is furthest from its optimality condition first; else the distance, times the norm. */
function priority(beta: number, gradient: number, { alpha, shrink }: { alpha: number; shrink: number }): number {
  if (beta !== 0) return -alpha - Math.abs(gradient - alpha * Math.sign(beta));
  return alpha - shrink * Math.abs(gradient);
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
