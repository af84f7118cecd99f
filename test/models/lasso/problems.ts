/**
 * Small Lasso problems and their answers in plain float64: the problem centred and scaled as the model defines it,
 * its optimum by cyclic coordinate descent, and objective, dual value and gap of any coefficients.
 */
import type { CooInput, DenseInput } from '../../../src/data/in-memory.js';
import { randomBits } from '../../../src/schedule/random.js';

export interface Problem {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface Recipe {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  /** Part of the entries that are not 0. */
  readonly density?: number;
  /** Added to every entry that is not 0. */
  readonly shift?: number;
  /** Column 1 is a copy of column 0, column 2 is its opposite, column 3 is constant, column 4 is 0. */
  readonly awkward?: boolean;
  /** Every column is one common column and this much of its own. */
  readonly ownPart?: number;
}

/** In (-1, 1), about bell-shaped. */
function noise(seed: number, stream: number, counter: number): number {
  return (randomBits(seed, stream, 2 * counter) + randomBits(seed, stream, 2 * counter + 1)) / 2 ** 32 - 1;
}

const isStored = (recipe: Recipe, i: number, j: number) => randomBits(recipe.seed + 1, i, j) / 2 ** 32 < (recipe.density ?? 1);

function entry(recipe: Recipe, i: number, j: number): number {
  const { awkward, seed, shift = 0, ownPart } = recipe;
  if (awkward && j === 1) return entry(recipe, i, 0);
  if (awkward && j === 2) return -entry(recipe, i, 0);
  if (awkward && j === 3) return 0.7;
  if (awkward && j === 4) return 0;
  if (!isStored(recipe, i, j)) return 0;
  const own = noise(seed, i, j) * (1 + (j % 5));
  return shift + (ownPart === undefined ? own : noise(seed, i, 1 << 20) + ownPart * own);
}

/** Random columns of several scales; y depends on every third one. */
export function problemOf(recipe: Recipe): Problem {
  const { rows, columns, seed } = recipe;
  const x = Float64Array.from({ length: rows * columns }, (_, at) => entry(recipe, Math.floor(at / columns), at % columns));
  const y = Float64Array.from({ length: rows }, (_, i) => {
    let sum = 3 + noise(seed, i, 1 << 21);
    for (let j = 0; j < columns; j += 3) sum += x[i * columns + j] * (j % 2 === 0 ? 1 : -0.5);
    return sum;
  });
  return { rows, columns, x, y };
}

export const asDense = ({ rows, columns, x }: Problem): DenseInput => ({ rows, columns, values: x });

/** The entries that are not 0, the last ones first. */
export function asSparse({ rows, columns, x }: Problem): CooInput {
  const at = [...x.keys()].filter((k) => x[k] !== 0).reverse();
  return { rows, columns, rowIds: at.map((k) => Math.floor(k / columns)), columnIds: at.map((k) => k % columns), values: at.map((k) => x[k]) };
}

export interface Conventions {
  readonly intercept: boolean;
  readonly standardize: boolean;
}

/** The problem that is solved: columns centred and scaled, constant ones zero. */
export interface Transformed {
  readonly rows: number;
  readonly x: readonly Float64Array[];
  readonly y: Float64Array;
  readonly means: readonly number[];
  readonly scales: readonly number[];
  readonly targetMean: number;
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const column = ({ rows, columns, x }: Problem, j: number) => Float64Array.from({ length: rows }, (_, i) => x[i * columns + j]);

export function transform(problem: Problem, { intercept, standardize }: Conventions): Transformed {
  const center = intercept || standardize;
  const raw = Array.from({ length: problem.columns }, (_, j) => column(problem, j));
  const isConstant = raw.map((values) => center && values.every((value) => value === values[0]));
  const means = raw.map((values) => (center ? mean(values) : 0));
  const centred = raw.map((values, j) => values.map((value) => (isConstant[j] ? 0 : value - means[j])));
  const scales = centred.map((values, j) => (standardize && !isConstant[j] ? Math.sqrt(dot(values, values) / problem.rows) : 1));
  const targetMean = center ? mean(problem.y) : 0;
  return { rows: problem.rows, x: centred.map((values, j) => values.map((value) => value / scales[j])), y: problem.y.map((value) => value - targetMean), means, scales, targetMean };
}

/** Coefficients of the transformed problem that predict what these of the original do. */
export const scaled = ({ scales }: Transformed, coefficients: Float64Array) => coefficients.map((value, j) => value * scales[j]);

export function residualOf({ x, y }: Transformed, beta: Float64Array): Float64Array {
  const residual = y.slice();
  x.forEach((values, j) => values.forEach((value, i) => (residual[i] -= value * beta[j])));
  return residual;
}

/** X̃'r / n. */
export function gradientOf(problem: Transformed, beta: Float64Array): Float64Array {
  const residual = residualOf(problem, beta);
  return Float64Array.from(problem.x, (values) => dot(values, residual) / problem.rows);
}

const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export const alphaMaxOf = (problem: Transformed) => largest(gradientOf(problem, new Float64Array(problem.x.length)));

export interface Judgement {
  readonly objective: number;
  readonly dual: number;
  readonly relativeGap: number;
  /** ||y||² / (2n), the unit of the relative gap. */
  readonly scale: number;
}

/** (||y||² - ||y - ρ||²) / (2n) is the dual value, ρ the residual brought into the feasible set. */
export function judge(problem: Transformed, beta: Float64Array, alpha: number): Judgement {
  const { rows, y } = problem;
  const residual = residualOf(problem, beta);
  const objective = dot(residual, residual) / (2 * rows) + alpha * beta.reduce((sum, value) => sum + Math.abs(value), 0);
  const shrink = 1 / Math.max(1, largest(gradientOf(problem, beta)) / alpha);
  const difference = y.map((value, i) => value - shrink * residual[i]);
  const scale = dot(y, y) / (2 * rows);
  const dual = scale - dot(difference, difference) / (2 * rows);
  return { objective, dual, relativeGap: (objective - dual) / scale, scale };
}

/** The optimum, by cyclic coordinate descent until nothing moves any more. */
export function solve(problem: Transformed, alpha: number): Float64Array {
  const { rows, x, y } = problem;
  const beta = new Float64Array(x.length);
  const residual = y.slice();
  const curvatures = x.map((values) => dot(values, values) / rows);
  for (let sweep = 0, moved = 1; sweep < 100_000 && moved > 1e-15; sweep++) {
    moved = 0;
    for (const [j, values] of x.entries()) {
      if (curvatures[j] === 0) continue;
      const goal = beta[j] + dot(values, residual) / rows / curvatures[j];
      const after = Math.sign(goal) * Math.max(0, Math.abs(goal) - alpha / curvatures[j]);
      const step = after - beta[j];
      if (step === 0) continue;
      beta[j] = after;
      values.forEach((value, i) => (residual[i] -= step * value));
      moved = Math.max(moved, Math.abs(step));
    }
  }
  return beta;
}
