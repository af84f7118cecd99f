/** The Lasso as library classes: `const model = await new Lasso({ alpha: 0.1 }).fit(X, y); model.predict(X2)`. */
import { writeFolder } from '../../src/data/folder.js';
import { DataError } from '../../src/data/dataset.js';
import { matrixFrom, type MatrixInput } from '../../src/data/in-memory.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { plannedFit } from '../../src/runtime/planned-fit.js';
import type { Session } from '../../src/runtime/session.js';
import { VERSION } from '../../src/version.js';
import { DataDigest } from '../data-digest.js';
import { parsedOptions } from '../parsed-options.js';
import { withSession, type Placement } from '../placement.js';
import { densely, fitLasso, type LassoFit } from './fit.js';
import { LassoModel, summaryOf } from './model.js';
import { lassoShards, type TrainingData } from './open.js';
import type { FitObserver, Stopped } from './optimize.js';
import { lassoOptionsSchema, lassoPathOptionsSchema, type LassoInput, type LassoOptions, type LassoPathInput, type LassoPathOptions, type TrainingOptions } from './options.js';
import { fitLassoPath, type LassoPathFit, type PathObserver } from './path.js';

/** What a fit takes beside X and y. */
export interface FitExtras {
  /** One number a row, at least 0. */
  readonly sampleWeights?: ArrayLike<number>;
  /** One number a column, at least 0: how strongly it is penalized. */
  readonly featureWeights?: ArrayLike<number>;
}

/** Validates options. Throws UsageError in a sentence. */
export function parseLassoOptions(input: LassoInput): LassoOptions {
  return parsedOptions('Lasso', lassoOptionsSchema.safeParse(input));
}

export function parseLassoPathOptions(input: LassoPathInput): LassoPathOptions {
  return parsedOptions('Lasso', lassoPathOptionsSchema.safeParse(input));
}

/** What a model keeps of its training, however its α was chosen. */
function trainingOf({ tol, standardize, schedule, seed, l1Ratio, nonNegative }: TrainingOptions, features: readonly string[] | null) {
  return { stradsVersion: VERSION, tol, standardize, schedule, seed, l1Ratio, nonNegative, features: features ? [...features] : null };
}

/** Turns the outcome of a fit into a model. */
export function modelOf(fit: LassoFit, options: LassoOptions, features: readonly string[] | null): LassoModel {
  const { coefficients, intercept, samples, nonzeros, alpha, alphaMax, objective, dual, relativeGap, rounds, stopped } = fit;
  const outcome = { columns: coefficients.length, samples, nonzeros, alpha, alphaMax, objective, dual, relativeGap, rounds, stopped, reproducible: isReproducible(fit), path: null };
  return new LassoModel(coefficients, intercept, summaryOf({ ...trainingOf(options, features), ...outcome }));
}

/** The model of the chosen α, with the path beside it. */
export function pathModelOf(fit: LassoPathFit, options: LassoPathOptions, columns: number, features: readonly string[] | null): LassoModel {
  const { points, crossValidation, chosen, alphaMax, samples, rounds, stopped } = fit;
  const { ids, values, intercept, ...point } = points[chosen]!;
  const path = { points: points.length, chosen, folds: crossValidation?.folds ?? null };
  const outcome = { ...point, columns, samples, alphaMax, rounds, stopped, reproducible: isReproducible(fit), path };
  return new LassoModel(densely({ ids, values }, columns), intercept, summaryOf({ ...trainingOf(options, features), ...outcome }), { points, crossValidation });
}

/** Whether the same seed and data give the same bits again: when a run is interrupted, the clock decides. */
export function isReproducible({ stopped }: { readonly stopped: Stopped }): boolean {
  return stopped !== 'interrupted';
}

/** The Lasso at one α. */
export class Lasso {
  readonly #options: LassoOptions;
  readonly #placement: Placement;

  constructor({ workers, engine, profile, checkpoint, ...options }: LassoInput & Placement = {}) {
    this.#options = parseLassoOptions(options);
    this.#placement = { workers, engine, profile, checkpoint };
  }

