/**
 * Draws variables with probability ∝ progress + η (the dynamic schedule of Lee et al., NIPS 2014): what moved far when it
 * was last updated will probably move again, and η keeps every variable in the game.
 *
 * η is in the unit of the progress and follows its scale: EXPLORATION times the mean progress of the last `refresh`, so that
 * the share of draws that explores is the same early and late in a run. A draw and a change cost O(log n) for n variables.
 */
import type { VariableRange } from '../program.js';
import type { Draw } from './draw.js';
import { randomUnit } from './random.js';
import { SumTree } from './sum-tree.js';

/** η as a part of the mean progress. */
const EXPLORATION = 0.01;

export class PriorityDraw implements Draw {
  readonly #range: VariableRange;
  readonly #seed: number;
  readonly #nodes: Float64Array;
  readonly #tree: SumTree;
  /** Weights of the variables that are taken; in the tree they weigh 0. */
  readonly #taken = new Map<number, number>();
  #eta = 1;

  /** Until the first `refresh` all variables are alike. `seed` belongs to this range alone. */
  constructor(seed: number, range: VariableRange) {
    this.#range = range;
    this.#seed = seed;
    this.#nodes = new Float64Array(2 * (range.end - range.begin));
    this.#tree = new SumTree(this.#nodes);
    this.#tree.fill(() => this.#eta);
  }

  get bytes(): number {
    return this.#nodes.byteLength;
  }

  draw(round: number, count: number): Uint32Array {
    const free = this.#range.end - this.#range.begin - this.#taken.size;
    const drawn = new Uint32Array(Math.min(count, free));
    for (let k = 0; k < drawn.length; k++) {
      const item = this.#tree.find(randomUnit(this.#seed, round, k) * this.#tree.total);
      drawn[k] = this.#range.begin + item;
      this.#taken.set(drawn[k]!, this.#tree.weight(item));
      this.#tree.set(item, 0);
    }
    return drawn;
  }

  release(ids: Uint32Array): void {
    for (const id of ids) this.#free(id, this.#taken.get(id)!);
  }

  commit(ids: Uint32Array, progress: Float64Array): void {
    for (let k = 0; k < ids.length; k++) this.#free(ids[k]!, progress[k]! + this.#eta);
  }

  refresh(progress: Float64Array): void {
    const mean = progress.reduce((sum, value) => sum + value, 0) / progress.length;
    this.#eta = mean > 0 ? EXPLORATION * mean : 1;
    for (const id of this.#taken.keys()) this.#taken.set(id, progress[id - this.#range.begin]! + this.#eta);
    this.#tree.fill((item) => (this.#taken.has(this.#range.begin + item) ? 0 : progress[item]! + this.#eta));
  }

  #free(id: number, weight: number): void {
    this.#taken.delete(id);
    this.#tree.set(id - this.#range.begin, weight);
  }
}
