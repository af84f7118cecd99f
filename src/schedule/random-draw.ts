/** Uniform draws of distinct variables, none of which is taken. Nothing is kept of those that are free. */
import type { VariableRange } from '../program.js';
import type { Draw } from './draw.js';
import { randomBelow } from './random.js';

export class RandomDraw implements Draw {
  readonly #seed: number;
  readonly #range: VariableRange;
  readonly #taken = new Set<number>();
  readonly bytes = 0;

  /** `seed` belongs to this range alone. */
  constructor(seed: number, range: VariableRange) {
    this.#seed = seed;
    this.#range = range;
  }

  /** Costs O(count + taken), whatever the range's length. */
  draw(round: number, count: number): Uint32Array {
    const length = this.#range.end - this.#range.begin;
    return 2 * (this.#taken.size + count) >= length ? this.#shuffled(round, count) : this.#rejected(round, count);
  }

  release(ids: Uint32Array): void {
    for (const id of ids) this.#taken.delete(id);
  }

  commit(ids: Uint32Array): void {
    this.release(ids);
  }

  refresh(): void {
    // A uniform draw has nothing to learn.
  }

  /** The variables that are taken. */
  state(): Uint32Array {
    return Uint32Array.from(this.#taken);
  }

  resume(taken: Uint32Array): void {
    this.#taken.clear();
    for (const id of taken) this.#taken.add(id);
  }

  /** Draws until enough are new: half of the range stays free to the end, so two draws a variable suffice on average. */
  #rejected(round: number, count: number): Uint32Array {
    const { begin, end } = this.#range;
    const drawn = new Uint32Array(count);
    for (let counter = 0, found = 0; found < count; counter++) {
      const id = begin + randomBelow(end - begin, this.#seed, round, counter);
      if (this.#taken.has(id)) continue;
      this.#taken.add(id);
      drawn[found++] = id;
    }
    return drawn;
  }

  /** The first of a partial Fisher–Yates shuffle of what is free; the range is then at most twice what is drawn and taken. */
  #shuffled(round: number, count: number): Uint32Array {
    const free: number[] = [];
    for (let id = this.#range.begin; id < this.#range.end; id++) if (!this.#taken.has(id)) free.push(id);
    const size = Math.min(count, free.length);
    for (let i = 0; i < size; i++) {
      const other = i + randomBelow(free.length - i, this.#seed, round, i);
      [free[i], free[other]] = [free[other]!, free[i]!];
      this.#taken.add(free[i]!);
    }
    return Uint32Array.from(free.slice(0, size));
  }
}
