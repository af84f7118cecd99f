/**
 * Which row goes where. In: how many rows and shards, and the rows' folds. Out: the rows' order in the shards, fold after
 * fold, and each shard's part of that order: a contiguous group of shards a fold, nearly equal parts inside it.
 */
import { shardBegin } from '../../../src/runtime/placement.js';

interface FoldOfRows {
  readonly count: number;
  /** One number a row. */
  readonly of: ArrayLike<number>;
}

export class RowPlacement {
  /** With folds a multiple of their number. */
  readonly shards: number;
  readonly #shardsPerFold: number;
  /** Place of each shard's first row, and the number of rows. */
  readonly #begins: readonly number[];
  /** Rows by place and places by row; null where both are the same. */
  readonly #order: { readonly rows: Uint32Array; readonly places: Uint32Array } | null;

  constructor(rows: number, shards: number, folds: FoldOfRows | null) {
    const foldBegins = folds ? beginsOf(folds) : [0, rows];
    const count = foldBegins.length - 1;
    if (shards % count !== 0) throw new RangeError(`${shards} shards can't be shared out among ${count} folds: use a multiple`);
    this.shards = shards;
    this.#shardsPerFold = shards / count;
    this.#begins = [...Array.from({ length: shards }, (_, shard) => this.#beginIn(foldBegins, shard)), rows];
    this.#order = folds ? orderOf(folds, foldBegins) : null;
  }

  #beginIn(foldBegins: readonly number[], shard: number): number {
    const fold = this.foldOf(shard);
    const begin = foldBegins[fold]!;
    return begin + shardBegin(shard % this.#shardsPerFold, this.#shardsPerFold, foldBegins[fold + 1]! - begin);
  }

  /** Whether the rows' order in the shards is their own. */
  get isInOrder(): boolean {
    return this.#order === null;
  }

  foldOf(shard: number): number {
    return Math.floor(shard / this.#shardsPerFold);
  }

  /** Place of a shard's first row. */
  begin(shard: number): number {
    return this.#begins[shard]!;
  }

  rowsOf(shard: number): number {
    return this.#begins[shard + 1]! - this.#begins[shard]!;
  }

  placeOf(row: number): number {
    return this.#order ? this.#order.places[row]! : row;
  }

  rowAt(place: number): number {
    return this.#order ? this.#order.rows[place]! : place;
  }

  /** The shard that holds a place. */
  shardAt(place: number): number {
    let low = 0;
    let high = this.shards;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#begins[middle]! <= place) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Place of each fold's first row, and the number of rows. */
function beginsOf({ count, of }: FoldOfRows): number[] {
  const begins = new Array<number>(count + 1).fill(0);
  for (let i = 0; i < of.length; i++) begins[of[i]! + 1]!++;
  for (let fold = 0; fold < count; fold++) begins[fold + 1]! += begins[fold]!;
  return begins;
}

/** A counting sort by fold. */
function orderOf({ of }: FoldOfRows, foldBegins: readonly number[]): { rows: Uint32Array; places: Uint32Array } {
  const next = foldBegins.slice();
  const places = Uint32Array.from({ length: of.length }, (_, row) => next[of[row]!]!++);
  const rows = new Uint32Array(of.length);
  for (const [row, place] of places.entries()) rows[place] = row;
  return { rows, places };
}
