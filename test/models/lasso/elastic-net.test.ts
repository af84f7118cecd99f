/** Elastic net, feature weights, sign constraint and sample weights, whichever way X is cut, against the definition in float64. */
import { describe, expect, it } from 'vitest';
import { Lasso } from '../../../models/lasso/estimator.js';
import type { Cut } from '../../../models/lasso/open.js';
import { Penalty, type PenaltyShape } from '../../../models/lasso/penalty.js';
import { samplesOf } from '../../../models/lasso/samples.js';
import { matrixFrom, type MatrixInput } from '../../../src/data/in-memory.js';
import { randomBits } from '../../../src/schedule/random.js';
import { CONVENTIONS, STORAGES, titleOf, withCluster } from './lasso-cluster.js';
import { NetOracle, type Net } from './net-oracle.js';
import { CUTS, ProblemPath } from './problem-path.js';
import { asDense, problemOf, type Problem } from './problems.js';

const SHARDS = 5;
const ROWS = 43;
const COLUMNS = 14;

const problem = problemOf({ rows: ROWS, columns: COLUMNS, seed: 31, density: 0.6 });
/** The rows count 0 to 3 times. */
const counts = Float64Array.from({ length: ROWS }, (_, i) => (i * 7) % 4);
const uneven = counts.map((count, i) => count * (1 + (i % 5) / 3));
const featureWeights = Float64Array.from({ length: COLUMNS }, (_, j) => [1, 0, 2.5, 0.3][j % 4]);
const ones = new Float64Array(ROWS).fill(1);

const shapes: [string, PenaltyShape][] = [1, 0.4].flatMap((l1Ratio) =>
  [null, featureWeights].flatMap((weights) =>
    [false, true].map((nonNegative): [string, PenaltyShape] => [
      [l1Ratio === 1 ? 'Lasso' : 'elastic net', ...(weights ? ['feature weights'] : []), ...(nonNegative ? ['β ≥ 0'] : [])].join(', '),
      { l1Ratio, weights, nonNegative },
    ]),
  ),
);

/** A fit of all rows, to the end of float64, at `alpha` or the net's part of its own alpha_max. */
function fit(cut: Cut, input: MatrixInput, y: Float64Array, { penalty, sampleWeights, conventions, ratio }: Net, alpha?: number) {
  return withCluster({ workers: 2, shards: SHARDS }, async (cluster) => {
    const samples = samplesOf(y, { weights: sampleWeights, folds: null, center: conventions.intercept || conventions.standardize });
    const [path] = await ProblemPath.open(cluster, matrixFrom(input), samples, { cut, conventions, penalty });
    const alphaMax = await path.alphaMax(penalty);
    const certificate = await path.solve(new Penalty(alpha ?? ratio * alphaMax, penalty));
    return { ...path.coefficients(), certificate, alphaMax };
  });
}

const near = (actual: number, expected: number, unit: number, tolerance: number) => expect(Math.abs(actual - expected) / unit).toBeLessThan(tolerance);

async function expectOracle(cut: Cut, as: (problem: Problem) => MatrixInput, given: Problem, net: Net) {
  const oracle = new NetOracle(given, net);
  const best = oracle.solve();
  const own = await fit(cut, as(given), given.y, net, best.alpha);
  // Columns without penalty that are fitted to a gap g leave alpha_max uncertain by about √g.
  near(own.alphaMax, best.alphaMax, best.alphaMax, 1e-7);
  near(own.certificate.objective, best.objective, oracle.scale, 1e-12);
  near(oracle.objective(oracle.scaled(own.coefficients), best.alpha), best.objective, oracle.scale, 1e-12);
  expect(own.certificate.relativeGap).toBeLessThan(1e-10);
  expect(own.certificate.dual).toBeLessThanOrEqual(best.objective + 1e-12 * oracle.scale);
  return { own, best };
}

