/**
 * Judges a Lasso's coefficients, whoever found them. In: the data as parsed, and coefficients in original units. Out: objective and
 * relative duality gap in float64, in the coordinates of the centred and scaled problem. It shares no code with the models, and
 * its own intercept is the best one for the coefficients: centring is the same as minimizing over it.
 */
import type { Column, Columns } from './columns.js';

export interface Conventions {
  readonly intercept: boolean;
  /** Columns are divided by their population standard deviation; constant columns are dropped. Centres too. */
  readonly standardize: boolean;
}

export interface Score {
  /** 1/(2n) ||y - X̃β||² + α ||β||₁. */
  readonly objective: number;
  /** (objective - dual) / (||y||² / (2n)); the dual point is the residual, scaled down until it is feasible. */
  readonly relativeGap: number;
}

export class Scorer {
  /** One number a column; mean 0 and scale 1 where the conventions do not ask for one. */
  readonly means: Float64Array;
  readonly scales: Float64Array;
  /** Mean of y with centring, else 0. */
  readonly targetMean: number;
  /** y - targetMean. */
  readonly centredTarget: Float64Array;
  readonly #columns: Columns;
  readonly #center: boolean;

  constructor(columns: Columns, target: Float64Array, { intercept, standardize }: Conventions) {
    this.#columns = columns;
    this.#center = intercept || standardize;
    this.targetMean = this.#center ? mean(target) : 0;
    this.centredTarget = target.map((y) => y - this.targetMean);
    this.means = new Float64Array(columns.count);
    this.scales = new Float64Array(columns.count).fill(1);
    if (this.#center) for (let j = 0; j < columns.count; j++) this.#measure(j, columns.column(j), standardize);
  }

  #measure(j: number, column: Column, standardize: boolean): void {
    const { rows } = this.#columns;
    const center = (this.means[j] = sum(column.values) / rows);
    if (!standardize || isConstant(column, rows)) return;
    let squares = (rows - column.values.length) * center * center;
    for (const x of column.values) squares += (x - center) * (x - center);
    this.scales[j] = Math.sqrt(squares / rows);
  }

  /** The smallest α at which every coefficient is 0. */
  alphaMax(): number {
    return this.#largestGradient(this.centredTarget);
  }

  /** `coefficients`: one a column, in original units. */
  score(alpha: number, coefficients: Float64Array): Score {
    const { rows } = this.#columns;
    const { residual, norm } = this.#residual(coefficients);
    const largest = this.#largestGradient(residual);
    const shrink = largest > alpha ? alpha / largest : 1;
    const squares = dot(residual, residual);
    const objective = squares / (2 * rows) + alpha * norm;
    const dual = (2 * shrink * dot(this.centredTarget, residual) - shrink * shrink * squares) / (2 * rows);
    return { objective, relativeGap: (objective - dual) / (dot(this.centredTarget, this.centredTarget) / (2 * rows)) };
  }

  /** y - X̃β, and ||β||₁, of the scaled problem. */
  #residual(coefficients: Float64Array): { residual: Float64Array; norm: number } {
    const residual = this.centredTarget.slice();
    let norm = 0;
    for (let j = 0; j < coefficients.length; j++) {
      const coefficient = coefficients[j]!;
      if (coefficient === 0) continue;
      norm += Math.abs(coefficient) * this.scales[j]!;
      const { rowIds, values } = this.#columns.column(j);
      for (let e = 0; e < values.length; e++) residual[rowIds ? rowIds[e]! : e]! -= coefficient * values[e]!;
    }
    const rest = this.#center ? mean(residual) : 0;
    return { residual: residual.map((r) => r - rest), norm };
  }

  /** max_j |x̃_j'v| / n for a v whose sum is 0 where columns are centred, which takes their means out by itself. */
  #largestGradient(vector: Float64Array): number {
    let largest = 0;
    for (let j = 0; j < this.#columns.count; j++) {
      const { rowIds, values } = this.#columns.column(j);
      const center = rowIds ? 0 : this.means[j]!;
      let product = 0;
      for (let e = 0; e < values.length; e++) product += (values[e]! - center) * vector[rowIds ? rowIds[e]! : e]!;
      largest = Math.max(largest, Math.abs(product) / this.scales[j]!);
    }
    return largest / this.#columns.rows;
  }
}

function isConstant({ values }: Column, rows: number): boolean {
  const first = values.length < rows ? 0 : values[0]!;
  return values.every((x) => x === first);
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function mean(values: Float64Array): number {
  return sum(values) / values.length;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
