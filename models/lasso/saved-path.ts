/** A path of solutions on disk: path.csv for people and plots, path.safetensors with the coefficients. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../src/data/dataset.js';
import { shown } from '../../src/data/number.js';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.js';
import type { CrossValidation, PathPoint } from './path.js';

export interface SavedPath {
  readonly points: readonly PathPoint[];
  readonly crossValidation: CrossValidation | null;
}

const TABLE = 'path.csv';
const COEFFICIENTS = 'path.safetensors';

export async function writePath(folder: string, path: SavedPath): Promise<void> {
  await writeFile(join(folder, TABLE), tableOf(path));
  await writeFile(join(folder, COEFFICIENTS), coefficientsOf(path.points));
}

function tableOf({ points, crossValidation }: SavedPath): string {
  const columns = ['alpha', 'objective', 'relativeGap', 'nonzeros', 'intercept', 'stopped', ...(crossValidation ? ['error', 'standardError'] : [])];
  const rows = points.map(({ alpha, objective, relativeGap, nonzeros, intercept, stopped }, k) =>
    [alpha, objective, relativeGap, nonzeros, intercept, stopped, ...(crossValidation ? [crossValidation.errors[k], crossValidation.standardErrors[k]] : [])].join(','),
  );
  return `${[columns.join(','), ...rows].join('\n')}\n`;
}

/** Solution k has the coefficients starts[k] … starts[k + 1] - 1. */
function coefficientsOf(points: readonly PathPoint[]): Uint8Array {
  const starts = new Uint32Array(points.length + 1);
  for (const [k, { ids }] of points.entries()) starts[k + 1] = starts[k]! + ids.length;
  const ids = new Uint32Array(starts[points.length]!);
  const values = new Float64Array(ids.length);
  for (const [k, point] of points.entries()) {
    ids.set(point.ids, starts[k]);
    values.set(point.values, starts[k]);
  }
  const alphas = Float64Array.from(points, ({ alpha }) => alpha);
  const intercepts = Float64Array.from(points, ({ intercept }) => intercept);
  return writeSafetensors({
    alphas: { shape: [alphas.length], data: alphas },
    intercepts: { shape: [intercepts.length], data: intercepts },
    starts: { shape: [starts.length], data: starts },
    ids: { shape: [ids.length], data: ids },
    values: { shape: [values.length], data: values },
  });
}

export interface PathSolution {
  readonly alpha: number;
  readonly coefficients: Float64Array;
  readonly intercept: number;
  readonly nonzeros: number;
}

/** An α as it is printed names its solution. */
const SAME_ALPHA = 1e-3;

/** The solution whose α is `alpha`, to three digits. Throws DataError when the folder holds no path or none that near. */
export async function readPathPoint(folder: string, alpha: number, columns: number): Promise<PathSolution> {
  const file = join(folder, COEFFICIENTS);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(error.code === 'ENOENT' ? `${file}: not found: the model was not trained with --path, so it has one alpha only; leave --alpha out` : `${file}: can't be read: ${error.message}`);
  });
  const tensors = readSafetensors(bytes, file);
  const [alphas, intercepts, starts, ids, values] = ['alphas', 'intercepts', 'starts', 'ids', 'values'].map((name) => tensors[name]?.data);
  if (!(alphas instanceof Float64Array && intercepts instanceof Float64Array && starts instanceof Uint32Array && ids instanceof Uint32Array && values instanceof Float64Array)) {
    throw new DataError(`${file}: expected tensors alphas, intercepts, starts, ids and values, found ${shown(Object.keys(tensors).join(', ')) || 'none'}: the model is damaged; train it again`);
  }
  const belong = alphas.length > 0 && intercepts.length === alphas.length && starts.length === alphas.length + 1 && ids.length === values.length && areStarts(starts, ids.length);
  if (!belong || ids.some((id) => id >= columns)) throw new DataError(`${file}: its tensors do not belong together, or to a model of ${columns} columns: the model is damaged; train it again`);
  for (const [name, numbers] of Object.entries({ alphas, intercepts, values })) assertFinite(numbers, name, file);
  const k = nearest(alphas, alpha);
  if (!(Math.abs(alphas[k]! - alpha) <= SAME_ALPHA * alpha)) throw new DataError(`${file}: has no solution at alpha ${alpha}; it has ${alphas.length} from ${alphas[0]} down to ${alphas.at(-1)}, the nearest at ${alphas[k]}: see ${TABLE}`);
  const coefficients = new Float64Array(columns);
  for (let at = starts[k]!; at < starts[k + 1]!; at++) coefficients[ids[at]!] = values[at]!;
  return { alpha: alphas[k]!, coefficients, intercept: intercepts[k]!, nonzeros: starts[k + 1]! - starts[k]! };
}

/** Whether they begin at 0, never descend, and end at `end`. */
function areStarts(starts: Uint32Array, end: number): boolean {
  return starts[0] === 0 && starts.at(-1) === end && starts.every((start, k) => k === 0 || start >= starts[k - 1]!);
}

/** Throws DataError for a number of a tensor that is infinite or none. */
export function assertFinite(numbers: Float64Array, name: string, file: string): void {
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad >= 0) throw new DataError(`${file}: ${name}, number ${bad} (from 0): found ${numbers[bad]}, expected a finite number: the model is damaged; train it again`);
}

function nearest(alphas: Float64Array, alpha: number): number {
  let best = 0;
  for (let k = 1; k < alphas.length; k++) if (Math.abs(alphas[k]! - alpha) < Math.abs(alphas[best]! - alpha)) best = k;
  return best;
}
