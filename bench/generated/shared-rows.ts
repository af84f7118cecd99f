/**
 * Products of sparse columns pair by pair, without looking at pairs that share no row. In: columns, one after another. Out: Σ x_a x_b
 * over a range of rows for every pair that meets there.
 */
import type { ChainColumn } from './chain-columns.js';

export interface PairProducts {
  /** Ascending numbers of pairs. */
  readonly keys: Uint32Array;
  readonly values: Float64Array;
}

export class SharedRows {
  /** Entries of all columns, each with the entry of the same row before it. */
  readonly #owner: number[] = [];
  readonly #row: number[] = [];
  readonly #value: number[] = [];
  readonly #before: number[] = [];
  readonly #last = new Map<number, number>();
  #columns = 0;

  clear(): void {
    for (const list of [this.#owner, this.#row, this.#value, this.#before]) list.length = 0;
    this.#last.clear();
    this.#columns = 0;
  }

  /** The column gets the next place: 0, 1, … */
  add({ rowIds, values }: ChainColumn): void {
    for (let e = 0; e < rowIds.length; e++) {
      const entry = this.#row.length;
      this.#owner.push(this.#columns);
      this.#row.push(rowIds[e]);
      this.#value.push(values[e]);
      this.#before.push(this.#last.get(rowIds[e]) ?? -1);
      this.#last.set(rowIds[e], entry);
    }
    this.#columns++;
  }

  /** `pairOf(a, b)` numbers the pair of places a > b. */
  products(firstRow: number, endRow: number, pairOf: (a: number, b: number) => number): PairProducts {
    const sums = new Map<number, number>();
    for (let entry = 0; entry < this.#row.length; entry++) {
      if (this.#row[entry] < firstRow || this.#row[entry] >= endRow) continue;
      for (let other = this.#before[entry]; other >= 0; other = this.#before[other]) {
        const pair = pairOf(this.#owner[entry], this.#owner[other]);
        sums.set(pair, (sums.get(pair) ?? 0) + this.#value[entry] * this.#value[other]);
      }
    }
    const keys = Uint32Array.from(sums.keys()).sort();
    return { keys, values: Float64Array.from(keys, (pair) => sums.get(pair)!) };
  }
}
