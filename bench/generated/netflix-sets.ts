/**
 * The generated ratings in memory, as the library takes them. In: how many. Out: training and test ratings over the same ids, and the
 * error of the truth itself on the test ratings. 12 bytes a rating.
 */
import { Ids } from '../../src/data/ids.js';
import type { Ratings } from '../../src/data/ratings.js';
import { ITEMS, NetflixRatings, USERS } from './netflix.js';

export interface NetflixSets {
  readonly train: Ratings;
  readonly test: Ratings;
  /** Root mean square of rating - expectation on the test ratings: what is left is noise, its rounding and its bounds. */
  readonly truthRmse: number;
}

export function netflixSets(ratings: number, seed = 0): NetflixSets {
  const generated = new NetflixRatings(ratings, seed);
  const ids = { users: new Ids(), items: new Ids() };
  for (let user = 0; user < USERS; user++) ids.users.add(user + 1);
  for (let item = 0; item < ITEMS; item++) ids.items.add(item + 1);
  const sets = { train: new Gathered(ratings), test: new Gathered(ratings >> 4) };
  let squares = 0;
  for (let user = 0; user < USERS; user++) {
    const { count, items, ratings: given, expected, isTest } = generated.user(user);
    for (let k = 0; k < count; k++) {
      (isTest[k] ? sets.test : sets.train).add(user, items[k], given[k]);
      if (isTest[k]) squares += (given[k] - expected[k]) ** 2;
    }
  }
  return { train: sets.train.over(ids), test: sets.test.over(ids), truthRmse: Math.sqrt(squares / sets.test.count) };
}

/** Ratings in arrays that have room for all. */
class Gathered {
  count = 0;
  readonly #userOf: Uint32Array;
  readonly #itemOf: Uint32Array;
  readonly #values: Float32Array;

  constructor(most: number) {
    this.#userOf = new Uint32Array(most);
    this.#itemOf = new Uint32Array(most);
    this.#values = new Float32Array(most);
  }

  add(user: number, item: number, value: number): void {
    this.#userOf[this.count] = user;
    this.#itemOf[this.count] = item;
    this.#values[this.count++] = value;
  }

  over(ids: Pick<Ratings, 'users' | 'items'>): Ratings {
    const { count } = this;
    return { ...ids, userOf: this.#userOf.subarray(0, count), itemOf: this.#itemOf.subarray(0, count), values: this.#values.subarray(0, count), times: null, count, duplicates: 0 };
  }
}
