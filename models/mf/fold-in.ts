/**
 * A new user's row from his ratings, the items fixed. In: the items' factors and his ratings. Out: the factors and the bias that
 * minimize his part of the training objective, in float64.
 *
 * Explicit feedback: Σ_j (a_j - mean - b - c_j - w·h_j)² + penalty (‖w‖² + b²), penalty = λ n or λ. Implicit (Hu, Koren and
 * Volinsky, ICDM 2008): Σ_j [(1 + v_j)(1 - w·h_j)² - (w·h_j)²] + Σ over all items (w·h_j)² + penalty ‖w‖², v_j = confidence · a_j.
 */
import { biasColumn, shapeOf } from './shape.js';
import type { Table } from './scorer.js';
import type { MfSummary } from './summary.js';

/** Ratings of one user: item rows, each once, and values. */
export interface UserRatings {
  readonly items: Uint32Array;
  readonly values: Float64Array;
}

export interface FoldedRow {
  /** One a rank. */
  readonly factors: Float64Array;
  /** 0 in a model without biases. */
  readonly bias: number;
}

/** Normal equations: minimize w'Aw - 2 b'w. The first `bounded` of the unknowns may not be negative. */
export interface NormalEquations {
  /** Symmetric, row-major. */
  readonly matrix: Float64Array;
  readonly right: Float64Array;
  readonly bounded: number;
}

/** `gram`: HᵀH over all items, asked for where feedback is implicit. */
export function foldInRow(items: Table, ratings: UserRatings, model: MfSummary, gram: () => Float64Array): FoldedRow {
  const { rank } = model;
  const solution = solve(normalEquationsOf(items, ratings, model, gram));
  return { factors: solution.slice(0, rank), bias: model.biases ? solution[rank] : 0 };
}

function normalEquationsOf({ rows, stride }: Table, { items, values }: UserRatings, model: MfSummary, gram: () => Float64Array): NormalEquations {
  const { rank, biases, implicit, lambda, penaltyPer, mean, confidence, nonNegative } = model;
  const unknowns = rank + Number(biases);
  const matrix = implicit ? gram().slice() : new Float64Array(unknowns * unknowns);
  const right = new Float64Array(unknowns);
  const itemBias = biasColumn(shapeOf(rank, biases), 'item');
  const x = new Float64Array(unknowns).fill(1);
  for (const [at, item] of items.entries()) {
    x.set(rows.subarray(item * stride, item * stride + rank));
    const weight = implicit ? confidence! * values[at] : 1;
    const target = implicit ? 1 + weight : values[at] - mean - (biases ? rows[item * stride + itemBias] : 0);
    for (let i = 0; i < unknowns; i++) {
      right[i] += target * x[i];
      for (let j = 0; j < unknowns; j++) matrix[i * unknowns + j] += weight * x[i] * x[j];
    }
  }
  const penalty = penaltyPer === 'ratings' ? lambda * items.length : lambda;
  for (let i = 0; i < unknowns; i++) matrix[i * unknowns + i] += penalty;
  return { matrix, right, bounded: nonNegative ? rank : 0 };
}

/** HᵀH of the factors of all items, row-major. */
export function gramOf({ rows, stride }: Table, count: number, rank: number): Float64Array {
  const gram = new Float64Array(rank * rank);
  for (let item = 0; item < count; item++) {
    const row = rows.subarray(item * stride, item * stride + rank);
    for (let i = 0; i < rank; i++) for (let j = 0; j <= i; j++) gram[i * rank + j] += row[i] * row[j];
  }
  for (let i = 0; i < rank; i++) for (let j = 0; j < i; j++) gram[j * rank + i] = gram[i * rank + j];
  return gram;
}

/** The minimizer; of several the one that a descent from 0 comes to. */
export function solve(equations: NormalEquations): Float64Array {
  return equations.bounded > 0 ? descend(equations) : conjugateGradients(equations);
}

/** Residuals below this part of the right-hand side are rounding. */
const TOLERANCE = 1e-14;
/** In exact arithmetic there are as many steps as unknowns; rounding asks for some more. */
const STEPS_AN_UNKNOWN = 10;
const LEAST_STEPS = 100;

function conjugateGradients({ matrix, right }: NormalEquations): Float64Array {
  const solution = new Float64Array(right.length);
  const residual = right.slice();
  const direction = right.slice();
  let squares = dot(residual, residual);
  const enough = TOLERANCE ** 2 * squares;
  for (let step = 0; squares > enough && step < STEPS_AN_UNKNOWN * right.length + LEAST_STEPS; step++) {
    const product = productOf(matrix, direction);
    const curvature = dot(direction, product);
    if (!(curvature > 0)) break;
    const length = squares / curvature;
    add(solution, length, direction);
    add(residual, -length, product);
    const before = squares;
    squares = dot(residual, residual);
    for (let i = 0; i < direction.length; i++) direction[i] = residual[i] + (squares / before) * direction[i];
  }
  return solution;
}

/** A cycle whose steps change nothing but rounding ends the descent. */
const MOST_CYCLES = 100_000;

/** Cyclic coordinate descent, every step the exact minimum within the bound. */
function descend({ matrix, right, bounded }: NormalEquations): Float64Array {
  const unknowns = right.length;
  const solution = new Float64Array(unknowns);
  const gradient = right.slice();
  for (let cycle = 0; cycle < MOST_CYCLES; cycle++) {
    let largest = 0;
    for (let i = 0; i < unknowns; i++) {
      const curvature = matrix[i * unknowns + i];
      if (!(curvature > 0)) continue;
      const free = solution[i] + gradient[i] / curvature;
      const step = (i < bounded ? Math.max(0, free) : free) - solution[i];
      if (step === 0) continue;
      solution[i] += step;
      add(gradient, -step, matrix.subarray(i * unknowns, (i + 1) * unknowns));
      largest = Math.max(largest, Math.abs(step));
    }
    if (largest <= TOLERANCE * solution.reduce((most, value) => Math.max(most, Math.abs(value)), 0)) break;
  }
  return solution;
}

function productOf(matrix: Float64Array, x: Float64Array): Float64Array {
  return x.map((_, i) => dot(matrix.subarray(i * x.length, (i + 1) * x.length), x));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** a += scale · b. */
function add(a: Float64Array, scale: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += scale * b[i];
}
