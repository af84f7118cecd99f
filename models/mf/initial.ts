/**
 * Factors before training: users at 0, items uniform around 0 (from 0 up where factors may not be negative). They are keyed
 * by seed, item and factor, so that all three algorithms start from the same ones, but for their scale, however the items are
 * dealt out.
 */
import { randomBits } from '../../src/schedule/random.js';
import type { Algorithm } from './options.js';
import { fixedColumn, NO_COLUMN, type Shape, type Side } from './shape.js';

/**
 * Standard deviation of an item's factors times √rank. Exact steps gain most where items differ at once: rows of length 1 save
 * them sweeps. Descent ends where it is stopped, and generalizes better from factors that start near the saddle at 0.
 */
const SPREADS: Readonly<Record<Algorithm, number>> = { ccd: 1, als: 1, sgd: 0.3 };

/** Rows of users: nothing but the constant that faces the item bias. */
export function initialUsers(rows: number, shape: Shape): Float32Array<ArrayBuffer> {
  const factors = new Float32Array(rows * shape.stride);
  setFixed(factors, shape, 'user');
  return factors;
}

/** Rows of `items`, with their numbers of ratings. Those without ratings are 0: nothing would ever change them. */
export function initialItems(items: Uint32Array, counts: Uint32Array, shape: Shape, { algorithm, seed, nonNegative }: { algorithm: Algorithm; seed: number; nonNegative: boolean }): Float32Array<ArrayBuffer> {
  const { rank, stride } = shape;
  const factors = new Float32Array(counts.length * stride);
  const width = Math.sqrt(12 / rank) * SPREADS[algorithm];
  const low = nonNegative ? 0 : 0.5;
  for (let row = 0; row < counts.length; row++) {
    if (counts[row] === 0) continue;
    for (let k = 0; k < rank; k++) factors[row * stride + k] = (randomBits(seed, items[row], k) / 2 ** 32 - low) * width;
  }
  setFixed(factors, shape, 'item');
  return factors;
}

function setFixed(factors: Float32Array, shape: Shape, side: Side): void {
  const fixed = fixedColumn(shape, side);
  if (fixed === NO_COLUMN) return;
  for (let at = fixed; at < factors.length; at += shape.stride) factors[at] = 1;
}