  /** Trains on X (samples × columns) and y (one number a sample). */
  async fit(X: MatrixInput, y: ArrayLike<number>, { sampleWeights, featureWeights, ...observer }: FitObserver & FitExtras = {}): Promise<FittedLasso> {
    const data = dataFrom(X, y, { sampleWeights, featureWeights });
    const shards = lassoShards(data.matrix, this.#options, 0);
    const fit = await fitOn(this.#placement, { data, options: this.#options, shards, observer }, (cluster, watched) => fitLasso(cluster, data, this.#options, watched));
    return new FittedLasso(modelOf(fit, this.#options, data.matrix.columnNames));
  }
}

/** The Lasso along a path of α, with cross-validation if `cv` asks for it. */
export class LassoPath {
  readonly #options: LassoPathOptions;
  readonly #placement: Placement;

  constructor({ workers, engine, profile, checkpoint, ...options }: LassoPathInput & Placement = {}) {
    this.#options = parseLassoPathOptions(options);
    this.#placement = { workers, engine, profile, checkpoint };
  }

  /** Trains on X (samples × columns) and y (one number a sample). */
  async fit(X: MatrixInput, y: ArrayLike<number>, { sampleWeights, featureWeights, ...observer }: PathObserver & FitExtras = {}): Promise<FittedLassoPath> {
    const data = dataFrom(X, y, { sampleWeights, featureWeights });
    const shards = lassoShards(data.matrix, this.#options, this.#options.cv ?? 0);
    const fit = await fitOn(this.#placement, { data, options: this.#options, shards, observer }, (cluster, watched) => fitLassoPath(cluster, data, this.#options, watched));
    return new FittedLassoPath(pathModelOf(fit, this.#options, data.matrix.columns, data.matrix.columnNames), fit);
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

/** All solutions of a path; as a model it is the chosen one. */
export class FittedLassoPath extends FittedLasso {
  constructor(
    model: LassoModel,
    /** Every solution, and how cross-validation judged it. */
    readonly fit: Pick<LassoPathFit, 'points' | 'crossValidation' | 'chosen' | 'alphaMax' | 'stopped'>,
  ) {
    super(model);
  }
}

interface Asked<Observer> {
  readonly data: TrainingData;
  readonly options: TrainingOptions;
  readonly shards: number;
  readonly observer: Observer;
}

/** Fits where the placement says, with the checkpoints that it asks for. */
async function fitOn<Observer extends FitObserver, Fit>(placement: Placement, { data, options, shards, observer }: Asked<Observer>, fit: (cluster: Cluster, observer: Observer) => Promise<Fit>): Promise<Fit> {
  const planned = await plannedFit(placement.checkpoint, observer, async () => ({ model: 'lasso', options, data: await digestOf(data) }));
  const use = async (session: Session) => {
    const cluster = planned.cluster(session, shards);
    const found = await fit(cluster, planned.observer);
    await cluster.conclude();
    return found;
  };
  return withSession(placement, use, planned.plan);
}

async function digestOf({ matrix, target, sampleWeights = null, featureWeights = null }: TrainingData): Promise<string> {
  const digest = new DataDigest().add(Uint32Array.of(matrix.rows, matrix.columns), target, sampleWeights, featureWeights);
  for await (const chunk of matrix.chunks()) digest.addChunk(chunk);
  return digest.value;
}

function dataFrom(X: MatrixInput, y: ArrayLike<number>, { sampleWeights, featureWeights }: { [Name in keyof FitExtras]: FitExtras[Name] | undefined }): TrainingData {
  const matrix = matrixFrom(X);
  return {
    matrix,
    target: vectorFrom('y', y, matrix.rows, 'row'),
    sampleWeights: sampleWeights === undefined ? null : weightsFrom('sampleWeights', sampleWeights, matrix.rows, 'row'),
    featureWeights: featureWeights === undefined ? null : weightsFrom('featureWeights', featureWeights, matrix.columns, 'column'),
  };
}

function weightsFrom(name: string, input: ArrayLike<number>, count: number, of: string): Float64Array {
  const weights = vectorFrom(name, input, count, of);
  const bad = weights.findIndex((weight) => weight < 0);
  if (bad >= 0) throw new DataError(`${name}[${bad}] is ${weights[bad]}: a weight is at least 0`);
  return weights;
}

function vectorFrom(name: string, input: ArrayLike<number>, count: number, of: string): Float64Array {
  if (input.length !== count) throw new DataError(`X has ${count} ${of}s and ${name} ${input.length} values: give one value a ${of}`);
  const values = Float64Array.from(input);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new DataError(`${name}[${bad}] is ${values[bad]}: every value must be a finite number`);
  return values;
}
