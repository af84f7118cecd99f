/**
 * Draws variables with probability ∝ progress + η (the dynamic schedule of Lee et al., NIPS 2014): what moved far when it
 * was last updated will probably move again, and η keeps every variable in the game.
 *
 * η is in the unit of the progress and follows its scale: EXPLORATION times the mean progress of the last `refresh`, so that
 * the share of draws that explores is the same early and late in a run. It is kept nowhere: a draw goes either to the tree of
 * the progress or, with probability ∝ η times the number of free variables, to any of these. A draw and a change cost O(log n) for
 * n variables, and variables without progress need no memory.
 */
import type { VariableRange } from '../program.js';
import type { Draw } from './draw.js';
import { randomBelow, randomFraction, seedOfPart } from './random.js';
import { SumTree } from './sum-tree.js';

/** η as a part of the mean progress. */
const EXPLORATION = 0.01;
/** What the seed of the draws among all free variables is a part of. */
const EXPLORERS = 0;

/** η; progress by place in the range, 0 of the variables that are taken; these, and their progress before. */
export type Priorities = readonly [eta: Float64Array, progress: Float32Array, taken: Uint32Array, before: Float64Array];

export class PriorityDraw implements Draw {
  readonly #range: VariableRange;
  readonly #length: number;
  readonly #seed: number;
  readonly #explorersSeed: number;
  readonly #tree: SumTree;
  /** Progress of the variables that are taken; in the tree they weigh 0. */
  readonly #taken = new Map<number, number>();
  #eta = 1;

  /** Until the first `refresh` all variables are alike. `seed` belongs to this range alone. */
  constructor(seed: number, range: VariableRange) {
    this.#range = range;
    this.#length = range.end - range.begin;
    this.#seed = seed;
    this.#explorersSeed = seedOfPart(seed, EXPLORERS);
    this.#tree = new SumTree(this.#length);
  }

  get bytes(): number {
    return this.#tree.bytes;
  }

  draw(round: number, count: number): Uint32Array {
    const drawn = new Uint32Array(Math.min(count, this.#length - this.#taken.size));
    for (let k = 0, tries = 0; k < drawn.length; k++) {
      const { total } = this.#tree;
      const point = randomFraction(this.#seed, round, k) * (total + this.#eta * (this.#length - this.#taken.size));
      let item: number;
      if (point < total) item = this.#tree.find(point);
      else if (2 * this.#taken.size >= this.#length) item = this.#freeItem(randomBelow(this.#length - this.#taken.size, this.#explorersSeed, round, tries++));
      // At least half of the range is free, so two tries suffice on average.
      else do item = randomBelow(this.#length, this.#explorersSeed, round, tries++); while (this.#taken.has(this.#range.begin + item));
      drawn[k] = this.#range.begin + item;
      const progress = this.#tree.weight(item);
      this.#taken.set(drawn[k]!, progress);
      if (progress > 0) this.#tree.set(item, 0);
    }
    return drawn;
  }

  release(ids: Uint32Array): void {
    for (const id of ids) this.#free(id, this.#taken.get(id)!);
  }

  commit(ids: Uint32Array, progress: Float64Array): void {
    for (let k = 0; k < ids.length; k++) this.#free(ids[k]!, progress[k]!);
  }

  refresh(progress: Float64Array): void {
    let sum = 0;
    for (const value of progress) sum += value;
    const mean = sum / progress.length;
    this.#eta = mean > 0 ? EXPLORATION * mean : 1;
    this.#tree.fill(progress);
    for (const id of this.#taken.keys()) {
      this.#taken.set(id, progress[id - this.#range.begin]!);
      this.#tree.set(id - this.#range.begin, 0);
    }
  }

  /** The variables that are taken. */
  state(): Uint32Array {
    return Uint32Array.from(this.#taken.keys());
  }

  resume(taken: Uint32Array): void {
    this.#taken.clear();
    for (const id of taken) this.#taken.set(id, 0);
  }

  /** All that later draws depend on, exactly: for who knows of no progress that `refresh` could bring. */
  priorities(): Priorities {
    const progress = Float32Array.from({ length: this.#length }, (_, item) => this.#tree.weight(item));
    return [Float64Array.of(this.#eta), progress, Uint32Array.from(this.#taken.keys()), Float64Array.from(this.#taken.values())];
  }

  restore([[eta], progress, taken, before]: Priorities): void {
    this.#eta = eta!;
    this.#tree.fill(progress);
    this.#taken.clear();
    for (const [k, id] of taken.entries()) this.#taken.set(id, before[k]!);
  }

  /** The free item of number `rank` in their order. */
  #freeItem(rank: number): number {
    for (let item = 0, left = rank; ; item++) if (!this.#taken.has(this.#range.begin + item) && left-- === 0) return item;
  }

  #free(id: number, progress: number): void {
    this.#taken.delete(id);
    if (progress > 0) this.#tree.set(id - this.#range.begin, progress);
  }
}
