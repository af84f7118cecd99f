/** The shards a user gives to `run`, as one stream of parts for the cluster, every part checked. */
import { DataError } from '../data/dataset.js';
import type { ShardPart } from '../program.js';
import type { ShardSource } from './run.js';

/** Parts of shard 0, then 1, …, each drawn when the one before has left. Throws DataError for what is no part. */
export async function* addressedParts(shards: readonly ShardSource[]): AsyncGenerator<{ shard: number; part: ShardPart }> {
  for (const [shard, { parts }] of shards.entries()) {
    let number = 0;
    for await (const part of parts) yield { shard, part: checkedPart(part, `shard ${shard}, part ${number++}`) };
  }
}

function checkedPart(part: unknown, place: string): ShardPart {
  if (!Array.isArray(part)) throw new DataError(`${place} is ${nameOf(part)}, expected an array of typed arrays, as in [values, targets]`);
  const odd = part.findIndex((segment) => !isSegment(segment));
  if (odd >= 0) throw new DataError(`${place}: its array ${odd} is ${nameOf(part[odd])}, expected a Uint8Array, Uint32Array, Float32Array or Float64Array`);
  return part as ShardPart;
}

function isSegment(value: unknown): boolean {
  return [Uint8Array, Uint32Array, Float32Array, Float64Array].some((kind) => value instanceof kind);
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : String(value);
}
