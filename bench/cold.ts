/** Fits of the library in fresh processes. In: a problem's arrays in a folder. Out: seconds of a first fit, and of those after it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MatrixInput } from '../models/index.js';
import type { LassoInput, LassoPathInput } from '../models/lasso/options.js';
import type { Loaded } from './lasso-loaded.js';
import { ROOT } from './runner/machine.js';

/** What cold-fit.ts is asked for. */
export interface FitRequest {
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'dense' | 'sparse';
  readonly options: LassoInput & LassoPathInput;
  /** A path instead of one alpha. */
  readonly path: boolean;
  /** How many times in one process. */
  readonly fits: number;
}

export interface ColdFit {
  /** Of the first fit in the process, and of the ones after it. */
  readonly cold: number;
  readonly warm: readonly number[];
  /** Of the last fit, in original units, one an alpha. */
  readonly coefficients: readonly Float64Array[];
}

export function writeArray(folder: string, name: string, { buffer, byteOffset, byteLength }: Float64Array | Uint32Array): void {
  writeFileSync(join(folder, name), new Uint8Array(buffer, byteOffset, byteLength));
}

export function readFloat64(folder: string, name: string): Float64Array {
  const bytes = readFileSync(join(folder, name));
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Rows of an array that holds one after another. */
export function rowsOf(all: Float64Array, width: number): Float64Array[] {
  return Array.from({ length: all.length / width }, (_, k) => all.subarray(k * width, (k + 1) * width));
}

/** The data as parsed, in the form that the library takes. */
export function writeArrays(folder: string, { columns, X, y }: Loaded): void {
  writeArray(folder, 'target.f64', y);
  writeArray(folder, 'parsed.f64', (X as MatrixInput & { values: Float64Array }).values);
  if (columns.kind !== 'sparse') return;
  writeArray(folder, 'rowIds.u32', columns.rowIds);
  writeArray(folder, 'starts.u32', columns.starts);
}

/** One fresh process, on the arrays that `writeArrays` left in the folder. */
export function fitCold(folder: string, { columns, problem: { intercept, standardize } }: Loaded, { options, ...asked }: Pick<FitRequest, 'options' | 'path' | 'fits'>): ColdFit {
  const request: FitRequest = { rows: columns.rows, columns: columns.count, kind: columns.kind, options: { intercept, standardize, ...options }, ...asked };
  writeFileSync(join(folder, 'request.json'), JSON.stringify(request));
  const output = execFileSync(process.execPath, [join(ROOT, 'dist/bench/cold-fit.js'), folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const [cold, ...warm] = JSON.parse(output) as [number, ...number[]];
  return { cold, warm, coefficients: rowsOf(readFloat64(folder, 'own.f64'), columns.count) };
}
