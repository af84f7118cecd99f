/**
 * A target for generated columns: y = Σ beta_j x_j over a thin support + noise. In: columns. Out: y, what it was made of, and the
 * scale of its penalties. Takes time and memory by the support and the rows, whatever the number of columns.
 */
import type { ChainColumns } from './chain-columns.js';
import { drawn, hash, UNIT } from './hash.js';

export interface ChainTarget {
  readonly y: Float64Array;
  /** Columns that y was made of, ascending, and their coefficients, ±1 to ±2. */
  readonly support: Uint32Array;
  readonly coefficients: Float64Array;
  /** Largest |x_j'y| / n over the support: close to alpha_max, which only a pass over all columns tells. */
  readonly alphaScale: number;
}

/** Columns in the support, at most, and of ten columns at most one. */
const SUPPORT = 1000;
/** Standard deviation of the noise; a unit column with coefficient 1.5 puts .3 into each of its rows. */
const NOISE = 0.02;

const Draw = { support: 4, noise: 5 } as const;

export function chainTarget(columns: ChainColumns): ChainTarget {
  const { rows, columns: count, seed } = columns.shape;
  const size = Math.min(SUPPORT, Math.ceil(count / 10));
  const support = new Uint32Array(size);
  const coefficients = new Float64Array(size);
  const y = new Float64Array(rows);
  for (let k = 0; k < size; k++) {
    hash(seed, k, 0, Draw.support);
    support[k] = Math.floor(((k + drawn[0] * UNIT) * count) / size);
    coefficients[k] = (drawn[1] & 1 ? 1 : -1) * (1 + drawn[2] * UNIT);
    const { rowIds, values } = columns.column(support[k]);
    for (let e = 0; e < rowIds.length; e++) y[rowIds[e]] += coefficients[k] * values[e];
  }
  for (let i = 0; i < rows; i++) {
    hash(seed, i, 0, Draw.noise);
    // Of two uniform numbers the sum has a variance of 1/6.
    y[i] += NOISE * Math.sqrt(6) * ((drawn[0] + drawn[1]) * UNIT - 1);
  }
  return { y, support, coefficients, alphaScale: largestPull(columns, support, y) / rows };
}

function largestPull(columns: ChainColumns, support: Uint32Array, y: Float64Array): number {
  let largest = 0;
  for (const j of support) {
    const { rowIds, values } = columns.column(j);
    let pull = 0;
    for (let e = 0; e < rowIds.length; e++) pull += values[e] * y[rowIds[e]];
    largest = Math.max(largest, Math.abs(pull));
  }
  return largest;
}
