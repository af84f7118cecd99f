/** When training ends, and which factors are kept. */
import { describe, expect, it } from 'vitest';
import type { SweepReport } from '../../../models/mf/fit.js';
import type { MfInput } from '../../../models/mf/options.js';
import { bitsOf, fitted } from './fits.js';
import { chosen, lowRank, setsOf } from './ratings.js';
import { errorsOf, rankingOf } from './reference.js';

/** More factors than the noise bears: validation gets worse after a few sweeps. */
const recipe = { users: 40, items: 40, rank: 1, density: 0.3, seed: 51, noise: 1.5, shift: 3 };
const { train, validation, test } = lowRank(recipe);
const sets = setsOf(train, { validation, test });
const overfitting: Record<string, MfInput> = {
  ccd: { algorithm: 'ccd', rank: 12, lambda: 0.001, sweeps: 40 },
  als: { algorithm: 'als', rank: 12, lambda: 0.001, sweeps: 40, biases: true, cgSteps: 1 },
  sgd: { algorithm: 'sgd', rank: 8, lambda: 0.001, sweeps: 200, rate: 0.1 },
};
const validated = { validationFraction: 0.1 };

const bestOf = (history: readonly SweepReport[]) => history.reduce((best, report) => (report.validation!.rmse < best.validation!.rmse ? report : best));

describe('early stopping', () => {
  for (const [name, input] of Object.entries(overfitting)) {
    it(`keeps the factors of the best validation: ${name}`, async () => {
      const found = await fitted(sets, { ...input, ...validated, patience: 3 });
      const { fit } = found;
      expect(fit.stopped).toBe('validation');
      expect(fit.best).toBe(bestOf(fit.history));
      expect(fit.sweeps).toBe(fit.best.sweep + 3);
      expect(errorsOf(sets.validation!, found).rmse).toBeCloseTo(fit.best.validation!.rmse, 4);
      expect(errorsOf(sets.test!, found).rmse).toBeCloseTo(fit.best.test!.rmse, 4);
      const straight = await fitted(sets, { ...input, ...validated, sweeps: fit.best.sweep, patience: 1000 });
      expect(bitsOf(found)).toEqual(bitsOf(straight));
    });
  }

  it('has the same bits at several workers', async () => {
    const input = { ...overfitting['sgd'], ...validated, blockMib: 0.0004 };
    expect(bitsOf(await fitted(sets, input, { workers: 3 }))).toEqual(bitsOf(await fitted(sets, input)));
  });

  it('has a patience of 2 unless told, and counts in evaluations', async () => {
    const { fit } = await fitted(sets, { ...overfitting['ccd'], ...validated });
    expect(fit.sweeps).toBe(fit.best.sweep + 2);
    const seldom = (await fitted(sets, { ...overfitting['ccd'], ...validated, evaluateEvery: 3, patience: 1 })).fit;
    expect(seldom.sweeps).toBe(seldom.best.sweep + 3);
    expect(seldom.best).toBe(bestOf(seldom.history));
  });

  it('keeps the best where the sweeps end first, too', async () => {
    const found = await fitted(sets, { ...overfitting['ccd'], ...validated, patience: 100, sweeps: 12 });
    expect(found.fit.stopped).toBe('sweeps');
    expect(found.fit.best.sweep).toBeLessThan(12);
    expect(errorsOf(sets.validation!, found).rmse).toBeCloseTo(found.fit.best.validation!.rmse, 4);
  });

  it('goes by the ranking where feedback is implicit', async () => {
    const counts = chosen({ ...recipe, rank: 2, noise: 0.8 });
    const choices = setsOf(counts.train, { validation: counts.validation, test: counts.test });
    const found = await fitted(choices, { ...validated, implicit: true, algorithm: 'als', rank: 10, lambda: 0.001, sweeps: 30 });
    const { fit } = found;
    expect(fit.best.validation!.ndcg).toBe(Math.max(...fit.history.map(({ validation: judged }) => judged!.ndcg!)));
    const { ndcg, recall } = rankingOf(choices.train, choices.validation!, fit.layout, found, 10);
    expect(fit.best.validation!.ndcg).toBeCloseTo(ndcg, 6);
    expect(fit.best.validation!.recall).toBeCloseTo(recall, 6);
  });
});

describe('a training', () => {
  it('ends when a sweep lowers the objective by less than told', async () => {
    for (const algorithm of ['ccd', 'als'] as const) {
      const { fit } = await fitted(setsOf(train, { test }), { algorithm, rank: 3, lambda: 0.1, sweeps: 200, tol: 0.003 });
      const falls = fit.history.slice(1).map(({ objective }, at) => 1 - objective / fit.history[at].objective);
      expect(fit.stopped).toBe('converged');
      expect(falls.slice(0, -1).every((fall) => fall >= 0.003)).toBe(true);
      expect(falls.at(-1)).toBeLessThan(0.003);
      expect(fit.best).toBe(fit.history.at(-1));
    }
  });

  it('can be ended after the sweep in hand', async () => {
    let asked = 0;
    const unjudged = setsOf(train, { test });
    const found = await fitted(unjudged, { rank: 3, sweeps: 50, evaluateEvery: 10 }, { observer: { shouldStop: () => ++asked === 4 } });
    expect([found.fit.stopped, found.fit.sweeps, found.fit.history.map(({ sweep }) => sweep)]).toEqual(['interrupted', 4, [4]]);
    expect(bitsOf(found)).toEqual(bitsOf(await fitted(unjudged, { rank: 3, sweeps: 4 })));
  });

  it('that is ended early has the factors of the best validation, be it the last', async () => {
    const input = { ...overfitting['sgd'], ...validated, sweeps: 40, patience: 3 };
    const best = (await fitted(sets, input)).fit.best.sweep;
    expect(best).toBeGreaterThan(2);
    for (const last of [best, best + 2]) {
      const found = await fitted(sets, input, { observer: { shouldStop: stopAfter(last) } });
      expect([found.fit.stopped, found.fit.sweeps, found.fit.best.sweep]).toEqual(['interrupted', last, best]);
      expect(errorsOf(sets.validation!, found).rmse).toBeCloseTo(found.fit.best.validation!.rmse, 4);
    }
  });

  it('tells its observer of every sweep that was judged', async () => {
    const told: SweepReport[] = [];
    const { fit } = await fitted(sets, { rank: 3, sweeps: 5, evaluateEvery: 2 }, { observer: { swept: (report) => told.push(report) } });
    expect(told).toEqual(fit.history);
    for (const { seconds, wallSeconds, ratingsPerSecond, sweep } of told) {
      expect(wallSeconds).toBeGreaterThanOrEqual(seconds);
      expect(ratingsPerSecond).toBeCloseTo((sets.train.count * sweep) / seconds, 6);
    }
  });

  it('says so when its steps diverge', async () => {
    const large = setsOf(train.map(([user, item, value]) => [user, item, 1e15 * value] as const));
    await expect(fitted(large, { algorithm: 'sgd', rank: 3, rate: 1, sweeps: 20 })).rejects.toThrow(/the objective left the range of numbers in sweep \d+: lower the rate, or scale the ratings down/);
  });
});

function stopAfter(sweeps: number): () => boolean {
  let asked = 0;
  return () => ++asked === sweeps;
}
