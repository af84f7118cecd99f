/** Gram matrices between workers and the scheduler, some rows at a time. */
import { Operation } from '../operations.js';
import type { Turns } from './turns.js';

/** Sides, as the operations number them. */
export const USERS = 0;
export const ITEMS = 1;

/** Numbers of a slice. */
const SLICE = 2 ** 20;

/** Rows first, first + 1, … of a Gram matrix, `stride` numbers each, summed over all shards. */
export interface GramSlice {
  readonly first: number;
  readonly rows: Float64Array;
}

/** The Gram matrix of one side, slice by slice. */
export async function* gramSlices(turns: Turns, side: number, stride: number): AsyncGenerator<GramSlice> {
  const step = Math.max(1, Math.floor(SLICE / stride));
  for (let first = 0; first < stride; first += step) {
    const [{ values }] = await turns.ask(Operation.Gram, [side, first, Math.min(step, stride - first)]);
    yield { first, rows: values };
  }
}
