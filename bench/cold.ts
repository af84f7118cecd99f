/** Fits of the library in fresh processes. In: a problem's arrays. Out: seconds of a first fit, and of those after it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LassoInput, LassoPathInput } from '../models/lasso/options.js';
import type { DenseColumns, SparseColumns } from './columns.js';
import { ROOT } from './report.js';

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
  /** In original units, one an alpha. */
  readonly coefficients: readonly Float64Array[];
}

export function writeArray(folder: string, name: string, { buffer, byteOffset, byteLength }: Float64Array | Uint32Array): void {
  writeFileSync(join(folder, name), new Uint8Array(buffer, byteOffset, byteLength));
}

/** The data as parsed; dense ones row by row, as the library takes them. */
export function writeArrays(folder: string, columns: DenseColumns | SparseColumns, target: Float64Array): void {
  writeArray(folder, 'target.f64', target);
  if (columns.kind === 'sparse') {
    writeArray(folder, 'parsed.f64', columns.values);
    writeArray(folder, 'rowIds.u32', columns.rowIds);
    writeArray(folder, 'starts.u32', columns.starts);
  } else writeArray(folder, 'parsed.f64', rowMajor(columns));
}

export function rowMajor({ rows, count, values }: DenseColumns): Float64Array {
  const turned = new Float64Array(values.length);
  for (let j = 0; j < count; j++) for (let i = 0; i < rows; i++) turned[i * count + j] = values[j * rows + i]!;
  return turned;
}

/** One fresh process. */
export function fitCold(folder: string, request: FitRequest): ColdFit {
  writeFileSync(join(folder, 'request.json'), JSON.stringify(request));
  const output = execFileSync(process.execPath, [join(ROOT, 'dist/bench/cold-fit.js'), folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const [cold, ...warm] = JSON.parse(output) as [number, ...number[]];
  const bytes = readFileSync(join(folder, 'own.f64'));
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return { cold, warm, coefficients: Array.from({ length: all.length / request.columns }, (_, k) => all.subarray(k * request.columns, (k + 1) * request.columns)) };
}
