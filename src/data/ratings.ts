/**
 * Ratings: who rated what, how high, and when. Two ways lead here: `readRatings` from a file, `ratingsFrom` from what a
 * program has in memory. Both give parallel arrays over dense indices of users and items, and the ids these stand for.
 */
import type { Ids } from './ids.js';
import type { RatingArrays } from './ratings-store.js';

export { readRatings, type RatingsOfFile, type ReadRatingsOptions } from './ratings-file.js';
export { ratingsFrom, type Id, type RatingLists, type RatingTuple } from './ratings-in-memory.js';

/** Ratings in the order they came, every pair of user and item once. */
export interface Ratings extends RatingArrays {
  readonly users: Ids;
  readonly items: Ids;
  /** Length of each array. */
  readonly count: number;
  /** Ratings that gave way to a later one of their pair, or were added to it, when the data were read. */
  readonly duplicates: number;
}

/** A pair that is rated more than once: the last rating wins, it is an error, or the last takes the sum (of play counts, say). */
export const DUPLICATES = ['last', 'error', 'sum'] as const;
export type Duplicates = (typeof DUPLICATES)[number];

export interface RatingOptions {
  readonly duplicates: Duplicates;
  /**
   * Ids that are known already, those of the training data say. Ids not among them are added behind, so that every
   * index from their former count on is new.
   */
  readonly users?: Ids | undefined;
  readonly items?: Ids | undefined;
}

/** How many ratings each user gave and each item got: one number an id, 0 for ids without any. */
export function countsOf({ users, items, userOf, itemOf }: Pick<Ratings, 'users' | 'items' | 'userOf' | 'itemOf'>): { byUser: Uint32Array; byItem: Uint32Array } {
  return { byUser: occurrences(userOf, users.count), byItem: occurrences(itemOf, items.count) };
}

function occurrences(indices: Uint32Array, count: number): Uint32Array {
  const found = new Uint32Array(count);
  for (let p = 0; p < indices.length; p++) found[indices[p]]++;
  return found;
}
