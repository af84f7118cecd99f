/** What a training reports of itself is what its factors, read back, give in float64. */
import { describe, expect, it } from 'vitest';
import type { RatingSets } from '../../../models/mf/distribute.js';
import { mfOptionsSchema, type MfInput } from '../../../models/mf/options.js';
import { bitsOf, fitted, warmFrom, type Circumstances, type Fitted } from './fits.js';
import { chosen, lowRank, setsOf } from './ratings.js';
import { errorsOf, objectiveOf, problemOf, rankingOf, tablesOf } from './reference.js';

const recipe = { users: 45, items: 60, rank: 3, density: 0.35, seed: 11, noise: 0.3, shift: 3, skewed: true };
/** With a user and an item that only the test set has. */
const rated = (): RatingSets => {
  const { train, validation, test } = lowRank(recipe);
  return setsOf(train, { validation, test: [...test, [999, 1, 4], [1, 999, 2]] });
};
const counted = (): RatingSets => {
  const { train, validation, test } = chosen(recipe);
  return setsOf(train, { validation, test: [...test, [999, 1, 4], [1, 999, 2]] });
};

/** Makes several blocks a shard, several spans, tiles of a few rows. */
const SMALL_BLOCKS = 0.0004;

/** Holds the last report against the factors. */
function expectTruth(sets: RatingSets, input: MfInput, found: Fitted): void {
  const options = mfOptionsSchema.parse(input);
  const { fit } = found;
  const { objective, train, validation, test } = fit.best;
  const problem = problemOf(sets.train, fit.layout.shape, fit.mean, options);
  const expected = objectiveOf(problem, tablesOf(found));
  expect(Math.abs(objective / expected - 1)).toBeLessThan(1e-4);
  for (const [ratings, errors] of [[sets.train, train], [sets.validation, validation], [sets.test, test]] as const) {
    if (ratings === null) {
      expect(errors).toBeNull();
      continue;
    }
    expect(errors!.count).toBe(ratings.count);
    if (!options.implicit) {
      const { rmse, mae } = errorsOf(ratings, found);
      expect(Math.abs(errors!.rmse - rmse)).toBeLessThan(1e-4 * Math.max(rmse, 0.1));
      expect(Math.abs(errors!.mae - mae)).toBeLessThan(1e-4 * Math.max(mae, 0.1));
      continue;
    }
    expect([errors!.rmse, errors!.mae]).toEqual([NaN, NaN]);
    if (ratings === sets.train) continue;
    const { ndcg, recall } = rankingOf(sets.train, ratings, fit.layout, found, 10);
    expect(errors!.ndcg).toBeCloseTo(ndcg, 6);
    expect(errors!.recall).toBeCloseTo(recall, 6);
  }
  for (const table of [found.user, found.item]) expect(table.every(Number.isFinite)).toBe(true);
}

const common = { rank: 6, sweeps: 6, lambda: 0.03, evaluateEvery: 6, seed: 5 };

const explicit: MfInput[] = (['ccd', 'als', 'sgd'] as const).flatMap((algorithm) => [
  { ...common, algorithm },
  { ...common, algorithm, biases: true },
  { ...common, algorithm, biases: true, mean: false, penaltyPer: 'rows' as const, lambda: 0.7, blockMib: SMALL_BLOCKS },
  { ...common, algorithm, mean: false, blockMib: SMALL_BLOCKS },
]);
const bounded: MfInput[] = [
  { ...common, algorithm: 'ccd', nonNegative: true },
  { ...common, algorithm: 'sgd', nonNegative: true, biases: true },
];
const priority: MfInput[] = [
  { ...common, algorithm: 'ccd', schedule: 'priority', biases: true, sweeps: 9 },
  { ...common, algorithm: 'ccd', schedule: 'priority', rank: 1, blockMib: SMALL_BLOCKS },
  { ...common, algorithm: 'ccd', schedule: 'priority', rank: 2 },
];
const implicit: MfInput[] = (['ccd', 'als'] as const).flatMap((algorithm) => [
  { ...common, algorithm, implicit: true },
  { ...common, algorithm, implicit: true, confidence: 3, penaltyPer: 'rows' as const, lambda: 2, blockMib: SMALL_BLOCKS },
]);

describe('the objective and the errors that are reported', () => {
  for (const input of [...explicit, ...bounded, ...priority]) {
    it(`are those of the factors: ${JSON.stringify(input)}`, async () => {
      const sets = rated();
      expectTruth(sets, input, await fitted(sets, input));
    });
  }

  for (const input of [...implicit, { ...implicit[0], nonNegative: true }, { ...implicit[0], schedule: 'priority' as const }, { ...implicit[0], rank: 1 }]) {
    it(`are those of the factors, implicit feedback: ${JSON.stringify(input)}`, async () => {
      const sets = counted();
      expectTruth(sets, input, await fitted(sets, input));
    });
  }

  it('stay those of the factors over many sweeps of coordinate descent, whose residuals are kept', async () => {
    for (const input of [{ ...common, rank: 12, biases: true, sweeps: 60, evaluateEvery: 60 }, { ...common, rank: 12, sweeps: 60, evaluateEvery: 60, schedule: 'priority' as const }]) {
      const sets = rated();
      expectTruth(sets, input, await fitted(sets, input));
    }
  });

  it('are there after every n-th sweep and after the last', async () => {
    const { fit } = await fitted(rated(), { ...common, sweeps: 7, evaluateEvery: 3 });
    expect(fit.history.map(({ sweep }) => sweep)).toEqual([3, 6, 7]);
    expect(fit.best).toBe(fit.history[2]);
    expect([fit.stopped, fit.sweeps]).toEqual(['sweeps', 7]);
  });
});

