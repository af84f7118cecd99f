/**
 * Row or column ids of the entries of a sparse matrix. In: an array with an id for every entry, or one with where
 * each row or column begins. Out: the ids of the next entries, as many as asked for, checked.
 */
import { DataError } from './dataset.js';
import type { NpyArray } from './npy-array.js';

export interface Ids {
  take(count: number): Promise<Uint32Array>;
  /** Checks what is left once every entry has its id. */
  end(): Promise<void>;
}

export class ListedIds implements Ids {
  private taken = 0;

  /** `what` has ids from 0 to `count` - 1. */
  constructor(
    private readonly array: NpyArray,
    private readonly what: 'row' | 'column',
    private readonly count: number,
  ) {}

  async take(count: number): Promise<Uint32Array> {
    const ids = await this.array.take(count);
    const bad = ids.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < this.count));
    if (bad !== -1) {
      throw new DataError(`${this.array.label}, ${this.array.place(this.taken + bad)}: found ${ids[bad]}, expected a ${this.what} id from 0 to ${this.count - 1}. Save the matrix again with scipy.sparse.save_npz`);
    }
    this.taken += count;
    return Uint32Array.from(ids);
  }

  end(): Promise<void> {
    return this.array.end();
  }
}

const BLOCK = 1 << 16;

export class CompressedIds implements Ids {
  /** Starts read ahead, and how many of them are used. */
  private block: Float64Array = new Float64Array(0);
  private used = 0;
  private read = 0;
  /** The row or column that is being given out, and the entry that ends it. */
  private id = -1;
  private stop = 0;
  private given = 0;

  /** `array` holds count + 1 starts, from 0 to `entries`. */
  constructor(
    private readonly array: NpyArray,
    private readonly what: 'row' | 'column',
    private readonly count: number,
    private readonly entries: number,
  ) {}

  async take(count: number): Promise<Uint32Array> {
    const ids = new Uint32Array(count);
    for (let filled = 0; filled < count; ) {
      while (this.stop === this.given) {
        if (this.used === this.block.length) await this.refill();
        this.advance();
      }
      const run = Math.min(count - filled, this.stop - this.given);
      ids.fill(this.id, filled, filled + run);
      filled += run;
      this.given += run;
    }
    return ids;
  }

  async end(): Promise<void> {
    while (this.id < this.count - 1) {
      if (this.used === this.block.length) await this.refill();
      this.advance();
    }
    if (this.stop !== this.entries) throw this.fault(this.stop, `${this.entries}, the number of entries`);
    await this.array.end();
  }

  /** Goes on to the next row or column. */
  private advance(): void {
    const stop = this.block[this.used++];
    if (!(Number.isInteger(stop) && stop >= this.stop && stop <= this.entries)) throw this.fault(stop, `a whole number from ${this.stop} to ${this.entries}, since starts never descend`);
    this.id++;
    this.stop = stop;
  }

  private async refill(): Promise<void> {
    const isFirst = this.read === 0;
    if (this.read > this.count) throw this.fault(this.stop, `${this.entries}, the number of entries`);
    this.block = await this.array.take(Math.min(BLOCK, this.count + 1 - this.read));
    this.read += this.block.length;
    this.used = isFirst ? 1 : 0;
    if (isFirst && this.block[0] !== 0) throw this.fault(this.block[0], '0');
  }

  private fault(found: number, expected: string): DataError {
    const at = this.read - this.block.length + this.used - 1;
    return new DataError(`${this.array.label}, ${this.array.place(at)}: found ${found} as the start of a ${this.what}, expected ${expected}. Save the matrix again with scipy.sparse.save_npz`);
  }
}
