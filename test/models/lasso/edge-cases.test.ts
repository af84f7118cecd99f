import { describe, expect, it } from 'vitest';
import { Lasso, type LassoInput } from '../../../models/index.js';
import type { MatrixInput } from '../../../src/data/in-memory.js';
import { CONVENTIONS, STORAGES, titleOf } from './lasso-cluster.js';
import { alphaMaxOf, asDense, asSparse, judge, problemOf, scaled, solve, transform, type Problem } from './problems.js';

/** A fit and the sentences it gave the user. */
async function fit(X: MatrixInput, y: ArrayLike<number>, options: LassoInput, shouldStop?: () => boolean) {
  const notices: string[] = [];
  const { model } = await new Lasso(options).fit(X, y, { notice: (sentence) => notices.push(sentence), ...(shouldStop ? { shouldStop } : {}) });
  return { model, notices };
}

describe('the zero model', () => {
  const problem = problemOf({ rows: 30, columns: 9, seed: 41 });
  const alphaMax = alphaMaxOf(transform(problem, { intercept: true, standardize: false }));

  it.each([
    ['alpha above alpha_max', { alpha: 1.001 * alphaMax }],
    ['an alpha ratio of 1', { alphaRatio: 1 }],
    ['an alpha ratio above 1', { alphaRatio: 7 }],
  ])('comes of %s, with a notice', async (_what, options) => {
    for (const [, as] of STORAGES) {
      const { model, notices } = await fit(as(problem), problem.y, options);
      expect(model.coefficients).toEqual(new Float64Array(9));
      expect(model.summary).toMatchObject({ stopped: 'zero-model', rounds: 0, nonzeros: 0 });
      expect(model.summary.relativeGap).toBeLessThan(1e-12);
      expect(notices).toEqual([expect.stringMatching(/^alpha .* is at or above alpha_max .*: every coefficient is 0; choose a smaller --alpha/)]);
    }
  });

  it('does not come just below alpha_max', async () => {
    const { model, notices } = await fit(asDense(problem), problem.y, { alpha: 0.999 * alphaMax, tol: 1e-10 });
    expect(model.summary).toMatchObject({ stopped: 'converged', nonzeros: 1 });
    expect(notices).toEqual([]);
  });

  for (const [what, value, rows] of [['whole', 5, 30], ['rounded', 0.1, 3], ['rounded', 0.1, 30], ['large', 1e9 / 7, 30]] as const) {
    it(`comes of a constant target, with a notice: ${what}, ${rows} rows`, async () => {
      const { x, columns } = problemOf({ rows, columns: 9, seed: 42 });
      for (const options of [{ alpha: 1e-3 }, { alphaRatio: 0.1 }]) {
        const { model, notices } = await fit({ rows, columns, values: x }, new Array<number>(rows).fill(value), options);
        expect(model.coefficients).toEqual(new Float64Array(9));
        expect(model.intercept).toBeCloseTo(value, 6);
        expect(model.summary).toMatchObject({ stopped: 'zero-model', relativeGap: 0 });
        expect(notices).toEqual([expect.stringMatching(/^the target is constant: every coefficient is 0/)]);
      }
    });
  }

  it('comes of a target of zeros without an intercept', async () => {
    const { model } = await fit(asDense(problem), new Float64Array(30), { alphaRatio: 0.1, intercept: false });
    expect(model.summary).toMatchObject({ stopped: 'zero-model', objective: 0, relativeGap: 0 });
  });

  it('comes of columns that are all constant', async () => {
    const { model } = await fit([[1, 2], [1, 2], [1, 2]], [1, 2, 3], { alpha: 0.1 });
    expect(model.summary).toMatchObject({ stopped: 'zero-model', relativeGap: 0 });
  });

  it('comes of a matrix without entries', async () => {
    const { model } = await fit({ rows: 6, columns: 4, rowIds: [], columnIds: [], values: [] }, [1, 2, 3, 4, 5, 6], { alpha: 0.1 });
    expect(model.coefficients).toEqual(new Float64Array(4));
    expect(model.intercept).toBe(3.5);
  });
});

