/**
 * Training and test parts of ratings. In: ratings and which of them to hold out. Out: two parts in the order of the
 * whole, with the ids (and so the indices) of the whole.
 */
import { DataError } from './dataset.js';
import type { Ratings } from './ratings.js';

export interface Split {
  readonly train: Ratings;
  readonly test: Ratings;
}

/**
 * Holds out exactly round(fraction × count) ratings: those of the smallest keys, where keys are equal the earlier. `unit(p)`
 * is the key of rating p, a number in [0, 1) that depends on p alone. 0 < fraction < 1, else DataError.
 */
export function splitRandom(ratings: Ratings, fraction: number, unit: (position: number) => number): Split {
  if (!(fraction > 0 && fraction < 1)) throw new DataError(`a fraction of ${fraction} of the ratings is to be held out, expected more than 0 and less than 1. Correct the fraction`);
  return partition(ratings, smallestKeys(ratings.count, Math.round(fraction * ratings.count), unit));
}

/** Marks `chosen` of `count` positions with 1. Keys are asked for twice, since all of them sorted are memory enough. */
function smallestKeys(count: number, chosen: number, unit: (position: number) => number): Uint8Array {
  const marks = new Uint8Array(count);
  if (chosen === 0) return marks;
  const ordered = new Float64Array(count);
  for (let p = 0; p < count; p++) ordered[p] = unit(p);
  ordered.sort();
  const limit = ordered[chosen - 1];
  let ties = 1;
  while (ordered[chosen - 1 - ties] === limit) ties++;
  for (let p = 0; p < count; p++) {
    const key = unit(p);
    if (key < limit || (key === limit && ties-- > 0)) marks[p] = 1;
  }
  return marks;
}

/**
 * Holds out each user's last rating by time, of equal times (and without times) the last in order. A user's only
 * rating stays in training.
 */
export function splitLastPerUser(ratings: Ratings): Split {
  const { userOf, times, users, count } = ratings;
  const given = new Uint32Array(users.count);
  const last = new Uint32Array(users.count);
  for (let p = 0; p < count; p++) {
    const user = userOf[p];
    if (given[user]++ === 0 || times === null || times[p] >= times[last[user]]) last[user] = p;
  }
  const marks = new Uint8Array(count);
  for (let user = 0; user < users.count; user++) if (given[user] > 1) marks[last[user]] = 1;
  return partition(ratings, marks);
}

/** Those marked with 1 are the test part. */
function partition(ratings: Ratings, marks: Uint8Array): Split {
  let held = 0;
  for (let p = 0; p < marks.length; p++) held += marks[p];
  return { train: part(ratings, marks, 0, ratings.count - held), test: part(ratings, marks, 1, held) };
}

function part(ratings: Ratings, marks: Uint8Array, mark: number, count: number): Ratings {
  const userOf = new Uint32Array(count);
  const itemOf = new Uint32Array(count);
  const values = new Float32Array(count);
  const times = ratings.times === null ? null : new Float64Array(count);
  for (let p = 0, at = 0; p < marks.length; p++) {
    if (marks[p] !== mark) continue;
    userOf[at] = ratings.userOf[p];
    itemOf[at] = ratings.itemOf[p];
    values[at] = ratings.values[p];
    if (times !== null) times[at] = ratings.times![p];
    at++;
  }
  return { ...ratings, count, userOf, itemOf, values, times };
}
