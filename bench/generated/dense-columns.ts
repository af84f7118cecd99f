/**
 * A dense regression with far more columns than rows, neighbours correlated: x_j = ρ x_(j-1) + √(1 - ρ²) fresh, a fresh start every 64th column. In:
 * a shape. Out: X by rows and by columns, and y = X β + noise over 40 columns.
 */
import type { DenseColumns } from '../columns.js';
import { drawn, hash, UNIT } from './hash.js';

export interface DenseProblem {
  /** Row-major. */
  readonly X: { readonly rows: number; readonly columns: number; readonly values: Float64Array };
  readonly byColumn: DenseColumns;
  readonly y: Float64Array;
}

const CHAIN = 64;
const CORRELATION = 0.7;
const SUPPORT = 40;
const NOISE = 0.5;
const Draw = { value: 21, noise: 22, effect: 23 } as const;

export function denseProblem(rows: number, columns: number, seed = 1): DenseProblem {
  const values = new Float64Array(rows * columns);
  for (let j = 0; j < columns; j++) {
    const isFresh = j % CHAIN === 0;
    for (let i = 0; i < rows; i++) {
      const fresh = triangular(seed, j, i, Draw.value);
      values[j * rows + i] = isFresh ? fresh : CORRELATION * values[(j - 1) * rows + i] + Math.sqrt(1 - CORRELATION ** 2) * fresh;
    }
  }
  const byColumn: DenseColumns = { kind: 'dense', rows, count: columns, values, column: (j) => ({ rowIds: null, values: values.subarray(j * rows, (j + 1) * rows) }) };
  return { X: { rows, columns, values: byRow(values, rows, columns) }, byColumn, y: target(byColumn, seed) };
}

function target({ rows, count, values }: DenseColumns, seed: number): Float64Array {
  const y = Float64Array.from({ length: rows }, (_, i) => NOISE * triangular(seed, i, 0, Draw.noise));
  const support = Math.min(SUPPORT, count);
  for (let k = 0; k < support; k++) {
    const j = Math.floor(((k + 0.5) * count) / support);
    const effect = triangular(seed, k, 0, Draw.effect);
    for (let i = 0; i < rows; i++) y[i] += effect * values[j * rows + i];
  }
  return y;
}

function byRow(values: Float64Array, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(values.length);
  for (let j = 0; j < columns; j++) for (let i = 0; i < rows; i++) turned[i * columns + j] = values[j * rows + i];
  return turned;
}

/** The sum of two uniform numbers, with mean 0 and variance 1. */
function triangular(seed: number, stream: number, counter: number, what: number): number {
  hash(seed, stream, counter, what);
  return Math.sqrt(6) * ((drawn[0] + drawn[1]) * UNIT - 1);
}
