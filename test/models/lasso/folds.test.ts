/** Cross-validation on one upload: every problem as if the fold that it leaves out did not exist. */
import { describe, expect, it } from 'vitest';
import { wholeGram } from '../../../models/lasso/row-cut/gram-cache.js';
import { shardsForFolds } from '../../../models/lasso/row-cut/distribute.js';
import type { Cut } from '../../../models/lasso/open.js';
import { Penalty, type PenaltyShape } from '../../../models/lasso/penalty.js';
import { RowPlacement } from '../../../models/lasso/row-cut/row-placement.js';
import { samplesOf, type Folds } from '../../../models/lasso/samples.js';
import { matrixFrom, type MatrixInput } from '../../../src/data/in-memory.js';
import { CONVENTIONS, STORAGES, titleOf, withCluster } from './lasso-cluster.js';
import { CUTS, ProblemPath } from './problem-path.js';
import { asDense, problemOf, type Conventions, type Problem } from './problems.js';

const ROWS = 47;
const COLUMNS = 11;
const SHARDS = 4;
const problem = problemOf({ rows: ROWS, columns: COLUMNS, seed: 41, density: 0.7, shift: 2 });
/** In no order, and of different sizes. */
const folds: Folds = { count: 3, of: Uint16Array.from({ length: ROWS }, (_, i) => [0, 2, 2, 1, 2, 1][(i * i) % 6]) };
const weights = Float64Array.from({ length: ROWS }, (_, i) => ((i * 5) % 4) + (i % 7) / 10);
const featureWeights = Float64Array.from({ length: COLUMNS }, (_, j) => [1, 2, 0, 0.5][j % 4]);
const ALPHAS = [0.8, 0.2, 0.05];

interface Setting {
  readonly cut: Cut;
  readonly conventions: Conventions;
  readonly shape: PenaltyShape;
  readonly weights: Float64Array | null;
  readonly folds: Folds | null;
  readonly workers?: number;
}

const PLAIN: PenaltyShape = { l1Ratio: 1, weights: null, nonNegative: false };
const NET: PenaltyShape = { l1Ratio: 0.6, weights: featureWeights, nonNegative: false };

/** Every problem along the path; by problem, then by α. */
function paths(input: MatrixInput, y: Float64Array, { cut, conventions, shape: penalty, weights: given, folds: parts, workers = 2 }: Setting) {
  const matrix = matrixFrom(input);
  return withCluster({ workers, shards: shardsForFolds(SHARDS, parts?.count ?? 1) }, async (cluster) => {
    const samples = samplesOf(y, { weights: given, folds: parts, center: conventions.intercept || conventions.standardize });
    const found = [];
    for (const [q, path] of (await ProblemPath.open(cluster, matrix, samples, { cut, conventions, penalty })).entries()) {
      const points = [];
      for (const alpha of ALPHAS) {
        const certificate = await path.solve(new Penalty(alpha, penalty));
        points.push({ ...path.coefficients(), ...certificate, heldOut: q === 0 ? null : await path.problem.heldOutError() });
      }
      found.push(points);
    }
    return found;
  });
}

/** The rows that are in fold `fold`, or those that are not. */
function rowsOf({ columns, x, y }: Problem, isMember: (row: number) => boolean): Problem & { at: number[] } {
  const at = [...y.keys()].filter(isMember);
  return { at, rows: at.length, columns, x: Float64Array.from(at.flatMap((i) => [...x.subarray(i * columns, (i + 1) * columns)])), y: Float64Array.from(at, (i) => y[i]) };
}

function errorOn({ rows, columns, x, y, at }: Problem & { at: number[] }, { coefficients, intercept }: { coefficients: Float64Array; intercept: number }, given: Float64Array | null): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const prediction = coefficients.reduce((value, b, j) => value + b * x[i * columns + j], intercept);
    const weight = given?.[at[i]] ?? 1;
    sum += weight * (y[i] - prediction) ** 2;
    total += weight;
  }
  return sum / total;
}

const near = (actual: number, expected: number, unit: number, tolerance: number) => expect(Math.abs(actual - expected) / unit).toBeLessThan(tolerance);