describe.each(CUTS)('the elastic net on %s', (cut) => {
  for (const [title, penalty] of shapes) {
    for (const [storage, as] of STORAGES) {
      it(`is solved: ${title}, ${storage}`, async () => {
        for (const conventions of CONVENTIONS) {
          for (const sampleWeights of [ones, uneven]) {
            const { own, best } = await expectOracle(cut, as, problem, { penalty, sampleWeights, conventions, ratio: 0.1 });
            const unit = Math.max(...best.coefficients.map(Math.abs));
            own.coefficients.forEach((value, j) => near(value, best.coefficients[j], unit, 1e-7));
            near(own.intercept, best.intercept, Math.max(1, Math.abs(best.intercept)), 1e-7);
            if (penalty.nonNegative) expect(Math.min(...own.coefficients)).toBeGreaterThanOrEqual(0);
          }
        }
      });
    }
  }

  it('is solved where columns repeat, oppose each other, are constant or empty, and where columns are more than rows', async () => {
    const awkward = problemOf({ rows: 30, columns: 12, seed: 32, awkward: true });
    const wide = problemOf({ rows: 20, columns: 60, seed: 33 });
    const sampleWeights = (rows: number) => Float64Array.from({ length: rows }, (_, i) => i % 3);
    for (const [storage, as] of STORAGES) {
      for (const given of [awkward, wide]) {
        const weights = Float64Array.from({ length: given.columns }, (_, j) => (j === 0 || j === 2 ? 0 : 1 + (j % 3)));
        for (const l1Ratio of [1, 0.5]) {
          for (const [j, conventions] of CONVENTIONS.entries()) {
            const net = { penalty: { l1Ratio, weights, nonNegative: j % 2 === 1 }, sampleWeights: sampleWeights(given.rows), conventions, ratio: 0.2 };
            await expectOracle(cut, as, given, net).catch((error: unknown) => {
              throw new Error(`${storage}, ${given.columns} columns, ρ = ${l1Ratio}, ${titleOf(conventions)}`, { cause: error });
            });
          }
        }
      }
    }
  });
});

describe.each(CUTS)('sample weights on %s', (cut) => {
  it('of whole numbers are rows that come as often', async () => {
    const at = [...counts].flatMap((count, i) => new Array<number>(count).fill(i));
    const repeated: Problem = {
      rows: at.length,
      columns: COLUMNS,
      x: Float64Array.from(at.flatMap((i) => [...problem.x.subarray(i * COLUMNS, (i + 1) * COLUMNS)])),
      y: Float64Array.from(at, (i) => problem.y[i]),
    };
    for (const [, as] of STORAGES) {
      for (const conventions of CONVENTIONS) {
        const net = { penalty: shapes[5][1], conventions, ratio: 0.1 };
        const weighted = await fit(cut, as(problem), problem.y, { ...net, sampleWeights: counts });
        const whole = await fit(cut, as(repeated), repeated.y, { ...net, sampleWeights: new Float64Array(repeated.rows).fill(1) });
        near(weighted.certificate.objective, whole.certificate.objective, whole.certificate.objective, 1e-11);
        weighted.coefficients.forEach((value, j) => near(value, whole.coefficients[j], 1, 1e-8));
        near(weighted.intercept, whole.intercept, 1, 1e-8);
      }
    }
  });

  it('that are all the same change no bit', async () => {
    const net = { penalty: shapes[0][1], conventions: CONVENTIONS[0], ratio: 0.1 };
    const [plain, scaled] = await Promise.all([ones, new Float64Array(ROWS).fill(0.3)].map((sampleWeights) => fit(cut, asDense(problem), problem.y, { ...net, sampleWeights })));
    expect(scaled).toEqual(plain);
  });

  it('leave a constant column constant, however few the rows and however their products round', async () => {
    for (const value of [0.7, 1 / 3, 1e6 + 0.1]) {
      const x = Float64Array.of(value, 1, value, 4, value, 2);
      for (const [, as] of STORAGES) {
        const net = { penalty: { ...shapes[0][1], weights: Float64Array.of(0, 1) }, conventions: CONVENTIONS[0], ratio: 0.1, sampleWeights: Float64Array.of(1, 3, 0.7) };
        expect((await fit(cut, as({ rows: 3, columns: 2, x, y: Float64Array.of(1, 3, 2) }), Float64Array.of(1, 3, 2), net)).coefficients[0]).toBe(0);
      }
    }
  });

  it('name the value of the file when it leaves the range of float32 with them', async () => {
    const x = Float64Array.from(problem.x);
    x[3 * COLUMNS + 2] = 3e38;
    const net = { penalty: shapes[0][1], conventions: CONVENTIONS[0], ratio: 0.1, sampleWeights: ones.map((weight, i) => (i === 3 ? 9 : weight)) };
    for (const [, as] of STORAGES) await expect(fit(cut, as({ ...problem, x }), problem.y, net)).rejects.toThrow(/^row 4, column 3: found 3e\+38, 8\.\d+e\+38 with the weight of its row, expected a magnitude below 3\.4e38/);
  });
});

