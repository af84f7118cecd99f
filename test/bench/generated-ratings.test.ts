/** Generated ratings: the shape of the prize's, a pure function of the user's number, with a truth that can be found again. */
import { describe, expect, it } from 'vitest';
import { ITEMS, MOST_RATINGS, NetflixRatings, USERS } from '../../bench/generated/netflix.js';
import { netflixSets } from '../../bench/generated/netflix-sets.js';

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

function copyOf(ratings: NetflixRatings, user: number) {
  const { count, items, ratings: given, isTest } = ratings.user(user);
  return { items: items.slice(0, count), given: given.slice(0, count), isTest: isTest.slice(0, count) };
}

describe('generated ratings', () => {
  it('of a user are the same whoever came before', () => {
    const moving = new NetflixRatings(20_000_000);
    for (const user of [5, 400_000, 5, 77, 123_456]) expect(copyOf(moving, user)).toEqual(copyOf(new NetflixRatings(20_000_000), user));
  });

  it('are of distinct items, 1 to 5, in as many as the user gives', () => {
    const ratings = new NetflixRatings(2_000_000);
    for (let user = 0; user < 3000; user++) {
      const { items, given } = copyOf(ratings, user);
      expect(items.length).toBe(ratings.countOf(user));
      expect(new Set(items).size).toBe(items.length);
      expect(items.every((item) => item < ITEMS) && given.every((rating) => rating >= 1 && rating <= 5)).toBe(true);
    }
  });

  it('add up to what was asked for, with the skew of the prize', () => {
    const ratings = new NetflixRatings(20_000_000);
    const counts = Uint32Array.from({ length: USERS }, (_, user) => ratings.countOf(user)).sort();
    const average = 20_000_000 / USERS;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20_000_000);
    expect(counts.at(-1)! / average).toBeCloseTo(84, 0);
    expect(counts[USERS >> 1] / average).toBeCloseTo(0.46, 1);
    const byItem = new Uint32Array(ITEMS);
    for (let user = 0; user < USERS; user += 20) for (const item of copyOf(ratings, user).items) byItem[item]++;
    byItem.sort();
    expect(byItem.at(-1)! / mean(byItem)).toBeGreaterThan(30);
    expect(byItem[ITEMS >> 1] / mean(byItem)).toBeLessThan(0.2);
  });

  it('reach the prize\'s own number, whose most active user rated nearly everything', () => {
    const ratings = new NetflixRatings(MOST_RATINGS);
    let busiest = 0;
    for (let user = 0; user < USERS; user++) if (ratings.countOf(user) > ratings.countOf(busiest)) busiest = user;
    const { items } = copyOf(ratings, busiest);
    expect(items.length).toBeGreaterThan(17_000);
    expect(new Set(items).size).toBe(items.length);
  });

  it('keep their bits', () => {
    const { items, given } = copyOf(new NetflixRatings(20_000_000), 4711);
    expect([...items.subarray(0, 4), ...given.subarray(0, 4)]).toMatchInlineSnapshot(`
      [
        10711,
        15294,
        4041,
        14479,
        2,
        3,
        5,
        4,
      ]
    `);
  });

  it('have a truth that beats the mean, and a hundredth held out', () => {
    const { train, test, truthRmse } = netflixSets(200_000);
    expect(train.count + test.count).toBe(200_000);
    expect(test.count / 200_000).toBeCloseTo(0.01, 2);
    const level = mean(train.values);
    const spread = Math.sqrt(mean(test.values.map((value) => (value - level) ** 2)));
    expect(truthRmse).toBeLessThan(0.8);
    expect(spread).toBeGreaterThan(1);
    expect(train.users).toBe(test.users);
    expect(train.users.of(train.userOf[0])).toBe(String(train.userOf[0] + 1));
  });
});
