/** What is particular to X cut by columns; elastic-net.test.ts and folds.test.ts hold both cuts to the same answers. */
import { describe, expect, it } from 'vitest';
import { openColumns } from '../../../models/lasso/column-cut/open.js';
import { STORE_LIMITS, type StoreLimits } from '../../../models/lasso/column-cut/store.js';
import { parseLassoOptions } from '../../../models/lasso/estimator.js';
import { fitLasso } from '../../../models/lasso/fit.js';
import type { LassoInput } from '../../../models/lasso/options.js';
import { Penalty, type PenaltyShape } from '../../../models/lasso/penalty.js';
import { samplesOf, type Folds } from '../../../models/lasso/samples.js';
import { matrixFrom, type MatrixInput } from '../../../src/data/in-memory.js';
import { CONVENTIONS, STORAGES, titleOf, withCluster } from './lasso-cluster.js';
import { NetOracle } from './net-oracle.js';
import { ProblemPath } from './problem-path.js';
import { alphaMaxOf, asDense, asSparse, judge, problemOf, scaled, transform, type Conventions, type Problem } from './problems.js';

const SHARDS = 5;
const PLAIN: PenaltyShape = { l1Ratio: 1, weights: null, nonNegative: false };
const INTERCEPT = CONVENTIONS[1];
const RAW = CONVENTIONS[3];

interface Run {
  readonly conventions: Conventions;
  readonly penalty?: PenaltyShape;
  readonly ratio?: number;
  readonly tol?: number;
  readonly workers?: number;
  readonly shards?: number;
}

/** A fit on columns, and every certificate on the way. */
async function fitColumns(input: MatrixInput, y: Float64Array, { conventions, penalty = PLAIN, ratio = 0.1, tol = 1e-12, workers = 2, shards = SHARDS }: Run) {
  const { l1Ratio, nonNegative, weights } = penalty;
  const options: LassoInput = { ...conventions, cut: 'columns', l1Ratio, nonNegative, alphaRatio: ratio, tol };
  const seen: { objective: number; dual: number }[] = [];
  const data = { matrix: matrixFrom(input), target: y, featureWeights: weights };
  const found = await withCluster({ workers, shards }, (cluster) => fitLasso(cluster, data, parseLassoOptions(options), { progress: (certificate) => seen.push(certificate) }));
  return { ...found, seen };
}

/** Fits, and holds model and certificates against a gap that is computed from the definition; `tolerance` is a relative gap. */
async function expectOptimum(as: (problem: Problem) => MatrixInput, problem: Problem, run: Run, tolerance = 1e-11) {
  const transformed = transform(problem, run.conventions);
  const found = await fitColumns(as(problem), problem.y, run);
  const own = judge(transformed, scaled(transformed, found.coefficients), found.alpha);
  const slack = tolerance * own.scale;
  expect(found.stopped).toBe('converged');
  expect(found.relativeGap).toBeLessThanOrEqual(run.tol ?? 1e-12);
  expect(own.relativeGap).toBeLessThanOrEqual(tolerance);
  expect(Math.abs(found.objective - own.objective)).toBeLessThanOrEqual(slack);
  expect(Math.abs(found.alphaMax / alphaMaxOf(transformed) - 1)).toBeLessThan(1e-8);
  for (const { objective, dual } of found.seen) {
    expect(dual).toBeLessThanOrEqual(own.objective + slack);
    expect(objective).toBeGreaterThanOrEqual(own.dual - slack);
  }
}

