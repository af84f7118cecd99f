/** Uniform draws of distinct variables, none of which is still in flight. */
import type { VariableRange } from '../program.js';
import { randomBelow } from './random.js';

export class RandomDraw {
  readonly #seed: number;
  readonly #size: number;
  readonly #depth: number;
  readonly #inFlight: Uint32Array[] = [];

  /** `size` variables a round; those of the last `depth` rounds count as in flight. */
  constructor(seed: number, size: number, depth: number) {
    this.#seed = seed;
    this.#size = size;
    this.#depth = depth;
  }

  /** Distinct ids, ascending; all free ones when fewer than `size` are free. Costs O(size · (depth + 1)), whatever the range's length. */
  draw(round: number, range: VariableRange): Uint32Array {
    const taken = new Set<number>();
    for (const ids of this.#inFlight) for (const id of ids) taken.add(id);
    const length = range.end - range.begin;
    const drawn = 2 * (taken.size + this.#size) >= length ? this.#shuffled(round, range, taken) : this.#rejected(round, range, taken);
    drawn.sort();
    this.#inFlight.push(drawn);
    if (this.#inFlight.length > this.#depth) this.#inFlight.shift();
    return drawn;
  }

  /** Draws until enough are new: half of the range stays free to the end, so two draws a variable suffice on average. */
  #rejected(round: number, range: VariableRange, taken: Set<number>): Uint32Array<ArrayBuffer> {
    const drawn = new Uint32Array(this.#size);
    for (let have = 0, counter = 0; have < drawn.length; counter++) {
      const id = range.begin + randomBelow(range.end - range.begin, this.#seed, round, counter);
      if (taken.has(id)) continue;
      taken.add(id);
      drawn[have++] = id;
    }
    return drawn;
  }

  /** The first of a partial Fisher–Yates shuffle of what is free; the range is then at most twice what is drawn and in flight. */
  #shuffled(round: number, range: VariableRange, taken: ReadonlySet<number>): Uint32Array<ArrayBuffer> {
    const free: number[] = [];
    for (let id = range.begin; id < range.end; id++) if (!taken.has(id)) free.push(id);
    const size = Math.min(this.#size, free.length);
    for (let i = 0; i < size; i++) {
      const other = i + randomBelow(free.length - i, this.#seed, round, i);
      [free[i], free[other]] = [free[other]!, free[i]!];
    }
    return Uint32Array.from(free.slice(0, size));
  }
}
