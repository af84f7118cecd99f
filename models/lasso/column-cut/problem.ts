/**
 * A Lasso on a cluster whose shards hold X by columns. Priority with a certificate (Ndiaye et al., 2017; Massias et al., 2018):
 * the residual goes to the shards, which report the largest gradient and the columns nearest to entering; from the first follows
 * the duality gap, from the second, less what the gap rules out, the next working set. A round gathers the columns of that set
 * which are not here yet, and pull solves on them in float64.
 */
import { DataError } from '../../../src/data/dataset.js';
import type { Commit, SchedulerProgram, SchedulerState, Sums, Task } from '../../../src/program.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import { gather } from '../../../src/runtime/rounds.js';
import { positionsOfSmallest } from '../../../src/schedule/smallest.js';
import { judge, NO_FREE_COLUMNS, type Certificate, type FreeColumns } from '../certificate.js';
import { apart, joined } from '../joined-state.js';
import type { Penalty } from '../penalty.js';
import type { OriginalCoefficients, Problem } from '../problem.js';
import type { Samples } from '../samples.js';
import { WorkingProblem, type WorkingRows } from './working-problem.js';
import { CANDIDATE_WIDTH, encodeScan, JUDGEMENT_WIDTH, Operation, ScanChannel } from './operations.js';
import type { ColumnStore } from './store.js';

/** A working set has at least as many columns as there are rows, within these bounds: below, a round costs more than its columns. */
const SMALLEST_SET = { least: 100, most: 512 };
/** From the solution at an α up to twice as large few columns have to enter: a working set is the support, this part more of it, and at least so many columns. */
const NEAR = { ratio: 2, more: 0.3, least: 32 };
/** A subproblem is solved to this part of the tolerance: near the end Newton steps cost less than another pass over all columns. */
const INNER_GAP = 0.3;
/** Batches of epochs in the first round at a penalty, and by how many times more in every next: the first sets are poor, the last ones are the right ones. */
const FIRST_BATCHES = 2;
const MORE_BATCHES = 2;

export class ColumnProblem implements Problem, SchedulerProgram {
  readonly #cluster: Cluster;
  readonly #samples: Samples;
  readonly #problem: number;
  readonly #store: ColumnStore;
  readonly #working: WorkingProblem;
  /** Columns without penalty: always in the set. */
  readonly #free: Uint32Array;
  readonly #tolerance: number;
  #set = new Uint32Array(0);
  /** Columns of the set that the round in hand gathers. */
  #missing = new Uint32Array(0);
  /** Its tasks that are not pulled yet. */
  #awaited = 0;
  #goal = 0;
  #largest = 0;
  /** Of the coefficients as they are; null once they have changed. */
  #latest: Pass | null = null;
  #batches = FIRST_BATCHES;
  #isNear = false;

  /** `tolerance`: the relative gap that the run is for. */
  constructor(cluster: Cluster, store: ColumnStore, samples: Samples, problem: number, penalty: Penalty, tolerance: number) {
    this.#cluster = cluster;
    this.#store = store;
    this.#samples = samples;
    this.#problem = problem;
    this.#tolerance = tolerance;
    this.#working = new WorkingProblem({ ...trainingRows(samples, problem), dense: store.dense }, penalty);
    this.#free = penalty.shape.weights === null ? new Uint32Array(0) : Uint32Array.from(penalty.shape.weights.keys()).filter((j) => !penalty.isPenalized(j));
  }

  get program(): SchedulerProgram {
    return this;
  }

  get targetSquares(): number {
    return this.#samples.problems[this.#problem]!.targetSquares;
  }

  get samples(): number {
    return this.#samples.problems[this.#problem]!.samples;
  }

  get hasFreeColumns(): boolean {
    return this.#free.length > 0;
  }

  /**
   * Goes on with another penalty from the coefficients as they are. What the last pass found of them holds for the Lasso at any α;
   * a ridge changes the gradients.
   */
  start(penalty: Penalty): Promise<Certificate> {
    this.#batches = FIRST_BATCHES;
    this.#isNear = Number.isFinite(penalty.alpha) && this.#working.penalty.alpha <= NEAR.ratio * penalty.alpha;
    this.#working.penalty = penalty;
    return this.#latest !== null && penalty.shape.l1Ratio === 1 ? Promise.resolve(this.#judged(this.#latest)) : this.certify();
  }

  /** The smallest α at which every penalized coefficient is 0, if the last certificate was of the null model. */
  alphaMax(): number {
    return this.#largest / this.#working.penalty.shape.l1Ratio;
  }

  roundsToCertificate(): number {
    return 1;
  }

  get patience(): number {
    return 0;
  }

