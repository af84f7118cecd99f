/** Ranked items. In: a user's row, or an item to find the like of. Out: item ids with their scores, best first, of equal ones in the order of the rows. */
import type { Ids } from '../../src/data/ids.js';
import type { Scorer, Table } from './scorer.js';

export interface RankedItem {
  readonly item: string;
  /** The predicted rating (implicit feedback: preference), or the cosine with the item that was asked about. */
  readonly score: number;
}

export interface ItemTable extends Table {
  readonly ids: Ids;
}

export interface Choice {
  readonly top: number;
  /** Item rows that are left out, in any order. */
  readonly excluded: Iterable<number>;
}

/** The items that a user's row predicts highest. `mean` is added to every score. */
export function bestItems(scorer: Scorer, row: Float32Array, { ids, rows, stride }: ItemTable, mean: number, { top, excluded }: Choice): RankedItem[] {
  const columns = { count: ids.count, stride, fill: (first: number, tile: Float32Array) => tile.set(rows.subarray(first * stride, first * stride + tile.length)) };
  return scorer.top(row, columns, ascending(excluded), top).map(({ column, score }) => ({ item: ids.of(column), score: mean + score }));
}

/** The items whose factors point most nearly the way of those of item row `target`, which has factors other than 0, by cosine. Items whose factors are all 0 point nowhere. */
export function itemsLike(scorer: Scorer, target: number, { ids, rows, stride }: ItemTable, rank: number, top: number): RankedItem[] {
  const norms = Float64Array.from({ length: ids.count }, (_, item) => normOf(rows, item * stride, rank));
  const directionTo = (item: number, into: Float32Array) => {
    into.fill(0);
    if (norms[item] > 0) for (let k = 0; k < rank; k++) into[k] = rows[item * stride + k] / norms[item];
  };
  const row = new Float32Array(stride);
  directionTo(target, row);
  const fill = (first: number, tile: Float32Array) => {
    for (let at = 0; at < tile.length; at += stride) directionTo(first + at / stride, tile.subarray(at, at + stride));
  };
  const nowhere = Array.from(norms.keys()).filter((item) => norms[item] === 0);
  return scorer.top(row, { count: ids.count, stride, fill }, ascending([target, ...nowhere]), top).map(({ column, score }) => ({ item: ids.of(column), score: Math.max(-1, Math.min(1, score)) }));
}

export function normOf(rows: Float32Array, from: number, rank: number): number {
  let squares = 0;
  for (let k = from; k < from + rank; k++) squares += rows[k] * rows[k];
  return Math.sqrt(squares);
}

function ascending(rows: Iterable<number>): Uint32Array {
  return Uint32Array.from(new Set(rows)).sort();
}
