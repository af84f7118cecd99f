/** Ratings whose right answer is known by construction. */
import { describe, expect, it } from 'vitest';
import type { MfInput } from '../../../models/mf/options.js';
import { fitted, type Factors } from './fits.js';
import { checkerboard, lowRank, setsOf, twoTastes } from './ratings.js';

const score = ({ stride, user, item }: Factors, i: number, j: number) => {
  let sum = 0;
  for (let k = 0; k < stride; k++) sum += user[i * stride + k] * item[j * stride + k];
  return sum;
};

const trainers: Record<string, MfInput> = {
  ccd: { algorithm: 'ccd', sweeps: 80, lambda: 0.01 },
  'ccd by priority': { algorithm: 'ccd', schedule: 'priority', sweeps: 100, lambda: 0.01 },
  als: { algorithm: 'als', sweeps: 40, lambda: 0.01 },
  sgd: { algorithm: 'sgd', sweeps: 150, lambda: 0.01, rate: 0.2 },
};

describe('a checkerboard, half of it seen', () => {
  const sets = checkerboard(40, 3);
  for (const [name, input] of Object.entries(trainers)) {
    for (const more of [{ rank: 1 }, { rank: 4 }, { rank: 4, biases: true }]) {
      it(`is completed by ${name}, ${JSON.stringify(more)}`, async () => {
        const { fit } = await fitted(sets, { ...input, ...more });
        expect(fit.best.test!.rmse).toBeLessThan(0.05);
        expect(fit.best.test!.mae).toBeLessThan(0.05);
      });
    }
  }

  it('is completed by factors of which none is negative', async () => {
    for (const input of [{ algorithm: 'ccd', sweeps: 100 }, { algorithm: 'sgd', sweeps: 300, rate: 0.2 }] as const) {
      const { fit, user, item } = await fitted(sets, { ...input, rank: 2, lambda: 0.01, nonNegative: true });
      for (const table of [user, item]) expect(table.every((value) => value >= 0)).toBe(true);
      expect(fit.mean).toBe(0);
      expect(fit.best.test!.rmse).toBeLessThan(0.05);
    }
  });
});

describe('ratings of few factors and noise', () => {
  const size = 0.2;
  const { train, test } = lowRank({ users: 60, items: 50, rank: 2, density: 0.5, seed: 41, noise: size, shift: 3 });
  const sets = setsOf(train, { test });
  /** Of the noise: that of the sum of two uniform numbers. */
  const deviation = size / Math.sqrt(6);
  for (const [name, input] of Object.entries(trainers)) {
    it(`are predicted nearly as well as the noise allows: ${name}`, async () => {
      const { fit } = await fitted(sets, { ...input, rank: 2, biases: true, lambda: 0.002 });
      expect(fit.best.test!.rmse).toBeGreaterThan(0.8 * deviation);
      expect(fit.best.test!.rmse).toBeLessThan(1.4 * deviation);
      expect(fit.best.train.rmse).toBeLessThan(deviation);
    });
  }

  it('keep bounded factors at 0 or above and free biases', async () => {
    for (const input of [trainers['ccd'], trainers['sgd']]) {
      const { user, item, stride, fit } = await fitted(sets, { ...input, rank: 3, biases: true, nonNegative: true, lambda: 0.01 });
      for (const table of [user, item]) expect(table.every((value, at) => at % stride >= 4 || value >= 0)).toBe(true);
      expect(user.some((value, at) => at % stride === 4 && value < 0)).toBe(true);
      expect(fit.mean).toBeGreaterThan(0);
      expect(fit.best.test!.rmse).toBeLessThan(0.5);
    }
  });

  it('have a mean that is taken off, unless that is not wanted', async () => {
    const mean = sets.train.values.reduce((sum, value) => sum + value, 0) / sets.train.count;
    expect((await fitted(sets, { sweeps: 1 })).fit.mean).toBeCloseTo(mean, 10);
    expect((await fitted(sets, { sweeps: 1, mean: false })).fit.mean).toBe(0);
  });
});

describe('choices of two tastes', () => {
  const [users, items] = [40, 30];
  const sets = twoTastes(users, items, 5);
  for (const input of [{ algorithm: 'als' }, { algorithm: 'ccd' }, { algorithm: 'ccd', nonNegative: true }, { algorithm: 'ccd', schedule: 'priority' }] as const) {
    it(`are told apart: ${JSON.stringify(input)}`, async () => {
      const found = await fitted(sets, { ...input, implicit: true, rank: 2, sweeps: 12, lambda: 0.1, confidence: 2 });
      const { userOf, itemOf, users: userIds, items: itemIds } = sets.train;
      const seen = new Set(Array.from(userOf, (i, p) => `${i} ${itemOf[p]}`));
      for (let i = 0; i < userIds.count; i++) {
        const taste = Number(userIds.of(i)) % 2;
        const ranked = Array.from({ length: itemIds.count }, (_, j) => j).filter((j) => !seen.has(`${i} ${j}`)).sort((a, b) => score(found, i, b) - score(found, i, a));
        const own = ranked.filter((j) => Number(itemIds.of(j)) % 2 === taste).length;
        expect(ranked.slice(0, own).every((j) => Number(itemIds.of(j)) % 2 === taste)).toBe(true);
      }
      expect(found.fit.best.test).toMatchObject({ ndcg: 1, recall: 1 });
    });
  }
});
