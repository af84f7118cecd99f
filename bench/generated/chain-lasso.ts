/**
 * The scheduled Lasso of STRADS (Lee et al., NIPS 2014) on generated columns: a model of up to 10^8 variables of which nothing is
 * kept but what moved. Bulk-synchronous. X is cut by rows: a round carries a block's numbers and its partial sums,
 * whatever the number of variables.
 *
 *   schedule  draws candidates for the next round; of those drawn before, a block of which no two are ρ or more correlated is updated
 *   push      x_j'r of the block, and the correlations of the candidates, over a shard's rows
 *   pull      beta_j <- S(x_j'r + beta_j, n alpha), as ||x_j|| = 1
 */
import type { Commit, Sums, Task } from '../../src/program.js';
import { Program } from '../../src/runtime/author-program.js';
import type { Draw } from '../../src/schedule/draw.js';
import type { ChainShape } from './chain-columns.js';
import { Channel, Operation, placesOf } from './chain-operations.js';

export interface ChainLassoOptions {
  readonly shape: ChainShape;
  readonly alpha: number;
  readonly draw: Draw;
  /** Variables a round. */
  readonly block: number;
  /** ρ: variables with an absolute correlation of at least this are not updated together; null leaves the filter off. */
  readonly threshold: number | null;
  /** Rounds from one look at the objective to the next; the first round is one. */
  readonly objectiveEvery: number;
  /** Module of the worker's half. */
  readonly worker: URL;
}

/** Candidates for a place in a block. */
const CANDIDATES_A_PLACE = 1.25;
const NOTHING: Commit = { ids: new Uint32Array(0), values: new Float64Array(0) };

export class ChainLasso extends Program {
  /** Coefficients other than 0; of the rest there are too many. */
  readonly coefficients = new Map<number, number>();
  /** Objective at the start of each round that looked at it. */
  readonly objectives: { readonly round: number; readonly objective: number }[] = [];
  /** Milliseconds spent in schedule and pull. */
  schedulerMs = 0;
  readonly #options: ChainLassoOptions;
  readonly #places: number;
  /** What the filter left for the next round. */
  #block = new Uint32Array(0);
  #norm = 0;

  constructor(options: ChainLassoOptions) {
    const candidates = options.threshold === null ? 0 : Math.ceil(CANDIDATES_A_PLACE * options.block);
    super({ name: 'chain lasso', worker: options.worker, block: options.block + candidates });
    this.#options = options;
    this.#places = options.block;
  }

  schedule(round: number): Task[] {
    const start = performance.now();
    const { draw, threshold, objectiveEvery } = this.#options;
    const tasks: Task[] = [];
    if (round % objectiveEvery === 0) tasks.push({ operation: Operation.Squares, ids: new Uint32Array(0), values: NOTHING.values });
    if (threshold === null) {
      const ids = draw.draw(round, this.#places);
      tasks.push({ operation: Operation.Update, ids, values: Float64Array.of(ids.length) });
    } else {
      const candidates = draw.draw(round, this.block - this.#places);
      const ids = new Uint32Array(this.#block.length + candidates.length);
      ids.set(this.#block);
      ids.set(candidates, this.#block.length);
      tasks.push({ operation: Operation.Update, ids, values: Float64Array.of(this.#block.length) });
    }
    this.schedulerMs += performance.now() - start;
    return tasks;
  }

  pull(round: number, { operation, ids, values: [size] }: Task, sums: readonly Sums[]): Commit {
    const start = performance.now();
    if (operation === Operation.Squares) {
      this.objectives.push({ round, objective: sums[0].values[0] / (2 * this.#options.shape.rows) + this.#options.alpha * this.#norm });
      return NOTHING;
    }
    const commit = size === 0 ? NOTHING : this.#step(ids.subarray(0, size), sums[Channel.Dots].values);
    if (this.#options.threshold !== null) this.#filter(ids.subarray(size), sums[Channel.Correlations]);
    this.schedulerMs += performance.now() - start;
    return commit;
  }

  /** Commits the coefficients that moved. */
  #step(ids: Uint32Array, dots: Float64Array): Commit {
    const threshold = this.#options.shape.rows * this.#options.alpha;
    const steps = new Float64Array(ids.length);
    for (let k = 0; k < ids.length; k++) {
      const old = this.coefficients.get(ids[k]) ?? 0;
      const pulled = dots[k] + old;
      const next = Math.sign(pulled) * Math.max(0, Math.abs(pulled) - threshold);
      steps[k] = next - old;
      this.#norm += Math.abs(next) - Math.abs(old);
      if (next !== 0) this.coefficients.set(ids[k], next);
      else if (old !== 0) this.coefficients.delete(ids[k]);
    }
    this.#options.draw.commit(ids, steps.map(Math.abs));
    const moved = (_: number, k: number) => steps[k] !== 0;
    return { ids: ids.filter(moved), values: steps.filter(moved) };
  }

  /** Keeps those that are less than ρ correlated with all that were kept before them, as many as there are places; lets go of the rest. */
  #filter(candidates: Uint32Array, correlations: Sums | undefined): void {
    const { threshold, draw } = this.#options;
    const rivals = rivalsOf(candidates.length, correlations, threshold!);
    const kept = new Set<number>();
    for (let place = 0; place < candidates.length && kept.size < this.#places; place++) {
      if (!rivals[place]?.some((rival) => kept.has(rival))) kept.add(place);
    }
    const isKept = (_: number, place: number) => kept.has(place);
    this.#block = candidates.filter(isKept);
    draw.release(candidates.filter((id, place) => !isKept(id, place)));
  }
}

/** Of each candidate, the earlier ones that are at least `threshold` correlated with it. */
function rivalsOf(candidates: number, correlations: Sums | undefined, threshold: number): (number[] | undefined)[] {
  const rivals = new Array<number[] | undefined>(candidates);
  if (!correlations) return rivals;
  const pairs = correlations.keys as Uint32Array;
  for (let at = 0; at < pairs.length; at++) {
    if (Math.abs(correlations.values[at]) < threshold) continue;
    const [later, earlier] = placesOf(pairs[at]);
    (rivals[later] ??= []).push(earlier);
  }
  return rivals;
}
