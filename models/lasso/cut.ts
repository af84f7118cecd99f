/** What both ways to cut X share: a chunk's parts by shard, and values that shards can hold. */
import { DataError } from '../../src/data/dataset.js';

/** What `make` makes of every shard's number of rows or entries, for those that have any, by shard. */
export function shares<Share>(shardOf: Uint32Array, shards: number, make: (count: number, shard: number) => Share): Map<number, Share> {
  const counts = new Uint32Array(shards);
  for (const shard of shardOf) counts[shard]!++;
  const open = new Map<number, Share>();
  for (const [shard, count] of counts.entries()) if (count > 0) open.set(shard, make(count, shard));
  return open;
}

/** u x, which float32 must be able to hold. */
export function heldValue(value: number, root: number, row: number, column: number): number {
  const scaled = root * value;
  if (Number.isFinite(Math.fround(scaled))) return scaled;
  const found = root === 1 ? `found ${value}` : `found ${value}, ${scaled} with the weight of its row`;
  throw new DataError(`row ${row + 1}, column ${column + 1}: ${found}, expected a magnitude below 3.4e38, the largest that float32 holds. Scale the column`);
}
