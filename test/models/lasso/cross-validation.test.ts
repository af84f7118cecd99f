/** Cross-validation along a path equals the one made by hand: separate fits on the rows that remain, judged on those left out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealFolds } from '../../../models/lasso/folds.js';
import type { LassoPathInput } from '../../../models/lasso/options.js';
import type { CrossValidation } from '../../../models/lasso/path.js';
import { STORAGES } from './lasso-cluster.js';
import { fitAlone, fitPath, type GivenData } from './path-fits.js';
import { CUTS } from './problem-path.js';
import { problemOf, type Problem } from './problems.js';

const ROWS = 41;
const COLUMNS = 9;
const FOLDS = 4;
const SEED = 11;
const problem = problemOf({ rows: ROWS, columns: COLUMNS, seed: 81, density: 0.7, shift: 1 });
const featureWeights = Float64Array.from({ length: COLUMNS }, (_, j) => [1, 0, 2][j % 3]);
const sampleWeights = Float64Array.from({ length: ROWS }, (_, i) => ((i * 3) % 4) + 0.25);
const EXACT = 1e-12;

type As = (typeof STORAGES)[number][1];

function rowsWhere(isMember: (row: number) => boolean): Problem & { readonly at: number[] } {
  const at = [...problem.y.keys()].filter(isMember);
  return { at, rows: at.length, columns: COLUMNS, x: Float64Array.from(at.flatMap((i) => [...problem.x.subarray(i * COLUMNS, (i + 1) * COLUMNS)])), y: Float64Array.from(at, (i) => problem.y[i]) };
}

/** The errors of the folds at every α, and what each fold counts. */
async function byHand(as: As, weights: Float64Array | null, alphas: readonly number[], options: LassoPathInput): Promise<{ errors: number[][]; counts: number[] }> {
  const { of } = dealFolds(ROWS, FOLDS, SEED);
  const errors: number[][] = [];
  const counts: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const training = rowsWhere((row) => of[row] !== fold);
    const heldOut = rowsWhere((row) => of[row] === fold);
    const data: GivenData = { input: as(training), target: training.y, featureWeights, sampleWeights: weights && Float64Array.from(training.at, (i) => weights[i]) };
    const weightOf = (row: number) => weights?.[heldOut.at[row]] ?? 1;
    const count = heldOut.at.reduce((sum, _, row) => sum + weightOf(row), 0);
    const ofFold: number[] = [];
    for (const alpha of alphas) {
      const { coefficients, intercept } = await fitAlone(data, { ...options, alpha, tol: EXACT });
      const squares = heldOut.at.map((_, row) => (heldOut.y[row] - coefficients.reduce((sum, b, j) => sum + b * heldOut.x[row * COLUMNS + j], intercept)) ** 2);
      ofFold.push(squares.reduce((sum, square, row) => sum + weightOf(row) * square, 0) / count);
    }
    errors.push(ofFold);
    counts.push(count);
  }
  return { errors, counts };
}

/** glmnet: cvm is the weighted mean of the folds, cvsd the root of their weighted variance over K - 1. */
function glmnet({ errors, counts }: { errors: number[][]; counts: number[] }, alpha: number): { mean: number; standardError: number } {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = counts.reduce((sum, count, fold) => sum + (count / total) * errors[fold][alpha], 0);
  const variance = counts.reduce((sum, count, fold) => sum + (count / total) * (errors[fold][alpha] - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(variance / (FOLDS - 1)) };
}

function expectIndices({ errors, standardErrors, best, simplest }: CrossValidation): void {
  expect(errors[best]).toBe(Math.min(...errors));
  const bound = errors[best] + standardErrors[best];
  expect(simplest).toBeLessThanOrEqual(best);
  expect(errors[simplest]).toBeLessThanOrEqual(bound);
  for (const error of errors.slice(0, simplest)) expect(error).toBeGreaterThan(bound);
}

describe.each(CUTS)('cross-validation on %s', (cut) => {
  for (const [storage, as] of STORAGES) {
    for (const [name, weights] of [['rows that count alike', null], ['sample weights', sampleWeights]] as const) {
      it(`equals the one made by hand: ${storage}, ${name}`, async () => {
        const options: LassoPathInput = { l1Ratio: 0.8, standardize: true, cut };
        const { points, crossValidation, chosen } = await fitPath({ input: as(problem), target: problem.y, featureWeights, sampleWeights: weights }, { ...options, path: 5, cv: FOLDS, seed: SEED, tol: EXACT });
        const folds = await byHand(as, weights, points.map(({ alpha }) => alpha), options);
        expect(crossValidation!.folds).toBe(FOLDS);
        for (const [k, error] of crossValidation!.errors.entries()) {
          const { mean, standardError } = glmnet(folds, k);
          expect(Math.abs(error / mean - 1)).toBeLessThan(1e-7);
          expect(Math.abs(crossValidation!.standardErrors[k] / standardError - 1)).toBeLessThan(1e-6);
        }
        expectIndices(crossValidation!);
        expect(chosen).toBe(crossValidation!.best);
      });
    }
  }

  it('has the same solutions along the path as without it', async () => {
    const data = { input: STORAGES[0][1](problem), target: problem.y };
    const [plain, validated] = await Promise.all([{}, { cv: 3 }].map((extra) => fitPath(data, { path: 4, tol: EXACT, cut, ...extra })));
    plain.points.forEach(({ objective, alpha }, k) => {
      expect(validated.points[k].alpha / alpha).toBeCloseTo(1, 12);
      expect(validated.points[k].objective / objective).toBeCloseTo(1, 10);
    });
  });

  it('leaves single rows out where there are as many folds as rows', async () => {
    const { crossValidation } = await fitPath({ input: STORAGES[0][1](problem), target: problem.y }, { path: 3, cv: ROWS, cut });
    expect(crossValidation!.folds).toBe(ROWS);
    expectIndices(crossValidation!);
  });

  it('finds noise to be noise: of columns that have nothing to say, few or none predict best', async () => {
    const noise = problemOf({ rows: 60, columns: 10, seed: 5 });
    const target = problemOf({ rows: 60, columns: 1, seed: 99 }).x;
    const { crossValidation } = await fitPath({ input: STORAGES[0][1](noise), target }, { path: 10, cv: 5, cut });
    expect(crossValidation!.simplest).toBe(0);
  });
});

describe('folds', () => {
  const rowsAndFolds = fc.integer({ min: 2, max: 400 }).chain((rows) => fc.tuple(fc.constant(rows), fc.integer({ min: 2, max: rows }), fc.nat(2 ** 32 - 1)));

  it('have sizes that differ by one at most, and every row is in one', () => {
    fc.assert(
      fc.property(rowsAndFolds, ([rows, count, seed]) => {
        const { of } = dealFolds(rows, count, seed);
        const sizes = new Array<number>(count).fill(0);
        for (const fold of of) sizes[fold]++;
        expect(of).toHaveLength(rows);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
      }),
    );
  });

  it('follow from the seed alone', () => {
    fc.assert(
      fc.property(rowsAndFolds, ([rows, count, seed]) => {
        expect(dealFolds(rows, count, seed)).toEqual(dealFolds(rows, count, seed));
      }),
    );
    expect(dealFolds(100, 5, 1).of).not.toEqual(dealFolds(100, 5, 2).of);
    expect(dealFolds(100, 5, 0).of).not.toEqual(Uint16Array.from({ length: 100 }, (_, row) => row % 5));
  });
});
