/** What the algorithms compute, held against the same in float64: visits, solves, walks, and the optimum they lead to. */
import { describe, expect, it } from 'vitest';
import type { RatingSets } from '../../../models/mf/distribute.js';
import { mfOptionsSchema, type MfInput } from '../../../models/mf/options.js';
import { fitted, warmFrom, type Fitted } from './fits.js';
import { chosen, lowRank, setsOf } from './ratings.js';
import { descend, initialTables, objectiveOf, problemOf, solveSide, sweepOfRanks, tablesOf, type Problem, type Tables } from './reference.js';

const recipe = { users: 40, items: 35, rank: 2, density: 0.4, seed: 23, noise: 0.4, shift: 3, skewed: true };
const rated = setsOf(lowRank(recipe).train);
const counted = setsOf(chosen(recipe).train);
const setsFor = ({ implicit }: MfInput): RatingSets => (implicit ? counted : rated);

const SMALL_BLOCKS = 0.0004;

interface Expected {
  readonly problem: Problem;
  readonly tables: Tables;
}

/** The problem of a training and the factors that it starts from. */
function startOf(sets: RatingSets, input: MfInput, { fit: { layout, mean } }: Fitted): Expected {
  const options = mfOptionsSchema.parse(input);
  return { problem: problemOf(sets.train, layout.shape, mean, options), tables: initialTables(layout, options) };
}

function expectNear(found: Fitted, tables: Tables, tolerance: number): void {
  for (const side of ['user', 'item'] as const) {
    const worst = found[side].reduce((most, value, at) => Math.max(most, Math.abs(value - tables[side][at])), 0);
    expect(worst, side).toBeLessThan(tolerance);
  }
}

const forms: MfInput[] = [
  { rank: 5 },
  { rank: 5, biases: true },
  { rank: 5, biases: true, mean: false, penaltyPer: 'rows', lambda: 0.8, blockMib: SMALL_BLOCKS },
  { rank: 4, implicit: true, confidence: 2 },
  { rank: 4, implicit: true, penaltyPer: 'rows', lambda: 1, blockMib: SMALL_BLOCKS },
];

describe('a sweep of coordinate descent', () => {
  for (const form of [...forms, { rank: 5, nonNegative: true }, { rank: 3, nonNegative: true, biases: true }, { rank: 4, nonNegative: true, implicit: true }]) {
    it(`takes the steps of CCD++ one after another: ${JSON.stringify(form)}`, async () => {
      const input = { ...form, algorithm: 'ccd' as const, sweeps: 2 };
      const sets = setsFor(form);
      const found = await fitted(sets, input);
      const { problem, tables } = startOf(sets, input, found);
      for (let sweep = 0; sweep < 2; sweep++) sweepOfRanks(problem, tables);
      expectNear(found, tables, 1e-4);
    });
  }
});

describe('a sweep of alternating least squares', () => {
  for (const form of forms) {
    it(`solves both sides' normal equations, where there are steps enough: ${JSON.stringify(form)}`, async () => {
      const input = { ...form, algorithm: 'als' as const, sweeps: 1, cgSteps: 25 };
      const sets = setsFor(form);
      const found = await fitted(sets, input);
      const { problem, tables } = startOf(sets, input, found);
      solveSide(problem, tables, 'user');
      solveSide(problem, tables, 'item');
      expectNear(found, tables, 2e-3);
    });
  }
});

describe('rows that are cut because they are long', () => {
  const rating = (long: number, short: number) => 1 + ((long * 7 + short * 3 + ((long * short) % 11)) % 5);
  const triples = (longRows: number) => Array.from({ length: longRows * 3 }, (_, p) => [Math.floor(p / 3), p % 3] as const).filter(([long, short]) => short === 0 || (long + short) % 3 > 0);
  const tall = setsOf(triples(9500).map(([user, item]) => [user, item, rating(user, item)] as const));
  const wide = setsOf(triples(9500).map(([item, user]) => [user, item, rating(item, user)] as const));
  for (const [name, sets] of [['items of thousands of users', tall], ['users of thousands of items', wide]] as const) {
    for (const form of [{ rank: 2, biases: true }, { rank: 2, implicit: true }]) {
      it(`are stepped along and solved whole: ${name}, ${JSON.stringify(form)}`, async () => {
        for (const algorithm of ['ccd', 'als'] as const) {
          const input = { ...form, algorithm, sweeps: 1, ...(algorithm === 'als' ? { cgSteps: 8 } : {}) };
          const found = await fitted(sets, input);
          const { problem, tables } = startOf(sets, input, found);
          if (algorithm === 'ccd') sweepOfRanks(problem, tables);
          else for (const side of ['user', 'item'] as const) solveSide(problem, tables, side);
          expectNear(found, tables, 2e-3);
          expect(Math.abs(found.fit.best.objective / objectiveOf(problem, tablesOf(found)) - 1)).toBeLessThan(1e-4);
        }
      });
    }
  }
});

