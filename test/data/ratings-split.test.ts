/** Ratings in memory, and their training and test parts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ids } from '../../src/data/ids.js';
import { countsOf, ratingsFrom, type Ratings, type RatingTuple } from '../../src/data/ratings.js';
import { splitLastPerUser, splitRandom } from '../../src/data/split.js';
import { randomUnit } from '../../src/schedule/random.js';

const entriesOf = (ratings: Ratings): unknown[][] =>
  Array.from({ length: ratings.count }, (_, p) => [ratings.users.of(ratings.userOf[p]), ratings.items.of(ratings.itemOf[p]), ratings.values[p], ...(ratings.times === null ? [] : [ratings.times[p]])]);

describe('ratings in memory', () => {
  it('from lists', () => {
    const ratings = ratingsFrom({ users: Int32Array.of(5, 3, 5), items: ['a', 'b', 'b'], ratings: [1, 2.5, -3] }, { duplicates: 'last' });
    expect(entriesOf(ratings)).toEqual([['5', 'a', 1], ['3', 'b', 2.5], ['5', 'b', -3]]);
    expect(ratings).toMatchObject({ count: 3, times: null, duplicates: 0 });
    expect(countsOf(ratings)).toEqual({ byUser: Uint32Array.of(2, 1), byItem: Uint32Array.of(1, 2) });
  });
  it('from lists without ratings, or with times', () => {
    expect(entriesOf(ratingsFrom({ users: [1], items: [2] }, { duplicates: 'last' }))).toEqual([['1', '2', 1]]);
    expect(entriesOf(ratingsFrom({ users: [1], items: [2], times: [7] }, { duplicates: 'last' }))).toEqual([['1', '2', 1, 7]]);
  });
  it('from pairs, triples and quadruples, of whatever can be iterated', () => {
    expect(entriesOf(ratingsFrom([[1, 2]], { duplicates: 'last' }))).toEqual([['1', '2', 1]]);
    expect(entriesOf(ratingsFrom(new Set<RatingTuple>([['a', 2, 3]]), { duplicates: 'last' }))).toEqual([['a', '2', 3]]);
    expect(entriesOf(ratingsFrom([[1, 2, 3, 4]], { duplicates: 'last' }))).toEqual([['1', '2', 3, 4]]);
  });
  it('behind ids that are known, with duplicates as in a file', () => {
    const users = new Ids();
    users.add('z');
    const ratings = ratingsFrom([[1, 2, 3], ['z', 2, 3], ['1', '2', 4]], { duplicates: 'sum', users });
    expect(ratings.users).toBe(users);
    expect([...ratings.userOf]).toEqual([0, 1]);
    expect([...ratings.values]).toEqual([3, 7]);
    expect(ratings.duplicates).toBe(1);
  });
});

const someRatings = fc
  .uniqueArray(fc.tuple(fc.nat(9), fc.nat(9), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 60, selector: ([user, item]) => 10 * user + item })
  .map((entries) => ratingsFrom(entries, { duplicates: 'error' }));

const places = (part: Ratings, whole: Ratings): number[] => {
  const keys = entriesOf(whole).map(String);
  return entriesOf(part).map((entry) => keys.indexOf(String(entry)));
};

describe('random split', () => {
  const unit = (position: number): number => randomUnit(42, 7, position);

  it('holds out exactly the rounded fraction, and every rating is in one part, in order', () => {
    fc.assert(
      fc.property(someRatings, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (ratings, fraction) => {
        const { train, test } = splitRandom(ratings, fraction, unit);
        expect(test.count).toBe(Math.round(fraction * ratings.count));
        const [trained, tested] = [places(train, ratings), places(test, ratings)];
        expect([...trained, ...tested].sort((a, b) => a - b)).toEqual(Array.from({ length: ratings.count }, (_, p) => p));
        for (const part of [trained, tested]) expect(part).toEqual([...part].sort((a, b) => a - b));
        expect(train.users).toBe(ratings.users);
        expect(test.items).toBe(ratings.items);
      }),
    );
  });
  it('takes the smallest keys, of equal ones the earlier', () => {
    const ratings = ratingsFrom({ users: [0, 1, 2, 3, 4, 5], items: [0, 0, 0, 0, 0, 0] }, { duplicates: 'last' });
    const heldOut = (keys: number[], fraction: number): number[] => places(splitRandom(ratings, fraction, (p) => keys[p]).test, ratings);
    expect(heldOut([0.5, 0.1, 0.5, 0.9, 0.5, 0.2], 0.5)).toEqual([0, 1, 5]);
    expect(heldOut([0.5, 0.1, 0.5, 0.9, 0.5, 0.2], 4 / 6)).toEqual([0, 1, 2, 5]);
    expect(heldOut([0.3, 0.3, 0.3, 0.3, 0.3, 0.3], 0.34)).toEqual([0, 1]);
    expect(heldOut([0.3, 0.3, 0.3, 0.3, 0.3, 0.3], 0.01)).toEqual([]);
  });
  it('repeats with its keys, and a smaller part lies in a larger one', () => {
    const ratings = ratingsFrom({ users: Array.from({ length: 1000 }, (_, p) => p % 50), items: Array.from({ length: 1000 }, (_, p) => Math.floor(p / 50)) }, { duplicates: 'error' });
    const tenth = places(splitRandom(ratings, 0.1, unit).test, ratings);
    expect(places(splitRandom(ratings, 0.1, unit).test, ratings)).toEqual(tenth);
    expect(places(splitRandom(ratings, 0.3, unit).test, ratings)).toEqual(expect.arrayContaining(tenth));
    expect(places(splitRandom(ratings, 0.1, (p) => randomUnit(43, 7, p)).test, ratings)).not.toEqual(tenth);
  });
  it('refuses a fraction that is none', () => {
    const ratings = ratingsFrom([[1, 2, 3]], { duplicates: 'last' });
    for (const fraction of [0, 1, -1, NaN]) expect(() => splitRandom(ratings, fraction, unit)).toThrow(`a fraction of ${fraction} of the ratings is to be held out, expected more than 0 and less than 1. Correct the fraction`);
  });
});

describe('last rating of each user', () => {
  it('by time, of equal times the last in order; a single rating stays', () => {
    const ratings = ratingsFrom([['a', 1, 1, 30], ['b', 1, 1, 5], ['a', 2, 1, 40], ['a', 3, 1, 40], ['a', 4, 1, 20], ['c', 1, 1, -2], ['c', 2, 1, -3]], { duplicates: 'last' });
    const { train, test } = splitLastPerUser(ratings);
    expect(entriesOf(test)).toEqual([['a', '3', 1, 40], ['c', '1', 1, -2]]);
    expect(train.count).toBe(5);
  });
  it('without times the last in order', () => {
    expect(entriesOf(splitLastPerUser(ratingsFrom([[1, 1, 1], [2, 1, 2], [1, 2, 3], [2, 2, 4], [3, 1, 5]], { duplicates: 'last' })).test)).toEqual([['1', '2', 3], ['2', '2', 4]]);
  });
  it('is one for each user of two or more, and none of theirs is later', () => {
    fc.assert(
      fc.property(someRatings, (ratings) => {
        const { train, test } = splitLastPerUser(ratings);
        const { byUser } = countsOf(ratings);
        expect([...countsOf(test).byUser]).toEqual([...byUser].map((count) => (count > 1 ? 1 : 0)));
        for (const [p, user] of test.userOf.entries()) train.userOf.forEach((other, q) => other === user && expect(train.times![q]).toBeLessThanOrEqual(test.times![p]));
        expect(train.count + test.count).toBe(ratings.count);
      }),
    );
  });
});
