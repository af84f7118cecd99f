/**
 * Ratings that a program has in memory. In: parallel lists, or triples of user, item and rating. Out: Ratings, checked as a
 * file's are; an error names the entry by its position from 0.
 */
import { DataError } from './dataset.js';
import type { Ids } from './ids.js';
import { quoted } from './number.js';
import { RatingCollector, type Complaints } from './ratings-collect.js';
import type { RatingOptions, Ratings } from './ratings.js';

/** Text, or a whole number from 0 that stands for its digits: 7 and "7" are one id. */
export type Id = string | number;

/** Lists of equal length. Without ratings every one is 1. */
export interface RatingLists {
  readonly users: ArrayLike<Id>;
  readonly items: ArrayLike<Id>;
  readonly ratings?: ArrayLike<number> | undefined;
  readonly times?: ArrayLike<number> | undefined;
}

/** All entries have as many members as the first. */
export type RatingTuple = readonly [user: Id, item: Id] | readonly [user: Id, item: Id, rating: number] | readonly [user: Id, item: Id, rating: number, time: number];

/** DataError for ids that are no ids, ratings and times that are no finite numbers, and lists of unequal length. */
export function ratingsFrom(input: RatingLists | Iterable<RatingTuple>, options: RatingOptions): Ratings {
  const collector = Symbol.iterator in input ? collectTuples(input, options) : collectLists(input, options);
  if (collector.count === 0) throw new DataError('ratings: found none, expected at least one. Give entries of user, item and rating');
  return collector.finish(COMPLAINTS);
}

function collectLists({ users, items, ratings, times }: RatingLists, options: RatingOptions): RatingCollector {
  for (const [name, list] of Object.entries({ items, ratings, times })) {
    if (list !== undefined && list.length !== users.length) {
      throw new DataError(`ratings: found ${users.length} users and ${list.length} ${name}, expected as many of each. Give one of each for every rating`);
    }
  }
  const collector = new RatingCollector(options, times !== undefined);
  for (let i = 0; i < users.length; i++) append(collector, i, users[i], items[i], ratings === undefined ? 1 : ratings[i], times === undefined ? 0 : times[i]);
  return collector;
}

function collectTuples(tuples: Iterable<RatingTuple>, options: RatingOptions): RatingCollector {
  let collector: RatingCollector | null = null;
  let width = 0;
  for (const tuple of tuples) {
    if (collector === null) {
      width = tuple.length;
      collector = new RatingCollector(options, width === 4);
    }
    if (tuple.length !== width || width < 2 || width > 4) throw wrongWidth(collector.count, tuple.length, width);
    append(collector, collector.count, tuple[0], tuple[1], width === 2 ? 1 : tuple[2]!, width < 4 ? 0 : tuple[3]!);
  }
  return collector ?? new RatingCollector(options, false);
}

function append(collector: RatingCollector, position: number, user: Id, item: Id, rating: number, time: number): void {
  if (!Number.isFinite(Math.fround(rating))) throw fault(position, `rating ${String(rating)}`, 'a finite number that float32 can hold (±3.4e38)');
  if (!Number.isFinite(time)) throw fault(position, `time ${String(time)}`, 'a finite number');
  collector.append(indexOf(collector.users, user, 'user', position), indexOf(collector.items, item, 'item', position), rating, time);
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function indexOf(ids: Ids, id: Id, what: string, position: number): number {
  if (typeof id === 'number') {
    if (!(Number.isSafeInteger(id) && id >= 0)) throw fault(position, `${what} ${id}`, 'text or a whole number from 0 to 2^53 - 1');
  } else if (typeof id !== 'string' || id === '' || LONE_SURROGATE.test(id)) {
    throw fault(position, `${what} ${typeof id === 'string' ? quoted(id) : String(id)}`, 'text that is not empty or a whole number');
  }
  return ids.add(id);
}

function wrongWidth(position: number, found: number, first: number): DataError {
  const expected = position === 0 ? 'user, item and, where there are any, rating and time' : `${first} as in entry 0`;
  return new DataError(`ratings, entry ${position}: found ${found} members, expected ${expected}. Correct the entry`);
}

function fault(position: number, found: string, expected: string): DataError {
  return new DataError(`ratings, entry ${position}: found ${found}, expected ${expected}. Correct or remove the entry`);
}

const COMPLAINTS: Complaints = {
  repeated: (earlier, later, pair) => new DataError(`ratings, entries ${earlier} and ${later}: found two ratings of ${pair}, expected one. Keep one of them, or choose duplicates: 'last' or 'sum'`),
  overflow: (pair) => new DataError(`ratings: those of ${pair} add up to more than float32 can hold (±3.4e38). Correct them, or choose duplicates: 'last'`),
};
