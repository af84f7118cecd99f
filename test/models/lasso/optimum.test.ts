/** Whatever the schedule, storage and conventions: one optimum, and certificates that never promise too much. */
import { describe, expect, it } from 'vitest';
import { Lasso, type LassoInput, type LassoProgress } from '../../../models/index.js';
import type { MatrixInput } from '../../../src/data/in-memory.js';
import { CONVENTIONS, STORAGES, titleOf } from './lasso-cluster.js';
import { alphaMaxOf, asDense, judge, problemOf, scaled, solve, transform, type Conventions, type Problem } from './problems.js';

const TOLERANCE = 1e-7;

/** Fits and holds the model, and every certificate on the way, against the float64 optimum. */
async function expectOptimum(input: MatrixInput, problem: Problem, conventions: Conventions, options: LassoInput, ratio = 0.1) {
  const transformed = transform(problem, conventions);
  const alpha = ratio * alphaMaxOf(transformed);
  const best = judge(transformed, solve(transformed, alpha), alpha);
  const seen: LassoProgress[] = [];
  const { model } = await new Lasso({ tol: TOLERANCE, ...conventions, ...options, alpha }).fit(input, problem.y, { progress: (progress) => seen.push(progress) });
  const own = judge(transformed, scaled(transformed, model.coefficients), alpha);
  const rounding = 1e-11 * best.scale;
  for (const { objective, dual, relativeGap } of seen) {
    expect(objective).toBeGreaterThanOrEqual(best.objective - rounding);
    expect(dual).toBeLessThanOrEqual(best.objective + rounding);
    expect(relativeGap).toBeGreaterThanOrEqual((objective - best.objective - rounding) / best.scale);
  }
  expect(model.summary).toMatchObject({ stopped: 'converged', alpha, samples: problem.rows, columns: problem.columns });
  expect(model.summary.relativeGap).toBeLessThanOrEqual(options.tol ?? TOLERANCE);
  expect(Math.abs(model.summary.objective - own.objective)).toBeLessThan(rounding);
  expect(own.objective - best.objective).toBeLessThanOrEqual((options.tol ?? TOLERANCE) * best.scale + rounding);
  const intercept = transformed.targetMean - model.coefficients.reduce((sum, value, j) => sum + value * transformed.means[j], 0);
  expect(Math.abs(model.intercept - intercept)).toBeLessThan(1e-10 * Math.max(1, Math.abs(intercept)));
  return model;
}

const problem = problemOf({ rows: 61, columns: 23, seed: 7, density: 0.6 });
const awkward = problemOf({ rows: 40, columns: 17, seed: 8, awkward: true });
const wide = problemOf({ rows: 25, columns: 140, seed: 9, density: 0.5 });
const far = problemOf({ rows: 50, columns: 12, seed: 10, shift: 30 });

describe('the optimum', () => {
  for (const conventions of CONVENTIONS) {
    for (const [storage, as] of STORAGES) {
      it(`is reached: ${storage}, ${titleOf(conventions)}`, async () => {
        for (const [schedule, block] of [['working-set', 64], ['round-robin', 5], ['random', 6]] as const) {
          await expectOptimum(as(problem), problem, conventions, { schedule, block });
          await expectOptimum(as(awkward), awkward, conventions, { schedule, block });
        }
      });
    }
  }

  for (const schedule of ['working-set', 'round-robin', 'random'] as const) {
    for (const coupling of ['exact', 'independent'] as const) {
      for (const pipeline of [0, 1, 3]) {
        it(`is reached: ${schedule}, ${coupling}, pipeline ${pipeline}`, async () => {
          await expectOptimum(asDense(problem), problem, { intercept: true, standardize: true }, { schedule, coupling, pipeline, block: 3, seed: 5 });
        });
      }
    }
  }

  for (const [storage, as] of STORAGES) {
    it(`is reached where there are more columns than rows and than a working set has: ${storage}`, async () => {
      for (const ratio of [0.5, 0.1, 0.01]) await expectOptimum(as(wide), wide, { intercept: true, standardize: true }, {}, ratio);
    });

    it(`is reached to 1e-12: ${storage}`, async () => {
      await expectOptimum(as(problem), problem, { intercept: true, standardize: true }, { tol: 1e-12 });
    });

    it(`is reached where the columns lie far from 0: ${storage}`, async () => {
      for (const conventions of CONVENTIONS) await expectOptimum(as(far), far, conventions, {});
    });
  }

  it('gives dense and sparse X the same coefficients', async () => {
    for (const conventions of CONVENTIONS) {
      const [dense, sparse] = await Promise.all(STORAGES.map(([, as]) => expectOptimum(as(problem), problem, conventions, { tol: 1e-12 })));
      dense.coefficients.forEach((value, j) => expect(Math.abs(sparse.coefficients[j] - value)).toBeLessThan(1e-6));
      expect(sparse.intercept).toBeCloseTo(dense.intercept, 5);
    }
  });

  it('is approached the same way from dense and sparse X, round by round, before any certificate sets things right', async () => {
    const shifted = problemOf({ rows: 50, columns: 12, seed: 11, shift: 3 });
    for (const [coupling, pipeline] of [['exact', 0], ['exact', 2], ['independent', 0]] as const) {
      const options = { alphaRatio: 0.01, schedule: 'round-robin', block: 2, standardize: true, maxRounds: 6, coupling, pipeline } as const;
      const [dense, sparse] = await Promise.all(STORAGES.map(([, as]) => new Lasso(options).fit(as(shifted), shifted.y)));
      dense.coefficients.forEach((value, j) => expect(Math.abs(sparse.coefficients[j] - value)).toBeLessThan(1e-4 * Math.max(...dense.coefficients.map(Math.abs))));
      expect(dense.model.summary).toMatchObject({ stopped: 'round-limit', rounds: 6 });
    }
  });

  it('leaves constant columns out', async () => {
    for (const [, as] of STORAGES) {
      const { coefficients } = await expectOptimum(as(awkward), awkward, { intercept: true, standardize: true }, {});
      expect([coefficients[3], coefficients[4]]).toEqual([0, 0]);
    }
  });
});
