import { describe, expect, it } from 'vitest';
import { alphaMaxOf } from '../../../models/lasso/row-cut/gradient.js';
import { openRows } from '../../../models/lasso/row-cut/row-problem.js';
import { samplesOf } from '../../../models/lasso/samples.js';
import { matrixFrom, type MatrixInput } from '../../../src/data/in-memory.js';
import { CONVENTIONS, lassoPenalty, STORAGES, titleOf, withCluster } from './lasso-cluster.js';
import { gradientOf, judge, problemOf, residualOf, solve, transform, type Conventions, type Recipe, type Transformed } from './problems.js';

const SHARDS = 5;

/** Certifies `beta` as a run does, without a run. */
async function certified(input: MatrixInput, problem: Transformed, { intercept, standardize }: Conventions, beta: Float64Array, alpha: number) {
  const matrix = matrixFrom(input);
  return withCluster({ workers: 2, shards: SHARDS }, async (cluster) => {
    const center = intercept || standardize;
    const samples = samplesOf(problem.y, { weights: null, folds: null, center });
    const [row] = await openRows(cluster, matrix, samples, { center, standardize, block: 16, penalty: lassoPenalty(alpha) });
    beta.forEach((value, j) => row.state.setBeta(j, value));
    const gradient = await row.refreshGradient();
    return { state: row.state, gradient, certificate: row.certify(gradient) };
  });
}

const closeTo = (actual: number, expected: number, unit: number) => expect(Math.abs(actual - expected) / unit).toBeLessThan(1e-12);

const recipes: [string, Recipe][] = [
  ['random columns', { rows: 47, columns: 30, seed: 1, density: 0.4 }],
  ['duplicate, opposite, constant and empty columns', { rows: 23, columns: 12, seed: 2, awkward: true }],
  ['columns far from 0', { rows: 40, columns: 9, seed: 3, shift: 1000 }],
  ['fewer rows than shards', { rows: 3, columns: 7, seed: 4 }],
];

describe('a certificate', () => {
  for (const [title, recipe] of recipes) {
    for (const conventions of CONVENTIONS) {
      for (const [storage, as] of STORAGES) {
        it(`agrees with float64 from X, y and β: ${title}, ${storage}, ${titleOf(conventions)}`, async () => {
          const problem = problemOf(recipe);
          const transformed = transform(problem, conventions);
          const beta = Float64Array.from({ length: recipe.columns }, (_, j) => (j % 2 === 0 && transformed.x[j].some((value) => value !== 0) ? 0.3 - (j % 3) / 7 : 0));
          const expected = gradientOf(transformed, beta);
          const unit = Math.max(...expected.map(Math.abs));
          for (const alpha of [unit / 10, unit * 2]) {
            const { state, gradient, certificate } = await certified(as(problem), transformed, conventions, beta, alpha);
            const oracle = judge(transformed, beta, alpha);
            const residual = residualOf(transformed, beta);
            gradient.values.forEach((value, j) => closeTo(value, expected[j], unit * (1 + (recipe.shift ?? 0))));
            closeTo(alphaMaxOf(state.penalty, gradient), unit, unit * (1 + (recipe.shift ?? 0)));
            closeTo(gradient.residualSquares, residual.reduce((sum, r) => sum + r * r, 0), gradient.residualSquares);
            transformed.means.forEach((value, j) => closeTo(state.scaling.means[j], value, Math.max(1, Math.abs(value))));
            transformed.scales.forEach((value, j) => closeTo(state.scaling.scales[j], value, value));
            closeTo(certificate.objective, oracle.objective, oracle.objective);
            closeTo(certificate.dual, Math.max(0, oracle.dual), oracle.objective * (1 + (recipe.shift ?? 0)));
            closeTo(certificate.relativeGap, (oracle.objective - Math.max(0, oracle.dual)) / oracle.scale, (oracle.objective / oracle.scale) * (1 + (recipe.shift ?? 0)));
            expect(certificate.nonzeros).toBe(beta.filter((value) => value !== 0).length);
          }
        });
      }
    }
  }

  it('is tight at the optimum', async () => {
    const conventions = { intercept: true, standardize: true };
    const problem = problemOf(recipes[0][1]);
    const transformed = transform(problem, conventions);
    const beta = solve(transformed, 0.1);
    for (const [, as] of STORAGES) {
      const { certificate } = await certified(as(problem), transformed, conventions, beta, 0.1);
      expect(certificate.relativeGap).toBeGreaterThanOrEqual(0);
      expect(certificate.relativeGap).toBeLessThan(1e-12);
    }
  });
});