  /** One pass over all columns: judges the coefficients and chooses the next working set. */
  async certify(): Promise<Certificate> {
    this.#working.refresh();
    const { ids, values: beta } = this.#working.coefficients();
    const { alpha, shape } = this.#working.penalty;
    const candidates = Math.min(this.#setSize(ids.length) - ids.length, this.#room(ids));
    // Without a penalty those that will enter first are nearest.
    const finite = Number.isFinite(alpha) ? alpha : 0;
    const request = { problem: this.#problem, alpha: finite, l1Ratio: shape.l1Ratio, nonNegative: shape.nonNegative, samples: this.samples, candidates, ids, beta, residual: this.#working.residual() };
    let sums: readonly Sums[] = [];
    await gather(this.#cluster, 0, [{ operation: Operation.Scan, ...encodeScan(request) }], (_, received) => (sums = received));
    this.#latest = { ...judgementOf(sums[ScanChannel.Judgement]!), candidates: candidatesOf(sums[ScanChannel.Candidates]), most: candidates, support: ids };
    this.#largest = this.#latest.largest;
    return this.#judged(this.#latest);
  }

  /** The certificate at the present penalty, and the next working set. */
  #judged({ largest, free, candidates, most, support }: Pass): Certificate {
    const { penalty } = this.#working;
    const bound = penalty.alpha * penalty.shape.l1Ratio;
    const shrink = largest > bound ? bound / largest : 1;
    const certificate = judge({
      ...this.#working.fit(),
      samples: this.samples,
      targetSquares: this.targetSquares,
      penaltyNorm: this.#working.penaltyNorm(),
      free,
      shrink,
      nonzeros: support.length,
    });
    const gap = Math.max(0, certificate.objective - certificate.dual);
    this.#goal = (INNER_GAP * this.#tolerance * this.targetSquares) / (2 * this.samples);
    this.#set = this.#nextSet(support, candidates, { shrink, most, radius: Math.sqrt((2 * gap) / this.samples) });
    return certificate;
  }

  state(): SchedulerState {
    const { largest, free, candidates, most, support } = this.#latest!;
    const pass = { facts: { most, batches: this.#batches, isNear: this.#isNear }, arrays: [Float64Array.of(largest, free.pull, free.cost), support, candidates.ids, candidates.pulls, candidates.norms] };
    return joined({ pass, working: this.#working.state(), store: this.#store.state() });
  }

  resume(state: SchedulerState): void {
    const { pass, working, store } = apart(state);
    this.#working.resume(working!);
    this.#store.resume(store!);
    const { most, batches, isNear } = pass!.facts as { most: number; batches: number; isNear: boolean };
    const [[largest, pull, cost], support, ids, pulls, norms] = pass!.arrays as unknown as [[number, number, number], Uint32Array, Uint32Array, Float64Array, Float64Array];
    this.#batches = batches;
    this.#isNear = isNear;
    this.#largest = largest;
    this.#latest = { largest, free: { pull, cost }, candidates: { ids, pulls, norms }, most, support };
    this.#judged(this.#latest);
  }

  /** How many columns a working set has at the most. */
  #setSize(support: number): number {
    if (this.#isNear) return Math.max(NEAR.least, Math.ceil((1 + NEAR.more) * support));
    return Math.max(Math.min(SMALLEST_SET.most, Math.max(SMALLEST_SET.least, this.#store.rows)), 2 * support);
  }

  /** How many columns can be worked on beside the support and those without penalty. */
  #room(support: Uint32Array): number {
    const { mostColumns } = this.#store;
    const taken = new Set([...support, ...this.#free]).size;
    if (taken < mostColumns) return mostColumns - taken;
    throw new DataError(`${taken} columns have a coefficient or a feature weight of 0, and where X is cut by columns ${mostColumns} are worked on at the most: choose --cut rows, or a larger --alpha`);
  }

  /** The support, the columns without penalty, and the nearest candidates that the gap does not rule out; ascending. */
  #nextSet(support: Uint32Array, { ids, pulls, norms }: Candidates, { shrink, most, radius }: { shrink: number; most: number; radius: number }): Uint32Array<ArrayBuffer> {
    const { penalty } = this.#working;
    const slacks = new Float64Array(ids.length);
    for (let k = 0; k < ids.length; k++) slacks[k] = (penalty.l1(ids[k]!) - pulls[k]!) / norms[k]!;
    const nearest = positionsOfSmallest(slacks, most).filter((k) => slacks[k]! + ((1 - shrink) * pulls[k]!) / norms[k]! <= radius);
    const always = this.#free.length === 0 ? support : Uint32Array.from(new Set([...support, ...this.#free]));
    // No candidate is of the support, or without penalty.
    const set = new Uint32Array(always.length + nearest.length);
    set.set(always);
    for (let k = 0; k < nearest.length; k++) set[always.length + k] = ids[nearest[k]!]!;
    return set.sort();
  }

  *schedule(): Generator<Task> {
    this.#missing = this.#set.filter((id) => !this.#working.has(id));
    if (this.#working.columns + this.#missing.length > this.#store.mostColumns) {
      this.#working.startOver();
      this.#missing = this.#set;
    }
    const tasks = [...this.#store.request(this.#missing)];
    // Also when every column is here, a round has a push from every shard.
    if (tasks.length === 0) tasks.push({ operation: Operation.Gather, ids: new Uint32Array(0), values: new Float64Array(0) });
    this.#awaited = tasks.length;
    yield* tasks;
  }

  pull(_round: number, task: Task, sums: readonly Sums[]): Commit {
    if (task.ids.length > 0) this.#store.take(task, sums);
    if (--this.#awaited === 0) this.#solve();
    return { ids: new Uint32Array(0), values: new Float64Array(0) };
  }

  #solve(): void {
    for (const id of this.#missing) this.#working.add(id, this.#store.working(id, this.#problem));
    this.#store.release();
    this.#latest = null;
    this.#working.solve(this.#set, this.#goal, this.#batches);
    this.#batches *= MORE_BATCHES;
  }

  /** Coefficients of the columns as parsed: ŷ = intercept + Σ values_k x_{ids[k]}. */
  original(): OriginalCoefficients {
    const { ids, values } = this.#working.coefficients();
    let intercept = this.#samples.targetMean + this.#samples.problems[this.#problem]!.targetShift;
    const original = values.map((value, k) => {
      const { mean, scale } = this.#store.facts(ids[k]!, this.#problem);
      intercept -= (value / scale) * mean;
      return value / scale;
    });
    return { ids, values: original, intercept };
  }

  async heldOutError(): Promise<number> {
    const { ids, values } = this.#working.coefficients();
    await gather(this.#cluster, 0, this.#store.request(ids), (task, sums) => this.#store.take(task, sums));
    const { target, roots, folds, problems } = this.#samples;
    const { targetShift, heldOut } = problems[this.#problem]!;
    const residual = target.map((value, i) => value - (roots?.[i] ?? 1) * targetShift);
    for (const [k, id] of ids.entries()) this.#store.subtract(id, values[k]!, this.#problem, residual);
    this.#store.release();
    let squares = 0;
    for (let i = 0; i < residual.length; i++) if (folds!.of[i] === this.#problem - 1) squares += residual[i]! * residual[i]!;
    return squares / heldOut;
  }
}

/** What a pass over all columns found of the coefficients with this support. */
interface Pass {
  readonly largest: number;
  readonly free: FreeColumns;
  readonly candidates: Candidates;
  /** How many candidates were asked for. */
  readonly most: number;
  readonly support: Uint32Array;
}

/** Columns that are near to entering: pull, and norm. */
interface Candidates {
  readonly ids: Uint32Array;
  readonly pulls: Float64Array;
  readonly norms: Float64Array;
}

function candidatesOf(found: Sums | undefined): Candidates {
  const ids = (found?.keys ?? new Uint32Array(0)) as Uint32Array;
  const [pulls, norms] = [new Float64Array(ids.length), new Float64Array(ids.length)];
  for (let k = 0; k < ids.length; k++) {
    pulls[k] = found!.values[CANDIDATE_WIDTH * k]!;
    norms[k] = found!.values[CANDIDATE_WIDTH * k + 1]!;
  }
  return { ids, pulls, norms };
}

/** The shards' judgements as one. */
function judgementOf({ values }: Sums): { largest: number; free: FreeColumns } {
  let largest = 0;
  let free = NO_FREE_COLUMNS;
  for (let at = 0; at < values.length; at += JUDGEMENT_WIDTH) {
    largest = Math.max(largest, values[at]!);
    free = { pull: Math.max(free.pull, values[at + 1]!), cost: free.cost + values[at + 2]! };
  }
  return { largest, free };
}

/** Target and u of one problem, both 0 in the rows it leaves out. */
function trainingRows({ target, roots, folds, problems }: Samples, problem: number): Omit<WorkingRows, 'dense'> {
  const { samples, targetShift } = problems[problem]!;
  const isIn = (row: number) => problem === 0 || folds!.of[row] !== problem - 1;
  const rootWeights = Float64Array.from(target, (_, i) => (isIn(i) ? (roots?.[i] ?? 1) : 0));
  return { samples, rootWeights, target: target.map((value, i) => (isIn(i) ? value - rootWeights[i]! * targetShift : 0)) };
}
