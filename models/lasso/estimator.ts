/** The Lasso as a library class: `const model = await new Lasso({ alpha: 0.1 }).fit(X, y); model.predict(X2)`. */
import { writeFolder } from '../../src/data/folder.js';
import { DataError } from '../../src/data/dataset.js';
import { matrixFrom, type MatrixInput } from '../../src/data/in-memory.js';
import type { EngineRequest } from '../../src/engine/choose-engine.js';
import { openInProcess, openProcesses, type Session } from '../../src/runtime/session.js';
import { parseWorkers, UsageError } from '../../src/runtime/worker-request.js';
import { VERSION } from '../../src/version.js';
import { workerModule, workerPrograms } from '../workers.js';
import { fitLasso, type LassoFit } from './fit.js';
import { LassoModel, summaryOf } from './model.js';
import { lassoShards } from './open.js';
import type { FitObserver } from './optimize.js';
import { lassoOptionsSchema, type LassoInput, type LassoOptions } from './options.js';

/** Where a fit runs: in this process with one wasm worker unless `workers` or `engine` say otherwise. */
export interface Placement {
  /** A number, or a list such as 'webgpu:1,wasm:2'. */
  readonly workers?: number | string;
  readonly engine?: EngineRequest;
}

/** Validates options. Throws UsageError in a sentence. */
export function parseLassoOptions(input: LassoInput): LassoOptions {
  const parsed = lassoOptionsSchema.safeParse(input);
  if (!parsed.success) throw new UsageError(`Lasso: ${parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')}`);
  return parsed.data;
}

/** Turns the outcome of a fit into a model. */
export function modelOf(fit: LassoFit, { tol, standardize, schedule, seed }: LassoOptions, features: readonly string[] | null): LassoModel {
  const { coefficients, intercept, samples, nonzeros, alpha, alphaMax, objective, dual, relativeGap, rounds, stopped } = fit;
  const outcome = { columns: coefficients.length, samples, nonzeros, alpha, alphaMax, objective, dual, relativeGap, rounds, stopped };
  const summary = summaryOf({ stradsVersion: VERSION, ...outcome, tol, standardize, schedule, seed, reproducible: isReproducible(fit), features: features ? [...features] : null });
  return new LassoModel(coefficients, intercept, summary);
}

/** Whether the same seed and data give the same bits again: when a run is interrupted, the clock decides. */
export function isReproducible({ stopped }: LassoFit): boolean {
  return stopped !== 'interrupted';
}

export class Lasso {
  readonly #options: LassoOptions;
  readonly #placement: Placement;

  constructor({ workers, engine, ...options }: LassoInput & Placement = {}) {
    this.#options = parseLassoOptions(options);
    this.#placement = { ...(workers === undefined ? {} : { workers }), ...(engine === undefined ? {} : { engine }) };
  }

  /** Trains on X (samples × columns) and y (one number a sample). */
  async fit(X: MatrixInput, y: ArrayLike<number>, observer: FitObserver = {}): Promise<FittedLasso> {
    const matrix = matrixFrom(X);
    const target = targetFrom(y, matrix.rows);
    const session = await this.#open();
    try {
      const fit = await fitLasso(session.cluster(lassoShards(matrix, this.#options, 0)), { matrix, target }, this.#options, observer);
      return new FittedLasso(modelOf(fit, this.#options, matrix.columnNames));
    } finally {
      await session.close();
    }
  }

  #open(): Promise<Session> {
    const { workers, engine } = this.#placement;
    if (workers === undefined && engine === undefined) return openInProcess(workerPrograms);
    return openProcesses({ workers: parseWorkers(String(workers ?? 1), engine ?? 'auto'), workerModule });
  }
}

/** A trained Lasso in memory. */
export class FittedLasso {
  constructor(readonly model: LassoModel) {}

  get coefficients(): Float64Array {
    return this.model.coefficients;
  }

  get intercept(): number {
    return this.model.intercept;
  }

  /** ŷ of every row of X. */
  predict(X: MatrixInput): Float64Array {
    const matrix = matrixFrom(X);
    if (matrix.columns !== this.coefficients.length) throw new DataError(`X has ${matrix.columns} columns, the model was trained on ${this.coefficients.length}`);
    const predictions = new Float64Array(matrix.rows).fill(this.intercept);
    this.model.accumulate(matrix.chunk, matrix.columns, predictions);
    return predictions;
  }

  /** Writes the model's folder, beside its place first and then renamed. */
  async save(folder: string, { overwrite = false } = {}): Promise<void> {
    await writeFolder(folder, { overwrite }, (temporary) => this.model.writeTo(temporary));
  }

  static async load(folder: string): Promise<FittedLasso> {
    return new FittedLasso(await LassoModel.load(folder));
  }
}

function targetFrom(y: ArrayLike<number>, rows: number): Float64Array {
  if (y.length !== rows) throw new DataError(`X has ${rows} rows and y ${y.length} values: give one value a row`);
  const target = Float64Array.from(y);
  const bad = target.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new DataError(`y[${bad}] is ${target[bad]}: every value must be a finite number`);
  return target;
}
