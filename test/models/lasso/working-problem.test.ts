/** The Lasso on gathered columns in float64, against its definition. */
import { describe, expect, it } from 'vitest';
import { Penalty, type PenaltyShape } from '../../../models/lasso/penalty.js';
import { WorkingProblem, type WorkingColumn } from '../../../models/lasso/column-cut/working-problem.js';
import { randomBits } from '../../../src/schedule/random.js';

interface Recipe {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  readonly density?: number;
  readonly dense?: boolean;
  readonly center?: boolean;
  /** Sample weights of 0 to 3 instead of 1. */
  readonly weighted?: boolean;
  /** What column j is, where it is not random. */
  readonly instead?: ((j: number, earlier: readonly Float64Array[]) => Float64Array | null) | undefined;
}

/** In (-1, 1). */
const noise = (seed: number, i: number, j: number) => randomBits(seed, i, j) / 2 ** 31 - 1;
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** A problem as its solver gets it and as its definition has it. */
class Case {
  readonly rootWeights: Float64Array;
  readonly samples: number;
  readonly target: Float64Array;
  readonly dense: boolean;
  /** x̃, one array a column. */
  readonly x: Float64Array[] = [];
  readonly #given: WorkingColumn[] = [];

  constructor({ rows, columns, seed, density = 1, dense = false, center = true, weighted = false, instead }: Recipe) {
    this.dense = dense;
    this.rootWeights = Float64Array.from({ length: rows }, (_, i) => (weighted ? Math.sqrt(i % 4) : 1));
    this.samples = dot(this.rootWeights, this.rootWeights);
    const held: Float64Array[] = [];
    for (let j = 0; j < columns; j++) {
      const random = () => this.rootWeights.map((u, i) => (randomBits(seed + 1, i, j) / 2 ** 32 < density ? u * (noise(seed, i, j) * (1 + (j % 3)) + 0.3) : 0));
      held.push(instead?.(j, held) ?? random());
      this.#take(held[j], center, j);
    }
    const y = this.rootWeights.map((u, i) => u * (noise(seed + 2, i, 0) + 2 * held.slice(0, 5).reduce((sum, column) => sum + column[i], 0)));
    const mean = center ? dot(this.rootWeights, y) / this.samples : 0;
    this.target = y.map((value, i) => value - mean * this.rootWeights[i]);
  }

  #take(held: Float64Array, center: boolean, j: number): void {
    const mean = center ? dot(this.rootWeights, held) / this.samples : 0;
    const centred = held.map((value, i) => value - mean * this.rootWeights[i]);
    const isConstant = dot(centred, centred) <= 1e-20 * dot(held, held);
    const scale = j % 4 === 1 ? 0.25 : 1;
    const column = centred.map((value) => (isConstant ? 0 : value / scale));
    const rowIds = this.dense ? null : Uint32Array.from(held.keys()).filter((i) => held[i] !== 0);
    this.x.push(column);
    this.#given.push({ rowIds, values: rowIds ? Float64Array.from(rowIds, (i) => held[i]) : held, mean, scale, squaredNorm: dot(column, column) });
  }

  get ids(): Uint32Array {
    return Uint32Array.from(this.x.keys());
  }

  /** Half the mean square of y. */
  get scale(): number {
    return dot(this.target, this.target) / (2 * this.samples);
  }

  alphaMax({ l1Ratio }: PenaltyShape): number {
    return Math.max(...this.x.map((column) => Math.abs(dot(column, this.target)) / this.samples)) / l1Ratio;
  }

  open(penalty: Penalty): WorkingProblem {
    const problem = new WorkingProblem(this, penalty);
    this.fill(problem);
    return problem;
  }

  fill(problem: WorkingProblem, order = this.ids): void {
    for (const id of order) problem.add(id, this.#given[id]);
  }

  beta(problem: WorkingProblem): Float64Array {
    const { ids, values } = problem.coefficients();
    const beta = new Float64Array(this.x.length);
    ids.forEach((id, k) => (beta[id] = values[k]));
    return beta;
  }

  residual(beta: Float64Array): Float64Array {
    return this.target.map((value, i) => this.x.reduce((rest, column, j) => rest - column[i] * beta[j], value));
  }

  /** The relative duality gap, and the largest slope of a column without penalty. */
  judge(problem: WorkingProblem): { gap: number; free: number } {
    const { penalty } = problem;
    const beta = this.beta(problem);
    const residual = this.residual(beta);
    let squares = dot(residual, residual);
    let [norm, shrink, free] = [0, 1, 0];
    for (const [j, column] of this.x.entries()) {
      const pull = penalty.pull(dot(column, residual) / this.samples - penalty.l2(j) * beta[j]);
      squares += this.samples * penalty.l2(j) * beta[j] ** 2;
      norm += penalty.l1(j) * Math.abs(beta[j]);
      if (penalty.isPenalized(j)) shrink = Math.min(shrink, penalty.l1(j) / pull);
      else free = Math.max(free, pull);
    }
    const gap = squares / (2 * this.samples) + norm - (2 * shrink * dot(this.target, residual) - shrink * shrink * squares) / (2 * this.samples);
    return { gap: gap / this.scale, free };
  }
}

