/** Variables in turn, range by range around: first those that were drawn and turned away, then the next ones. */
import type { VariableRange } from '../program.js';
import type { Draw } from './draw.js';

/** Number of blocks of `size` that cover a range. */
export function blockCount({ begin, end }: VariableRange, size: number): number {
  return Math.ceil((end - begin) / size);
}

export class RoundRobinDraw implements Draw {
  readonly #range: VariableRange;
  readonly #taken = new Set<number>();
  /** Released variables, which are next. */
  #waiting: number[] = [];
  #next: number;
  readonly bytes = 0;

  constructor(range: VariableRange) {
    this.#range = range;
    this.#next = range.begin;
  }

  draw(_round: number, count: number): Uint32Array {
    const { begin, end } = this.#range;
    const drawn = this.#waiting.splice(0, count);
    for (const id of drawn) this.#taken.add(id);
    const passedOver = new Set(this.#waiting);
    for (let seen = 0; drawn.length < count && seen < end - begin; seen++) {
      const id = this.#next;
      this.#next = id + 1 < end ? id + 1 : begin;
      if (this.#taken.has(id) || passedOver.has(id)) continue;
      this.#taken.add(id);
      drawn.push(id);
    }
    return Uint32Array.from(drawn);
  }

  release(ids: Uint32Array): void {
    for (const id of ids) {
      this.#taken.delete(id);
      this.#waiting.push(id);
    }
  }

  commit(ids: Uint32Array): void {
    for (const id of ids) this.#taken.delete(id);
  }

  refresh(): void {
    // The order is fixed: nothing to learn.
  }

  /** The next variable, how many are waiting, these, and the variables that are taken. */
  state(): Uint32Array {
    return Uint32Array.of(this.#next, this.#waiting.length, ...this.#waiting, ...this.#taken);
  }

  resume([next, waiting, ...ids]: Uint32Array): void {
    this.#next = next!;
    this.#waiting = ids.slice(0, waiting);
    this.#taken.clear();
    for (const id of ids.slice(waiting)) this.#taken.add(id);
  }
}
