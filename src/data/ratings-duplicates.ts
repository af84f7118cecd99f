/**
 * Pairs of user and item that are rated more than once. In: ratings, and what is to become of such pairs. Out: every
 * pair once. Time and memory grow with ratings, users and items; no pair is hashed.
 */
import type { DataError } from './dataset.js';
import type { Duplicates } from './ratings.js';
import { allocate, release } from './ratings-memory.js';
import type { RatingStore } from './ratings-store.js';

export interface Settlement {
  readonly duplicates: Duplicates;
  /** Indices of users and items lie below these. */
  readonly users: number;
  readonly items: number;
  /** What to throw for the repetition that comes first, by its position and that of the rating before. */
  readonly refuse: (earlier: number, later: number) => DataError;
  /** What to throw where a sum is too large for float32. */
  readonly overflow: (position: number) => DataError;
}

/** Of each pair only its last rating stays in `store`. */
export function settleDuplicates(store: RatingStore, settlement: Settlement): void {
  switch (settlement.duplicates) {
    case 'last':
      return visitPairs(store, settlement, (_position, _item, earlier) => {
        if (earlier !== NONE) store.drop(earlier);
      });
    case 'sum':
      return addUp(store, settlement);
    case 'error':
      return refuseRepetition(store, settlement);
  }
}

/** Sums are float64 until they are complete. */
function addUp(store: RatingStore, settlement: Settlement): void {
  const sums = new Float64Array(settlement.items);
  visitPairs(store, settlement, (position, item, earlier) => {
    const value = store.valueAt(position);
    sums[item] = earlier === NONE ? value : sums[item] + value;
    if (earlier === NONE) return;
    store.drop(earlier);
    store.setValue(position, sums[item]);
    if (!Number.isFinite(store.valueAt(position))) throw settlement.overflow(position);
  });
}

function refuseRepetition(store: RatingStore, settlement: Settlement): void {
  let first = NONE;
  let second = Infinity;
  visitPairs(store, settlement, (position, _item, earlier) => {
    if (earlier === NONE || position > second) return;
    first = earlier;
    second = position;
  });
  if (first !== NONE) throw settlement.refuse(first, second);
}

const NONE = -1;

/** Visits the ratings user by user, each user's in order; `earlier` is where the same pair stood before, -1 when nowhere. */
function visitPairs(store: RatingStore, { users, items }: Settlement, visit: (position: number, item: number, earlier: number) => void): void {
  const order = orderByUser(store, users);
  // Place in `order`, from 1, of the latest rating of each item; at most `begin` where it was another user's.
  const latest = new Uint32Array(items);
  let begin = 0;
  let user = NONE;
  for (let at = 0; at < order.length; at++) {
    const position = order[at];
    if (store.userAt(position) !== user) {
      user = store.userAt(position);
      begin = at;
    }
    const item = store.itemAt(position);
    visit(position, item, latest[item] > begin ? order[latest[item] - 1] : NONE);
    latest[item] = at + 1;
  }
  release(order.buffer);
}

/** Positions by user, each user's ascending (a counting sort); to be released. */
function orderByUser(store: RatingStore, users: number): Uint32Array {
  const { count } = store;
  const next = new Uint32Array(users + 1);
  for (let p = 0; p < count; p++) next[store.userAt(p) + 1]++;
  for (let user = 0; user < users; user++) next[user + 1] += next[user];
  const order = new Uint32Array(allocate(4 * count), 0, count);
  for (let p = 0; p < count; p++) order[next[store.userAt(p)]++] = p;
  return order;
}