const PLAIN: PenaltyShape = { l1Ratio: 1, weights: null, nonNegative: false };

/** Solves all columns at a part of α_max, and expects the gap that was asked for. */
function expectSolved(given: Case, shape: PenaltyShape, ratio: number, goal = 1e-13): WorkingProblem {
  const problem = given.open(new Penalty(ratio * given.alphaMax(shape), shape));
  problem.solve(given.ids, goal * given.scale);
  expectGap(given, problem, goal);
  return problem;
}

function expectGap(given: Case, problem: WorkingProblem, goal: number): void {
  const { gap, free } = given.judge(problem);
  expect(Math.abs(gap)).toBeLessThan(goal + 1e-14);
  expect(free).toBeLessThan(1e-6 * Math.sqrt(given.scale));
  if (problem.penalty.shape.nonNegative) expect(Math.min(0, ...problem.coefficients().values)).toBe(0);
}

const shapesOf = (columns: number): PenaltyShape[] =>
  [1, 0.5].flatMap((l1Ratio) =>
    [null, Float64Array.from({ length: columns }, (_, j) => [1, 2, 0, 0.5, 1][j % 5])].flatMap((weights) => [false, true].map((nonNegative) => ({ l1Ratio, weights, nonNegative }))),
  );

describe('a working problem', () => {
  for (const dense of [false, true]) {
    for (const center of [false, true]) {
      for (const weighted of [false, true]) {
        it(`is solved: ${dense ? 'dense' : 'sparse'}, ${center ? 'centred' : 'as it is'}${weighted ? ', samples weighted' : ''}`, () => {
          for (const [rows, columns] of [[30, 12], [20, 45]] as const) {
            const given = new Case({ rows, columns, seed: 11, density: 0.6, dense, center, weighted });
            for (const shape of shapesOf(columns)) {
              for (const ratio of [0.5, 0.1, 0.01]) expectSolved(given, shape, ratio, 1e-12);
            }
          }
        });
      }
    }
  }

  it('stops at the gap that it is asked for', () => {
    const given = new Case({ rows: 40, columns: 60, seed: 12 });
    for (const goal of [1e-2, 1e-4, 1e-6, 1e-9]) expectSolved(given, PLAIN, 0.05, goal);
  });

  const dependent: [string, Recipe['instead']][] = [
    ['copies and opposites', (j, earlier) => (j % 3 === 1 ? earlier[j - 1] : j % 3 === 2 ? earlier[j - 2].map((value) => -value) : null)],
    ['sums of others', (j, earlier) => (j % 3 === 2 ? earlier[j - 1].map((value, i) => value + earlier[j - 2][i]) : null)],
    ['all in three directions', (j, earlier) => (j < 3 ? null : earlier[0].map((value, i) => value * noise(5, j, 0) + earlier[1][i] * noise(5, j, 1) + earlier[2][i] * noise(5, j, 2)))],
    ['nearly the same', (j, earlier) => (j === 0 ? null : earlier[0].map((value, i) => value + 1e-5 * noise(6, i, j)))],
    ['constant', (j, earlier) => (j % 2 === 1 ? earlier[0].map(() => 0.7) : null)],
    ['empty', (j, earlier) => (j % 2 === 1 ? earlier[0].map(() => 0) : null)],
  ];
  for (const [title, instead] of dependent) {
    it(`is solved where columns are ${title}`, () => {
      for (const dense of [false, true]) {
        for (const [rows, columns] of [[25, 18], [10, 40]] as const) {
          const given = new Case({ rows, columns, seed: 13, dense, instead });
          for (const nonNegative of [false, true]) for (const ratio of [0.3, 0.01, 1e-5]) expectSolved(given, { ...PLAIN, nonNegative }, ratio, 1e-11);
        }
      }
    });
  }

  it('is solved where columns without penalty depend on each other', () => {
    const copies: Recipe['instead'] = (j, earlier) => (j % 2 === 1 ? earlier[j - 1] : null);
    for (const nonNegative of [false, true]) {
      const given = new Case({ rows: 30, columns: 16, seed: 14, instead: copies });
      expectSolved(given, { l1Ratio: 1, weights: Float64Array.from({ length: 16 }, (_, j) => (j < 6 ? 0 : 1)), nonNegative }, 0.05, 1e-12);
    }
  });

  it('has no more coefficients than independent columns, where it begins with a support beyond the rows', () => {
    const given = new Case({ rows: 15, columns: 120, seed: 15 });
    const found = expectSolved(given, PLAIN, 1e-6, 1e-12);
    expect(found.coefficients().ids.length).toBeLessThanOrEqual(15);
  });

  it('knows its residual and its fit', () => {
    for (const dense of [false, true]) {
      const given = new Case({ rows: 30, columns: 40, seed: 16, density: 0.5, dense, weighted: true });
      for (const shape of shapesOf(40)) {
        const problem = expectSolved(given, shape, 0.1, 1e-9);
        const { penalty } = problem;
        const beta = given.beta(problem);
        const residual = given.residual(beta);
        const near = (actual: number, expected: number) => expect(Math.abs(actual - expected)).toBeLessThan(1e-12 * given.scale * given.samples);
        problem.residual().forEach((value, i) => near(value, residual[i]));
        near(problem.fit().residualSquares, dot(residual, residual) + given.samples * beta.reduce((sum, value, j) => sum + penalty.l2(j) * value * value, 0));
        near(problem.fit().targetProduct, dot(given.target, residual));
        near(problem.penaltyNorm(), beta.reduce((sum, value, j) => sum + penalty.l1(j) * Math.abs(value), 0));
        const drifted = problem.residual();
        problem.refresh();
        problem.residual().forEach((value, i) => near(value, drifted[i]));
      }
    }
  });

  it('goes on from its coefficients along a path, down and up, with a factor that lost and won members', () => {
    for (const shape of shapesOf(80)) {
      const given = new Case({ rows: 60, columns: 80, seed: 17, density: 0.7 });
      const alphaMax = given.alphaMax(shape);
      const problem = given.open(new Penalty(alphaMax, shape));
      for (let step = 0; step < 40; step++) {
        problem.penalty = new Penalty(alphaMax * 10 ** (-3 * (randomBits(18, step, 0) / 2 ** 32)), shape);
        problem.solve(given.ids, 1e-13 * given.scale);
        expectGap(given, problem, 1e-12);
      }
    }
  });

  it('solves on a part of its columns and leaves the others at 0', () => {
    const given = new Case({ rows: 30, columns: 50, seed: 19 });
    const problem = given.open(new Penalty(0.01 * given.alphaMax(PLAIN), PLAIN));
    const part = given.ids.filter((id) => id % 3 !== 0);
    problem.solve(part, 1e-13 * given.scale);
    for (const id of problem.coefficients().ids) expect(id % 3).not.toBe(0);
    problem.solve(given.ids, 1e-13 * given.scale);
    expectGap(given, problem, 1e-13);
  });

  it('finds its coefficients again after it has started over', () => {
    const alike: Recipe['instead'] = (j, earlier) => (j === 0 ? null : earlier[0].map((value, i) => value + 0.02 * noise(21, i, j)));
    const given = new Case({ rows: 30, columns: 50, seed: 20, instead: alike });
    const problem = expectSolved(given, PLAIN, 1e-4);
    const { ids, values } = problem.coefficients();
    problem.startOver();
    expect([problem.columns, problem.has(ids[0]), problem.coefficients().ids.length]).toEqual([0, false, 0]);
    given.fill(problem, given.ids.reverse());
    expect(problem.coefficients()).toEqual({ ids, values });
    problem.refresh();
    expectGap(given, problem, 1e-13);
    problem.penalty = new Penalty(problem.penalty.alpha / 2, PLAIN);
    problem.solve(given.ids, 1e-13 * given.scale);
    expectGap(given, problem, 1e-13);
  });
});