describe('X cut by columns', () => {
  const shapes: [string, Problem][] = [
    ['one row', problemOf({ rows: 1, columns: 4, seed: 61 })],
    ['fewer columns than shards', problemOf({ rows: 9, columns: 3, seed: 62 })],
    ['one column more than rows', problemOf({ rows: 20, columns: 21, seed: 63 })],
    ['columns that repeat, oppose each other, are constant or empty', problemOf({ rows: 12, columns: 40, seed: 64, awkward: true })],
    ['columns that are nearly the same', problemOf({ rows: 15, columns: 30, seed: 65, ownPart: 1e-3 })],
    ['rows without entries', problemOf({ rows: 14, columns: 33, seed: 66, density: 0.1 })],
  ];
  for (const [title, problem] of shapes) {
    for (const [storage, as] of STORAGES) {
      it(`is solved: ${title}, ${storage}`, async () => {
        for (const conventions of problem.rows === 1 ? CONVENTIONS.filter(({ intercept, standardize }) => !intercept && !standardize) : CONVENTIONS) {
          for (const ratio of [0.5, 0.05]) await expectOptimum(as, problem, { conventions, ratio });
        }
      });
    }
  }

  for (const conventions of CONVENTIONS) {
    it(`is solved where the support is as large as the rows allow: ${titleOf(conventions)}`, async () => {
      const problem = problemOf({ rows: 12, columns: 90, seed: 67 });
      for (const [, as] of STORAGES) {
        const found = await fitColumns(as(problem), problem.y, { conventions, ratio: 1e-6, tol: 1e-10 });
        expect(found.relativeGap).toBeLessThanOrEqual(1e-10);
        expect(found.nonzeros).toBeLessThanOrEqual(12);
      }
    });
  }

  it('judges the null model by its columns without penalty, before they were ever gathered', async () => {
    const problem = problemOf({ rows: 16, columns: 30, seed: 68 });
    const weights = Float64Array.from({ length: 30 }, (_, j) => (j % 11 === 0 ? 0 : 1 + (j % 2)));
    for (const l1Ratio of [1, 0.5]) {
      for (const nonNegative of [false, true]) {
        for (const conventions of CONVENTIONS) {
          const penalty = { l1Ratio, weights, nonNegative };
          const oracle = new NetOracle(problem, { penalty, conventions, ratio: 0.2, sampleWeights: new Float64Array(16).fill(1) });
          const best = oracle.solve();
          const found = await fitColumns(asDense(problem), problem.y, { conventions, penalty, ratio: 0.2 });
          expect(Math.abs(found.alphaMax / best.alphaMax - 1)).toBeLessThan(1e-6);
          const optimum = oracle.solve(found.alphaMax).objective;
          expect(Math.abs(found.objective - optimum)).toBeLessThan(1e-10 * oracle.scale);
          for (const { dual } of found.seen) expect(dual).toBeLessThan(optimum + 1e-10 * oracle.scale);
        }
      }
    }
  });

  it('has the same bits at any number of workers', async () => {
    const problem = problemOf({ rows: 25, columns: 61, seed: 69, density: 0.6 });
    for (const [, as] of STORAGES) {
      const alone = await fitColumns(as(problem), problem.y, { conventions: INTERCEPT, ratio: 0.02, workers: 1 });
      for (const workers of [2, 3, 7]) {
        const { coefficients, intercept, objective, relativeGap, rounds } = await fitColumns(as(problem), problem.y, { conventions: INTERCEPT, ratio: 0.02, workers });
        expect({ coefficients, intercept, objective, relativeGap, rounds }).toEqual({ coefficients: alone.coefficients, intercept: alone.intercept, objective: alone.objective, relativeGap: alone.relativeGap, rounds: alone.rounds });
      }
    }
  });

  it('names a place by its column in the file', async () => {
    const problem = problemOf({ rows: 6, columns: 20, seed: 70 });
    const { rowIds, columnIds, values, ...shape } = asSparse(problem);
    const twice = { ...shape, rowIds: [...Array.from(rowIds), 2], columnIds: [...Array.from(columnIds), 17], values: [...Array.from(values), 1] };
    await expect(fitColumns(twice, problem.y, { conventions: RAW })).rejects.toThrow('entry (row 3, column 18) appears more than once');
    const x = Float64Array.from(problem.x);
    x[4 * 20 + 13] = -1e39;
    for (const [, as] of STORAGES) await expect(fitColumns(as({ ...problem, x }), problem.y, { conventions: RAW })).rejects.toThrow('row 5, column 14: found -1e+39, expected a magnitude below 3.4e38');
  });
});