describe('a training that goes on from other factors', () => {
  const warmly = async (sets: RatingSets, input: MfInput, circumstances: Circumstances = {}) => {
    const first = await fitted(sets, input);
    return { first, next: await fitted(sets, { ...input, sweeps: 1, evaluateEvery: 1 }, { ...circumstances, warm: warmFrom(first) }) };
  };

  for (const input of [explicit[1], explicit[3], explicit[6], explicit[9], implicit[0], implicit[3]]) {
    it(`tells the truth too, and does not start over: ${JSON.stringify(input)}`, async () => {
      const sets = input.implicit ? counted() : rated();
      const { first, next } = await warmly(sets, input);
      expectTruth(sets, { ...input, sweeps: 1 }, next);
      expect(next.fit.best.objective).toBeLessThan(first.fit.best.objective * (input.algorithm === 'sgd' ? 1.02 : 1 + 1e-5));
    });
  }

  it('gives newcomers random factors, as if they had been there', async () => {
    const { train, test } = lowRank(recipe);
    const input = { ...common, biases: true, sweeps: 3, evaluateEvery: 3 };
    const known = setsOf(train.filter(([user, item]) => user < 40 && item < 50));
    const first = await fitted(known, input);
    const all = setsOf([...train.filter(([user, item]) => user < 40 && item < 50), ...train.filter(([user, item]) => !(user < 40 && item < 50))], { test });
    const next = await fitted(all, input, { warm: warmFrom(first) });
    expectTruth(all, input, next);
    const newcomer = all.train.items.indexOf(55) * next.stride;
    expect(next.item.subarray(newcomer, newcomer + 6).some((value) => value !== 0)).toBe(true);
  });

  it('has the same bits at several workers', async () => {
    const sets = rated();
    const input = explicit[1];
    const [one, three] = [(await warmly(sets, input)).next, (await warmly(sets, input, { workers: 3 })).next];
    expect(bitsOf(three)).toEqual(bitsOf(one));
  });
});

describe('users and items without ratings, with one, or with equal ratings', () => {
  const awkward: Record<string, RatingSets> = {
    'one rating in all': setsOf([['a', 'x', 3]]),
    'one rating, and a test of strangers': setsOf([['a', 'x', 3]], { test: [['b', 'y', 1], ['a', 'y', 2], ['b', 'x', 3]] }),
    'equal ratings': setsOf(Array.from({ length: 60 }, (_, p) => [p % 10, Math.floor(p / 10), 4] as const), { test: [[0, 99, 4]] }),
    'one user of many items': setsOf(Array.from({ length: 40 }, (_, item) => ['only', item, (item % 5) + 1] as const)),
    'one item of many users': setsOf(Array.from({ length: 40 }, (_, user) => [user, 'only', (user % 5) + 1] as const)),
    'ratings of 0': setsOf(Array.from({ length: 12 }, (_, p) => [p % 4, Math.floor(p / 4), 0] as const), { test: [[0, 99, 0], [99, 0, 0]] }),
  };
  const ways: MfInput[] = [
    ...(['ccd', 'als', 'sgd'] as const).flatMap((algorithm) => [{ algorithm, rank: 5, sweeps: 3 }, { algorithm, rank: 5, sweeps: 3, biases: true, lambda: 0 }]),
    { algorithm: 'ccd', implicit: true, rank: 5, sweeps: 3 },
    { algorithm: 'als', implicit: true, rank: 5, sweeps: 3, lambda: 0 },
    { algorithm: 'ccd', schedule: 'priority', rank: 5, sweeps: 3, biases: true },
    { algorithm: 'sgd', nonNegative: true, rank: 5, sweeps: 3 },
  ];
  for (const [name, sets] of Object.entries(awkward)) {
    it(`never give NaN: ${name}`, async () => {
      for (const way of name === 'ratings of 0' ? ways.filter(({ implicit }) => !implicit) : ways) {
        const input = { ...way, evaluateEvery: 3, blockMib: SMALL_BLOCKS };
        const found = await fitted(sets, input);
        for (const table of [found.user, found.item]) expect(table.every(Number.isFinite), JSON.stringify(way)).toBe(true);
        expect(Number.isFinite(found.fit.best.objective)).toBe(true);
        if (!way.implicit) for (const errors of [found.fit.best.train, found.fit.best.test]) if (errors) expect(Number.isFinite(errors.rmse + errors.mae)).toBe(true);
      }
    });
  }

  it('leaves strangers of the test set with the mean and the biases', async () => {
    const { train } = lowRank(recipe);
    const sets = setsOf(train, { test: [[999, 0, 4], [0, 999, 2]] });
    for (const algorithm of ['ccd', 'als', 'sgd'] as const) {
      const { user, item, stride } = await fitted(sets, { ...common, algorithm, biases: true, evaluateEvery: 6 });
      const stranger = { user: sets.train.users.indexOf(999), item: sets.train.items.indexOf(999) };
      expect([...user.subarray(stranger.user * stride)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
      expect([...item.subarray(stranger.item * stride)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    }
  });

  it('refuses counts of 0 and less where feedback is implicit', async () => {
    await expect(fitted(setsOf([['u', 'x', 1]], { test: [['u', 'y', 0]] }), { implicit: true, rank: 2 })).rejects.toThrow('user u and item y have 0:');
    await expect(fitted(setsOf([['u', 'x', 1], ['v', 'x', -2]]), { implicit: true, rank: 2 })).rejects.toThrow('user v and item x have -2: implicit feedback counts how often something was chosen, and what is left out was not.');
  });
});