describe.each(CUTS)('a problem that leaves a fold out, on %s', (cut) => {
  for (const [storage, as] of STORAGES) {
    for (const conventions of CONVENTIONS) {
      it(`is the problem of the other rows alone, and its error that on the fold: ${storage}, ${titleOf(conventions)}`, async () => {
        for (const [shape, given] of [[PLAIN, null], [NET, weights]] as const) {
          const setting = { cut, conventions, shape, weights: given, folds };
          const found = await paths(as(problem), problem.y, setting);
          expect(found.length).toBe(folds.count + 1);
          for (const [q, points] of found.entries()) {
            const rest = rowsOf(problem, (i) => folds.of[i] !== q - 1);
            const heldOut = rowsOf(problem, (i) => folds.of[i] === q - 1);
            const [alone] = await paths(as(rest), rest.y, { ...setting, folds: null, weights: given && Float64Array.from(rest.at, (i) => given[i]) });
            for (const [k, point] of points.entries()) {
              point.coefficients.forEach((value, j) => near(value, alone[k].coefficients[j], 1, 1e-8));
              near(point.intercept, alone[k].intercept, 1, 1e-8);
              near(point.objective, alone[k].objective, point.objective, 1e-11);
              expect(point.relativeGap).toBeLessThan(1e-10);
              if (q > 0) near(point.heldOut!, errorOn(heldOut, point, given), point.heldOut!, 1e-10);
            }
          }
        }
      });
    }
  }

  it('drops a column that only the fold left out has, and one that is constant without it', async () => {
    const x = Float64Array.from(problem.x);
    for (let i = 0; i < ROWS; i++) {
      x[i * COLUMNS] = folds.of[i] === 1 ? i : 0;
      x[i * COLUMNS + 1] = folds.of[i] === 1 ? (i * i) % 7 : 0.1;
    }
    const y = problem.y.map((value, i) => value + 3 * x[i * COLUMNS]);
    for (const [, as] of STORAGES) {
      for (const given of [null, weights]) {
        const found = await paths(as({ ...problem, x }), y, { cut, conventions: CONVENTIONS[0], shape: PLAIN, weights: given, folds });
        for (const { coefficients } of found[2]) expect([coefficients[0], coefficients[1]]).toEqual([0, 0]);
        expect(found[0][2].coefficients[0]).not.toBe(0);
      }
    }
  });
});

describe.each(CUTS)('with folds, on %s', (cut) => {
  it('paths have the same bits at any number of workers', async () => {
    for (const [, as] of STORAGES) {
      const run = (workers: number) => paths(as(problem), problem.y, { cut, conventions: CONVENTIONS[0], shape: NET, weights, folds, workers });
      const alone = await run(1);
      for (const workers of [2, 3, 7]) expect(await run(workers)).toEqual(alone);
    }
  });

  it('an entry that comes twice is named by its row in the file', async () => {
    const twice = { rows: ROWS, columns: COLUMNS, rowIds: [5, 30, 31, 30], columnIds: [0, 4, 4, 4], values: [1, 2, 3, 4] };
    await expect(paths(twice, problem.y, { cut, conventions: CONVENTIONS[0], shape: PLAIN, weights: null, folds })).rejects.toThrow('entry (row 31, column 5) appears more than once');
  });

  it('a value beyond float32 is named by its row in the file', async () => {
    const x = Float64Array.from(problem.x);
    x[33 * COLUMNS + 1] = 1e39;
    await expect(paths(asDense({ ...problem, x }), problem.y, { cut, conventions: CONVENTIONS[0], shape: PLAIN, weights: null, folds })).rejects.toThrow('row 34, column 2: found 1e+39, expected a magnitude below 3.4e38');
  });
});

describe('with folds', () => {
  it('sees a target that is constant without the fold as one', () => {
    const y = Float64Array.from({ length: ROWS }, (_, i) => (folds.of[i] === 0 ? i : 0.3));
    for (const given of [null, weights]) {
      const { problems } = samplesOf(y, { weights: given, folds, center: true });
      expect(problems.map(({ targetSquares }) => targetSquares === 0)).toEqual([false, true, false, false]);
    }
  });

  it('a fold without a row that counts is refused', () => {
    const choices = { center: true, folds: { count: 4, of: folds.of } };
    expect(() => samplesOf(problem.y, { ...choices, weights: null })).toThrow('fold 4 of 4 has no row with a weight above 0');
    const without = weights.map((weight, i) => (folds.of[i] === 1 ? 0 : weight));
    expect(() => samplesOf(problem.y, { ...choices, folds, weights: without })).toThrow('fold 2 of 3 has no row with a weight above 0');
  });

  it('a block schedule sees the Gram entries of all rows', () => {
    const channel = (...values: number[]) => ({ keys: { first: 0, count: values.length }, width: 1, values: Float64Array.from(values) });
    expect(wholeGram([channel(9), channel(1, 2), channel(10, 20), channel(100, 200)])).toEqual(Float64Array.of(111, 222));
    expect(wholeGram([channel(9)])).toBeUndefined();
  });
});

describe('the placement of rows', () => {
  it('gives every row one place, its fold’s shards, and its order there', () => {
    for (const [parts, shards] of [[folds, 6], [folds, 12], [folds, 99], [null, 5], [null, 60]] as const) {
      const placement = new RowPlacement(ROWS, shards, parts);
      const places = Array.from({ length: ROWS }, (_, row) => placement.placeOf(row));
      expect([...places].sort((a, b) => a - b)).toEqual([...places.keys()]);
      const last = new Map<number, number>();
      for (const [row, place] of places.entries()) {
        const shard = placement.shardAt(place);
        expect(placement.rowAt(place)).toBe(row);
        expect(place).toBeGreaterThanOrEqual(placement.begin(shard));
        expect(place).toBeLessThan(placement.begin(shard) + placement.rowsOf(shard));
        if (parts) expect(placement.foldOf(shard)).toBe(parts.of[row]);
        expect(place).toBeGreaterThan(last.get(shard) ?? -1);
        last.set(shard, place);
      }
    }
  });

  it('takes as many shards as every fold can have alike', () => {
    expect([shardsForFolds(4, 5), shardsForFolds(4, 3), shardsForFolds(12, 3), shardsForFolds(4, 1)]).toEqual([5, 6, 12, 4]);
    expect(() => new RowPlacement(ROWS, 4, folds)).toThrow(RangeError);
  });
});
