/**
 * Which items each user has rated, so that they are not recommended again. In: ratings and the rows of their ids. Out: lists of
 * item rows, ascending.
 */
import type { Ratings } from '../../src/data/ratings.js';
import { runningSums } from '../partition.js';

export class Rated {
  readonly #starts: Uint32Array;

  constructor(
    /** How many items each user has rated: one number a user row. */
    readonly counts: Uint32Array,
    /** The lists of all users, one after another. */
    readonly items: Uint32Array,
  ) {
    this.#starts = runningSums(counts);
  }

  /** Item rows that a user has rated, ascending. */
  of(user: number): Uint32Array {
    return this.items.subarray(this.#starts[user], this.#starts[user + 1]);
  }
}

/** Rows of the ids that a model keeps: of each index, in the order of the ids. */
export interface RowsOfIds {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
}

/** All parts of ratings together; `users` is the number of user rows. */
export function ratedIn(parts: readonly Ratings[], rowOf: RowsOfIds, users: number): Rated {
  const counts = new Uint32Array(users);
  for (const { userOf } of parts) for (let p = 0; p < userOf.length; p++) counts[rowOf.users[userOf[p]]]++;
  const starts = runningSums(counts);
  const next = starts.slice();
  const items = new Uint32Array(starts[users]);
  for (const { userOf, itemOf } of parts) for (let p = 0; p < userOf.length; p++) items[next[rowOf.users[userOf[p]]]++] = rowOf.items[itemOf[p]];
  for (let user = 0; user < users; user++) items.subarray(starts[user], starts[user + 1]).sort();
  return new Rated(counts, items);
}