describe('columns of unusual size', () => {
  const problem = problemOf({ rows: 18, columns: 26, seed: 71, density: 0.7 });
  const scaledBy = (factor: (j: number) => number): Problem => ({ ...problem, x: problem.x.map((value, at) => value * factor(at % 26)) });

  for (const [storage, as] of STORAGES) {
    it(`near the ends of float32 are solved: ${storage}`, async () => {
      for (const size of [1e-30, 1e30, 3e37]) {
        for (const conventions of CONVENTIONS) await expectOptimum(as, scaledBy(() => size), { conventions });
      }
      await expectOptimum(as, scaledBy((j) => 10 ** (5 * (j % 13) - 30)), { conventions: CONVENTIONS[0] });
    });

    it(`and targets far outside of float32 are solved: ${storage}`, async () => {
      for (const size of [1e-60, 1e60]) {
        const y = problem.y.map((value) => value * size);
        for (const conventions of [INTERCEPT, RAW]) {
          const [found, usual] = [await fitColumns(as(problem), y, { conventions }), await fitColumns(as(problem), problem.y, { conventions })];
          expect(found.relativeGap).toBeLessThan(1e-12);
          found.coefficients.forEach((value, j) => expect(Math.abs(value / size - usual.coefficients[j])).toBeLessThan(1e-9));
        }
      }
    });

    it(`far from 0 are solved to what 48 bits hold: ${storage}`, async () => {
      const far = { ...problem, x: problem.x.map((value, at) => (value === 0 ? 0 : value + (at % 26 < 13 ? 1e6 : 0))) };
      for (const conventions of CONVENTIONS) {
        const full = { ...far, x: far.x.map((value, at) => (at % 26 < 13 ? value || 1e6 : value)) };
        for (const given of [far, full]) await expectOptimum(as, given, { conventions, tol: 1e-8 }, 1e-7);
      }
    });
  }

  it('far from 0 in all rows that a fold leaves are solved there too', async () => {
    const folds: Folds = { count: 3, of: Uint16Array.from({ length: 18 }, (_, i) => i % 3) };
    const x = problem.x.map((value, at) => (at % 26 < 13 ? (Math.floor(at / 26) % 3 === 1 ? 0 : value + 1e6) : value));
    const given = { ...problem, x };
    const alone = {
      rows: 12,
      columns: 26,
      x: Float64Array.from({ length: 12 * 26 }, (_, at) => x[(3 * (at / 52 | 0) + (Math.floor(at / 26) % 2 === 0 ? 0 : 2)) * 26 + (at % 26)]),
      y: problem.y.filter((_, i) => i % 3 !== 1),
    };
    const net = { penalty: PLAIN, conventions: INTERCEPT, ratio: 0.1, sampleWeights: new Float64Array(12).fill(1) };
    const best = new NetOracle(alone, net).solve();
    await withCluster({ workers: 2, shards: SHARDS }, async (cluster) => {
      const samples = samplesOf(given.y, { weights: null, folds, center: true });
      const paths = await ProblemPath.open(cluster, matrixFrom(asSparse(given)), samples, { cut: 'columns', conventions: INTERCEPT, penalty: PLAIN });
      const certificate = await paths[2].solve(new Penalty(best.alpha, PLAIN));
      expect(certificate.relativeGap).toBeLessThan(1e-9);
      expect(Math.abs(certificate.objective / best.objective - 1)).toBeLessThan(1e-8);
    });
  });
});

describe('the limits of what is gathered', () => {
  const problem = problemOf({ rows: 30, columns: 200, seed: 72, density: 0.8 });
  const folds: Folds = { count: 3, of: Uint16Array.from({ length: 30 }, (_, i) => (i * 7 + (i >> 2)) % 3) };
  const RATIOS = [0.5, 0.1, 0.03];

  function pathsWithin(input: MatrixInput, given: Folds | null, limits: Partial<StoreLimits>, weights: Float64Array | null = null) {
    const matrix = matrixFrom(input);
    const shape = { ...PLAIN, weights };
    return withCluster({ workers: 2, shards: SHARDS }, async (cluster) => {
      const samples = samplesOf(problem.y, { weights: null, folds: given, center: true });
      const opened = await openColumns(cluster, matrix, samples, { penalty: new Penalty(Infinity, shape), tol: 1e-300, center: true, standardize: true }, { ...STORE_LIMITS, ...limits });
      const found = [];
      for (const [q, one] of opened.entries()) {
        const path = new ProblemPath(cluster, one, matrix.columns);
        const alphaMax = await path.alphaMax(shape);
        for (const ratio of RATIOS) {
          const certificate = await path.solve(new Penalty(ratio * alphaMax, shape));
          found.push({ ...certificate, ...path.coefficients(), error: q === 0 ? 0 : await one.heldOutError() });
        }
      }
      return found;
    });
  }

  for (const [storage, as] of STORAGES) {
    const narrow: [string, Partial<StoreLimits>][] = [
      ['few columns at work', { workingColumns: 40 }],
      ['few bytes at work', { workingBytes: 40 * 30 * 8 }],
      ['nothing shared', { sharedBytes: 0 }],
      ['a column a task', { entriesPerTask: 1 }],
    ];
    for (const [title, limits] of narrow) {
      it(`change how, not what is found: ${title}, ${storage}`, async () => {
        for (const given of [null, folds]) {
          const [free, bound] = [await pathsWithin(as(problem), given, {}), await pathsWithin(as(problem), given, limits)];
          for (const [k, point] of bound.entries()) {
            expect(point.relativeGap).toBeLessThan(1e-12);
            expect(Math.abs(point.objective / free[k].objective - 1)).toBeLessThan(1e-11);
            point.coefficients.forEach((value, j) => expect(Math.abs(value - free[k].coefficients[j])).toBeLessThan(1e-7));
            expect(Math.abs(point.error - free[k].error)).toBeLessThanOrEqual(1e-7 * free[k].error);
          }
        }
      });
    }
  }

  it('are named where a solution needs more', async () => {
    await expect(pathsWithin(asDense(problem), null, { workingColumns: 5 })).rejects.toThrow(/^\d+ columns have a coefficient or a feature weight of 0, and where X is cut by columns 5 are worked on at the most: choose --cut rows, or a larger --alpha$/);
    const weights = Float64Array.from({ length: 200 }, (_, j) => (j < 8 ? 0 : 1));
    await expect(pathsWithin(asDense(problem), null, { workingColumns: 8 }, weights)).rejects.toMatchObject({ name: 'DataError' });
  });
});