describe('sample weights', () => {
  it('must be numbers of at least 0, not all 0', () => {
    const choices = { folds: null, center: true };
    expect(() => samplesOf(problem.y, { ...choices, weights: ones.map((weight, i) => (i === 4 ? -1 : weight)) })).toThrow('sample weight 5 is -1, expected a finite number that is at least 0');
    expect(() => samplesOf(problem.y, { ...choices, weights: ones.map((weight, i) => (i === 2 ? NaN : weight)) })).toThrow('sample weight 3 is NaN');
    expect(() => samplesOf(problem.y, { ...choices, weights: new Float64Array(ROWS) })).toThrow('every sample weight is 0: at least one row must count');
  });

  it('are scaled without overflow', () => {
    const { roots } = samplesOf(Float64Array.of(1, 2, 3), { weights: Float64Array.of(1e308, 1e308, 0), folds: null, center: false });
    expect([...roots!]).toEqual([Math.sqrt(1.5), Math.sqrt(1.5), 0]);
  });
});

describe.each(CUTS)('columns without penalty that nearly depend on each other, on %s', (cut) => {
  const ROWS = 60;
  const COLUMNS = 20;
  const noise = (i: number, j: number) => randomBits(3, j, i) / 2 ** 31 - 1;

  /** y less what the columns explain of it: ||y||² of the least-squares residual, by orthogonalizing twice (Kahan and Parlett). */
  function leastSquares(x: readonly (readonly number[])[], y: readonly number[]): number {
    const basis: number[][] = [];
    const reduce = (vector: number[]) => {
      for (let pass = 0; pass < 2; pass++) {
        for (const q of basis) {
          const part = q.reduce((sum, value, i) => sum + value * vector[i], 0);
          vector = vector.map((value, i) => value - part * q[i]);
        }
      }
      return vector;
    };
    for (const column of x) {
      const rest = reduce([...column]);
      const length = Math.hypot(...rest);
      basis.push(rest.map((value) => value / length));
    }
    return reduce([...y]).reduce((sum, value) => sum + value * value, 0);
  }

  it.each([1e-2, 1e-3, 1e-4])('are fitted, or the gap says that they are not: own part %d', async (own) => {
    const x = Array.from({ length: COLUMNS }, (_, j) => Array.from({ length: ROWS }, (_, i) => noise(i, 99) + own * noise(i, j)));
    const y = Array.from({ length: ROWS }, (_, i) => noise(i, 100) + 3 * (x[0][i] - x[1][i]) / own);
    const rows = Array.from({ length: ROWS }, (_, i) => x.map((column) => column[i]));
    const best = leastSquares(x, y) / (2 * ROWS);
    const scale = y.reduce((sum, value) => sum + value * value, 0) / (2 * ROWS);
    const { model } = await new Lasso({ intercept: false, alpha: 1e-9, cut }).fit(rows, y, { featureWeights: new Array<number>(COLUMNS).fill(0) });
    const { objective, relativeGap } = model.summary;
    expect(objective).toBeGreaterThanOrEqual(best - 1e-9 * scale);
    expect(objective - best).toBeLessThanOrEqual((relativeGap + 1e-9) * scale);
  });
});
