/** The order of visits, and the factors that all algorithms start from. */
import { describe, expect, it } from 'vitest';
import { initialItems, initialUsers } from '../../../models/mf/initial.js';
import { cyclicRanks, priorityRanks, type RankOrder } from '../../../models/mf/schedule/ranks.js';
import { shapeOf } from '../../../models/mf/shape.js';

const RANKS = [8, 9, 0, 1, 2, 3, 4, 5];

/** Visits as the program makes them: the next rank is asked for while one is under way. */
function visits(order: RankOrder, count: number, decreaseOf: (rank: number, visit: number) => number): number[] {
  const made = [order.next()];
  for (let visit = 0; visit + 1 < count; visit++) {
    const rank = made[visit];
    made.push(order.next());
    order.visited(rank, decreaseOf(rank, visit));
  }
  return made;
}

describe('ranks in a cycle', () => {
  it('come one after another, again and again', () => {
    expect(visits(cyclicRanks([4, 0, 1]), 7, () => 1)).toEqual([4, 0, 1, 4, 0, 1, 4]);
  });
});

describe('ranks by priority', () => {
  it('are all visited once first, in their order', () => {
    expect(visits(priorityRanks(RANKS, 3), RANKS.length, () => 1)).toEqual(RANKS);
  });

  it('are visited the more often the more the objective falls there, and none is forgotten', () => {
    const falls = new Map([[2, 6], [3, 3], [4, 3], [5, 3]]);
    const made = visits(priorityRanks(RANKS, 3), 4000, (rank) => falls.get(rank) ?? 0.05);
    const times = (rank: number) => made.filter((visited) => visited === rank).length;
    for (const rank of [3, 4, 5]) expect(times(2)).toBeGreaterThan(1.3 * times(rank));
    for (const rank of [8, 9, 0, 1]) {
      expect(times(5)).toBeGreaterThan(5 * times(rank));
      expect(times(rank)).toBeGreaterThan(5);
    }
  });

  it('are never visited twice in a row, unless there is one alone', () => {
    for (const ranks of [RANKS, [0, 1]]) {
      const made = visits(priorityRanks(ranks, 9), 500, (rank) => (rank === 0 ? 100 : 0));
      expect(made.some((rank, at) => rank === made[at + 1])).toBe(false);
    }
    expect(visits(priorityRanks([7], 1), 5, () => 1)).toEqual([7, 7, 7, 7, 7]);
  });

  it('depend on the seed alone', () => {
    const made = (seed: number) => visits(priorityRanks(RANKS, seed), 60, (rank) => 1 + rank);
    expect(made(1)).toEqual(made(1));
    expect(made(1)).not.toEqual(made(2));
  });
});

describe('factors before training', () => {
  const shape = shapeOf(6, true);
  it('are 0 for users, but for the constant that faces the item bias', () => {
    expect([...initialUsers(2, shape)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  });

  it.each([['als', 1], ['ccd', 1], ['sgd', 0.3]] as const)('are spread evenly for items, and 0 without ratings and in the padding: %s, with a deviation of %f / √rank', (algorithm, spread) => {
    const rows = 2000;
    const factors = initialItems(Uint32Array.from({ length: rows }, (_, item) => item), new Uint32Array(rows).fill(1), shape, { algorithm, seed: 1, nonNegative: false });
    const own = [...factors].filter((_, at) => at % shape.stride < 6);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    expect(Math.abs(mean)).toBeLessThan(0.02 * spread);
    expect(Math.sqrt(own.reduce((sum, value) => sum + value * value, 0) / own.length)).toBeCloseTo(spread / Math.sqrt(6), 2);
    for (const [at, value] of factors.entries()) if (at % shape.stride >= 6) expect(value).toBe(at % shape.stride === 8 ? 1 : 0);
    expect(Math.min(...initialItems(Uint32Array.of(0, 1, 2), Uint32Array.of(1, 2, 3), shape, { algorithm, seed: 1, nonNegative: true }))).toBe(0);
    expect([...initialItems(Uint32Array.of(0), Uint32Array.of(0), shape, { algorithm, seed: 1, nonNegative: false })]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
  });

  it('belong to an item, wherever it lies', () => {
    const { stride } = shape;
    const whole = initialItems(Uint32Array.of(0, 1, 2, 3), Uint32Array.of(3, 3, 2, 1), shape, { algorithm: 'als', seed: 4, nonNegative: false });
    const some = initialItems(Uint32Array.of(3, 1), Uint32Array.of(1, 3), shape, { algorithm: 'als', seed: 4, nonNegative: false });
    expect(some).toEqual(Float32Array.of(...whole.slice(3 * stride), ...whole.slice(stride, 2 * stride)));
    expect(initialItems(Uint32Array.of(0, 1, 2, 3), Uint32Array.of(3, 3, 2, 1), shape, { algorithm: 'als', seed: 5, nonNegative: false })).not.toEqual(whole);
  });
});
