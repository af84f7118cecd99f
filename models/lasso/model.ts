/**
 * A trained Lasso: predicts, and is saved as a folder of model.json, coefficients.safetensors and coefficients.csv; one that was
 * chosen from a path has path.csv and path.safetensors beside them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { quoteCsv } from '../../src/data/csv-out.js';
import { DataError, type MatrixChunk } from '../../src/data/dataset.js';
import { shown } from '../../src/data/number.js';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.js';
import { readModelFile, readModelJson } from '../model-file.js';
import { assertFinite, readPathPoint, writePath, type SavedPath } from './saved-path.js';

const FORMAT = 'strads-lasso';
const FORMAT_VERSION = 1;

const summarySchema = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.literal(FORMAT_VERSION),
  stradsVersion: z.string(),
  columns: z.int().nonnegative(),
  samples: z.int().nonnegative(),
  nonzeros: z.int().nonnegative(),
  alpha: z.number(),
  alphaMax: z.number(),
  objective: z.number(),
  /** Best dual value seen; the gap is the objective less this. */
  dual: z.number(),
  relativeGap: z.number(),
  rounds: z.int().nonnegative(),
  stopped: z.enum(['converged', 'round-limit', 'stalled', 'interrupted', 'zero-model']),
  tol: z.number(),
  /** Part of the penalty that is |β|, and whether β ≥ 0. */
  l1Ratio: z.number().default(1),
  nonNegative: z.boolean().default(false),
  standardize: z.boolean(),
  schedule: z.string(),
  seed: z.int(),
  /** The same seed and data give these bits again. */
  reproducible: z.boolean(),
  /** Names of the columns, in order, when the data had a header. */
  features: z.array(z.string()).nullable(),
  /** The path the model was chosen from: its length, the place of this α in it, and how it was chosen. */
  path: z.object({ points: z.int().positive(), chosen: z.int().nonnegative(), folds: z.int().nullable() }).nullable().default(null),
});

/** What is known of how a model came about; everything in model.json. */
export type LassoSummary = z.infer<typeof summarySchema>;

export class LassoModel {
  constructor(
    /** One a column of X, in original units. */
    readonly coefficients: Float64Array,
    readonly intercept: number,
    readonly summary: LassoSummary,
    /** The solutions along the path that this one was chosen from. */
    readonly path: SavedPath | null = null,
  ) {}

  /** ŷ of the rows of one chunk, added to what `into` holds for them; the caller starts with the intercept. */
  accumulate(chunk: MatrixChunk, columns: number, into: Float64Array, firstRow = 0): void {
    const { coefficients } = this;
    if (chunk.kind === 'sparse') {
      for (let e = 0; e < chunk.rows.length; e++) into[chunk.rows[e]! - firstRow]! += chunk.values[e]! * coefficients[chunk.columns[e]!]!;
      return;
    }
    for (let r = 0, at = 0; r < chunk.rows; r++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += chunk.values[at++]! * coefficients[j]!;
      into[chunk.firstRow - firstRow + r]! += sum;
    }
  }

  /** Name of a column as the data called it, else its number from 1. */
  featureName(column: number): string {
    return this.summary.features?.[column] ?? String(column + 1);
  }

  /** Writes the files of the model into a folder that exists or not. */
  async writeTo(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'coefficients.safetensors'), writeSafetensors({ coefficients: { shape: [this.coefficients.length], data: this.coefficients }, intercept: { shape: [1], data: Float64Array.of(this.intercept) } }));
    await writeFile(join(folder, 'coefficients.csv'), this.#csv());
    if (this.path !== null) await writePath(folder, this.path);
    await writeFile(join(folder, 'model.json'), `${JSON.stringify(this.summary, null, 2)}\n`);
  }

  /** The intercept and the nonzero coefficients, by column. */
  #csv(): string {
    const lines = ['feature,coefficient', `(intercept),${this.intercept}`];
    for (const [j, value] of this.coefficients.entries()) if (value !== 0) lines.push(`${quoteCsv(this.featureName(j))},${value}`);
    return `${lines.join('\n')}\n`;
  }

  /**
   * Reads a saved model, of a path the solution at `alpha` where given. Throws DataError that names the file and what is wrong
   * with it.
   */
  static async load(folder: string, alpha?: number): Promise<LassoModel> {
    const summary = await readSummary(join(folder, 'model.json'));
    const file = join(folder, 'coefficients.safetensors');
    const tensors = readSafetensors(await readModelFile(file), file);
    const coefficients = tensors['coefficients']?.data;
    const intercept = tensors['intercept']?.data;
    if (!(coefficients instanceof Float64Array) || !(intercept instanceof Float64Array) || intercept.length !== 1) throw new DataError(`${file}: expected float64 tensors "coefficients" and "intercept", found ${shown(Object.keys(tensors).join(', ')) || 'none'}`);
    if (coefficients.length !== summary.columns) throw new DataError(`${file}: ${coefficients.length} coefficients, but model.json says ${summary.columns} columns: the folder mixes two models; train again`);
    assertFinite(coefficients, 'coefficients', file);
    assertFinite(intercept, 'intercept', file);
    if (alpha === undefined) return new LassoModel(coefficients, intercept[0]!, summary);
    const point = await readPathPoint(folder, alpha, summary.columns);
    return new LassoModel(point.coefficients, point.intercept, { ...summary, alpha: point.alpha, nonzeros: point.nonzeros });
  }
}

export function summaryOf(fields: Omit<LassoSummary, 'format' | 'formatVersion'>): LassoSummary {
  return { format: FORMAT, formatVersion: FORMAT_VERSION, ...fields };
}

async function readSummary(file: string): Promise<LassoSummary> {
  const summary = await readModelJson(file, summarySchema, `Lasso model that this version (format ${FORMAT_VERSION}) reads`);
  const { features, columns } = summary;
  if (features === null || features.length === columns) return summary;
  throw new DataError(`${file}: found ${features.length} features, expected ${columns}, one for each of the columns: the model is damaged; train it again`);
}
