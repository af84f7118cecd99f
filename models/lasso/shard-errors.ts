/** What the functions of `wasm/build.ts` say, and what is wrong with a value they can't take. */
import { DataError } from '../../src/data/dataset.js';
import type { ShardExtent } from './columns.js';

/** A value needs a low part, and there is no room for one yet; any other negative number: all is well. */
export const LOW_NEEDED = -2;

/** `row` and `column` are the shard's. */
export function beyondFloat32({ firstRow, firstColumn }: ShardExtent, row: number, column: number, value: number): DataError {
  return new DataError(`row ${firstRow + row + 1}, column ${firstColumn + column + 1}: found ${value}, expected a magnitude below 3.4e38, the largest that float32 holds. Scale the column`);
}
