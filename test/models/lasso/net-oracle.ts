/**
 * The weighted elastic net in plain float64, written from its definition: with weights v_i over samples, w_j over features,
 * min 1/(2 Σ v) Σ v_i (y_i - ŷ_i)² + α Σ w_j (ρ |β_j| + (1 - ρ)/2 β_j²), on columns centred and scaled as asked.
 */
import type { PenaltyShape } from '../../../models/lasso/penalty.js';
import type { Conventions, Problem } from './problems.js';

export interface Net {
  readonly penalty: PenaltyShape;
  readonly sampleWeights: Float64Array;
  readonly conventions: Conventions;
  /** Part of alpha_max. */
  readonly ratio: number;
}

export interface Outcome {
  /** Of the centred and scaled columns. */
  readonly beta: Float64Array;
  /** Of the columns as given. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
  readonly alpha: number;
  readonly alphaMax: number;
  readonly objective: number;
}

export class NetOracle {
  readonly #net: Net;
  readonly #shares: Float64Array;
  readonly #columns: Float64Array[];
  readonly #y: Float64Array;
  readonly #means: number[];
  readonly #scales: number[];
  readonly #targetMean: number;
  readonly #curvatures: number[];

  constructor({ rows, columns, x, y }: Problem, net: Net) {
    const { intercept, standardize } = net.conventions;
    const total = net.sampleWeights.reduce((sum, weight) => sum + weight, 0);
    this.#net = net;
    this.#shares = net.sampleWeights.map((weight) => weight / total);
    const center = intercept || standardize;
    const raw = Array.from({ length: columns }, (_, j) => Float64Array.from({ length: rows }, (_, i) => x[i * columns + j]));
    const counted = (values: Float64Array) => values.filter((_, i) => this.#shares[i] > 0);
    const constant = raw.map((values) => center && counted(values).every((value) => value === counted(values)[0]));
    this.#means = raw.map((values) => (center ? this.#mean(values) : 0));
    const centred = raw.map((values, j) => values.map((value) => (constant[j] ? 0 : value - this.#means[j])));
    this.#scales = centred.map((values, j) => (standardize && !constant[j] ? Math.sqrt(this.#product(values, values)) : 1));
    this.#columns = centred.map((values, j) => values.map((value) => value / this.#scales[j]));
    this.#targetMean = center ? this.#mean(y) : 0;
    this.#y = y.map((value) => value - this.#targetMean);
    this.#curvatures = this.#columns.map((values) => this.#product(values, values));
  }

  #mean(values: Float64Array): number {
    return values.reduce((sum, value, i) => sum + this.#shares[i] * value, 0);
  }

  #product(a: Float64Array, b: Float64Array): number {
    return a.reduce((sum, value, i) => sum + this.#shares[i] * value * b[i], 0);
  }

  #weight(j: number): number {
    return this.#net.penalty.weights?.[j] ?? 1;
  }

  #residual(beta: Float64Array): Float64Array {
    return this.#y.map((value, i) => beta.reduce((rest, b, j) => rest - b * this.#columns[j][i], value));
  }

  objective(beta: Float64Array, alpha: number): number {
    const { l1Ratio } = this.#net.penalty;
    const residual = this.#residual(beta);
    const penalty = beta.reduce((sum, b, j) => sum + this.#weight(j) * (l1Ratio * Math.abs(b) + ((1 - l1Ratio) / 2) * b * b), 0);
    return this.#product(residual, residual) / 2 + alpha * penalty;
  }

  /** Weighted variance of y, halved: the unit of the relative gap. */
  get scale(): number {
    return this.#product(this.#y, this.#y) / 2;
  }

  scaled(coefficients: Float64Array): Float64Array {
    return coefficients.map((value, j) => value * this.#scales[j]);
  }

  /** Coordinate descent until nothing moves; `only` says which columns may. */
  #descend(alpha: number, only: (j: number) => boolean): Float64Array {
    const { l1Ratio, nonNegative } = this.#net.penalty;
    const beta = new Float64Array(this.#columns.length);
    const residual = this.#y.slice();
    for (let sweep = 0, moved = 1; sweep < 20_000 && moved > 1e-15; sweep++) {
      moved = 0;
      for (const [j, values] of this.#columns.entries()) {
        if (this.#curvatures[j] === 0 || !only(j)) continue;
        const pull = this.#product(values, residual) + this.#curvatures[j] * beta[j];
        const size = Math.max(0, (nonNegative ? pull : Math.abs(pull)) - alpha * l1Ratio * this.#weight(j));
        const after = (Math.sign(pull) * size) / (this.#curvatures[j] + alpha * (1 - l1Ratio) * this.#weight(j));
        const step = after - beta[j];
        if (step === 0) continue;
        beta[j] = after;
        values.forEach((value, i) => (residual[i] -= step * value));
        moved = Math.max(moved, Math.abs(step));
      }
    }
    return beta;
  }

  alphaMax(): number {
    const { l1Ratio, nonNegative } = this.#net.penalty;
    const residual = this.#residual(this.#descend(0, (j) => this.#weight(j) === 0));
    return this.#columns.reduce((most, values, j) => {
      if (this.#weight(j) === 0) return most;
      const pull = this.#product(values, residual);
      return Math.max(most, (nonNegative ? Math.max(0, pull) : Math.abs(pull)) / (l1Ratio * this.#weight(j)));
    }, 0);
  }

  solve(alphaMax = this.alphaMax()): Outcome {
    const alpha = this.#net.ratio * alphaMax;
    const beta = this.#descend(alpha, () => true);
    const coefficients = beta.map((value, j) => value / this.#scales[j]);
    const intercept = this.#targetMean - coefficients.reduce((sum, value, j) => sum + value * this.#means[j], 0);
    return { beta, coefficients, intercept, alpha, alphaMax, objective: this.objective(beta, alpha) };
  }
}