describe('a sweep of gradient descent', () => {
  for (const form of [...forms.slice(0, 3), { rank: 6, nonNegative: true }, { rank: 6, biases: true, nonNegative: true, blockMib: SMALL_BLOCKS }]) {
    it(`walks the strata of sub-cells in the order of the rotation: ${JSON.stringify(form)}`, async () => {
      const input = { ...form, algorithm: 'sgd' as const, sweeps: 3, rate: 0.08 };
      const found = await fitted(rated, input);
      const options = mfOptionsSchema.parse(input);
      const { layout } = found.fit;
      const tables = initialTables(layout, options);
      const states = { user: new Float64Array(2 * rated.train.users.count).fill(1), item: new Float64Array(2 * rated.train.items.count).fill(1) };
      for (let sweep = 0; sweep < 3; sweep++) descend(rated.train, layout, tables, states, options);
      expectNear(found, tables, 1e-5);
    });
  }
});

describe('the objective', () => {
  for (const algorithm of ['ccd', 'als'] as const) {
    for (const form of forms) {
      it(`never rises: ${algorithm}, ${JSON.stringify(form)}`, async () => {
        const { fit } = await fitted(setsFor(form), { ...form, algorithm, sweeps: 25 });
        for (const [at, { objective }] of fit.history.entries()) if (at > 0) expect(objective).toBeLessThanOrEqual(fit.history[at - 1].objective * (1 + 1e-6));
      });
    }
  }

  for (const form of [{ rank: 4, biases: true, lambda: 0.05 }, { rank: 4, lambda: 0.05 }, { rank: 2, implicit: true, lambda: 0.05 }]) {
    it(`ends where exact alternation in float64 ends, whichever algorithm: ${JSON.stringify(form)}`, async () => {
      const sets = setsFor(form);
      const first = await fitted(sets, { ...form, algorithm: 'als', sweeps: 2 });
      const { problem, tables } = startOf(sets, { ...form, algorithm: 'als' }, first);
      let [before, optimum] = [Infinity, objectiveOf(problem, tables)];
      for (let turn = 0; turn < 1500 && before - optimum > 1e-9 * optimum; turn++) {
        solveSide(problem, tables, 'user');
        solveSide(problem, tables, 'item');
        [before, optimum] = [optimum, objectiveOf(problem, tables)];
      }
      for (const algorithm of ['ccd', 'als'] as const) {
        const { fit } = await fitted(sets, { ...form, algorithm, sweeps: 400, tol: 1e-8, evaluateEvery: 4 });
        expect(Math.abs(fit.best.objective / optimum - 1), algorithm).toBeLessThan(1e-4);
      }
    });
  }

  it('falls faster the more steps each solve has', async () => {
    const [one, ten] = [await fitted(rated, { rank: 5, algorithm: 'als', sweeps: 3, cgSteps: 1 }), await fitted(rated, { rank: 5, algorithm: 'als', sweeps: 3, cgSteps: 10 })];
    expect(ten.fit.best.objective).toBeLessThan(one.fit.best.objective);
  });

  it('falls as well by visits in the order of their priority', async () => {
    const input: MfInput = { rank: 8, algorithm: 'ccd', sweeps: 12, biases: true };
    const [cyclic, priority] = [await fitted(rated, input), await fitted(rated, { ...input, schedule: 'priority' })];
    expect(priority.fit.history[0].objective).toBe(cyclic.fit.history[0].objective);
    expect(priority.fit.best.objective).toBeLessThan(cyclic.fit.best.objective * 1.02);
    for (const [at, { objective }] of priority.fit.history.entries()) if (at > 0) expect(objective).toBeLessThanOrEqual(priority.fit.history[at - 1].objective * (1 + 1e-6));
  });
});

describe('factors that are at the optimum', () => {
  it('stay there', async () => {
    const input: MfInput = { rank: 4, biases: true, lambda: 0.05, algorithm: 'als', sweeps: 300, tol: 1e-9 };
    const optimum = await fitted(rated, input);
    for (const algorithm of ['ccd', 'als'] as const) {
      const next = await fitted(rated, { ...input, algorithm, sweeps: 1 }, { warm: warmFrom(optimum) });
      expect(Math.abs(next.fit.best.objective / optimum.fit.best.objective - 1)).toBeLessThan(1e-5);
      expectNear(next, tablesOf(optimum), 2e-2);
    }
  });
});