describe('small data', () => {
  const shapes: [string, Problem][] = [
    ['1 row', problemOf({ rows: 1, columns: 3, seed: 51 })],
    ['2 rows', problemOf({ rows: 2, columns: 5, seed: 52 })],
    ['3 rows', problemOf({ rows: 3, columns: 5, seed: 53 })],
    ['4 rows', problemOf({ rows: 4, columns: 2, seed: 54 })],
    ['1 column', problemOf({ rows: 17, columns: 1, seed: 55 })],
    ['rows without entries', problemOf({ rows: 12, columns: 4, seed: 56, density: 0.15 })],
  ];
  for (const [title, problem] of shapes) {
    for (const conventions of CONVENTIONS) {
      it(`is solved: ${title}, ${titleOf(conventions)}`, async () => {
        const transformed = transform(problem, conventions);
        const alpha = 0.1 * alphaMaxOf(transformed) || 0.1;
        const best = judge(transformed, solve(transformed, alpha), alpha).objective;
        for (const [, as] of STORAGES) {
          for (const schedule of ['working-set', 'round-robin', 'random'] as const) {
            const { model } = await fit(as(problem), problem.y, { ...conventions, schedule, alpha, tol: 1e-8 });
            expect(judge(transformed, scaled(transformed, model.coefficients), alpha).objective).toBeLessThanOrEqual(best * (1 + 1e-7) + 1e-12);
          }
        }
      });
    }
  }

  for (const schedule of ['round-robin', 'random'] as const) {
    for (const columns of [1, 2, 3]) {
      it(`is solved with fewer columns than rounds in flight: ${schedule}, ${columns} column(s), pipeline 3`, async () => {
        const problem = problemOf({ rows: 20, columns, seed: 60 + columns });
        const transformed = transform(problem, { intercept: true, standardize: true });
        const alpha = 0.1 * alphaMaxOf(transformed);
        const best = judge(transformed, solve(transformed, alpha), alpha).objective;
        for (const coupling of ['exact', 'independent'] as const) {
          const { model } = await fit(asDense(problem), problem.y, { standardize: true, schedule, coupling, pipeline: 3, alpha });
          expect(model.summary.stopped).toBe('converged');
          expect(model.summary.objective).toBeLessThanOrEqual(best * (1 + 1e-5));
        }
      });
    }
  }
});

describe('a run that does not get there', () => {
  const problem = problemOf({ rows: 60, columns: 40, seed: 71 });

  it('says so at the round limit', async () => {
    const { model, notices } = await fit(asDense(problem), problem.y, { alphaRatio: 0.001, schedule: 'round-robin', block: 2, maxRounds: 7 });
    expect(model.summary).toMatchObject({ stopped: 'round-limit', rounds: 7 });
    expect(model.summary.relativeGap).toBeGreaterThan(1e-6);
    expect(notices).toEqual([expect.stringMatching(/^stopped at --max-rounds 7 with a relative gap of .*, above --tol 0\.000001: the model is not at its optimum/)]);
  });

  it('stops when it is interrupted, certified as far as it got', async () => {
    let asked = 0;
    const { model } = await fit(asDense(problem), problem.y, { alphaRatio: 0.001, schedule: 'round-robin', block: 2, pipeline: 2 }, () => ++asked > 5);
    expect(model.summary).toMatchObject({ stopped: 'interrupted', rounds: 5 });
    const transformed = transform(problem, { intercept: true, standardize: false });
    const own = judge(transformed, scaled(transformed, model.coefficients), model.summary.alpha);
    expect(model.summary.objective).toBeCloseTo(own.objective, 10);
    expect(model.summary.relativeGap).toBeLessThanOrEqual(own.relativeGap + 1e-12);
  });

  it('ends with an error when independent updates of dependent columns diverge', async () => {
    const alike = problemOf({ rows: 50, columns: 32, seed: 72, ownPart: 0.01 });
    for (const as of [asDense, asSparse]) {
      const diverging = new Lasso({ alphaRatio: 0.01, schedule: 'round-robin', block: 32, coupling: 'independent' }).fit(as(alike), alike.y);
      await expect(diverging).rejects.toMatchObject({ name: 'DivergenceError' });
      await expect(diverging).rejects.toThrow(/the objective rose from .* to .*: variables updated together depend on each other too much; use --coupling exact, a smaller --block, or --pipeline 0/);
    }
  });

  it('converges on the same columns with exact coupling', async () => {
    const alike = problemOf({ rows: 50, columns: 32, seed: 72, ownPart: 0.01 });
    const { model } = await fit(asDense(alike), alike.y, { alphaRatio: 0.01, schedule: 'round-robin', block: 32 });
    expect(model.summary.stopped).toBe('converged');
  });
});
