/** Cuts the rows into folds: a random permutation, dealt out in turn, so that sizes differ by one at most. */
import { UsageError } from '../../src/runtime/worker-request.js';
import { randomBits } from '../../src/schedule/random.js';
import type { Folds } from './samples.js';

/** Stream of the random numbers that order the rows, apart from those of the schedules' rounds. */
const FOLD_STREAM = 0xf01d;

export function dealFolds(rows: number, count: number, seed: number): Folds {
  if (count > rows) throw new UsageError(`cross-validation with ${count} folds, but the data have ${rows} rows: a fold needs at least one row; use at most ${rows} folds`);
  const keys = Float64Array.from({ length: rows }, (_, row) => randomBits(seed, FOLD_STREAM, row));
  const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const of = new Uint16Array(rows);
  for (const [rank, row] of order.entries()) of[row] = rank % count;
  return { count, of };
}
