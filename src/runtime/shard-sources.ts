/** The shards a user gives to `run`, as one stream of parts for the cluster, every part checked. */
import { DataError } from '../data/dataset.js';
import type { ShardPart } from '../program.js';
import type { ShardSource } from './run.js';

/**
 * What draws the parts of shard 0, then 1, …, each when the one before has left; and again when shards of a lost worker are loaded elsewhere.
 * A draw throws DataError for what is no part, and for parts that were drawn before and can't be again.
 */
export function partsOf(shards: readonly ShardSource[]): () => AsyncGenerator<{ shard: number; part: ShardPart }> {
  let draws = 0;
  return () => addressedParts(shards, draws++ > 0);
}

async function* addressedParts(shards: readonly ShardSource[], isAgain: boolean): AsyncGenerator<{ shard: number; part: ShardPart }> {
  for (const [shard, { parts }] of shards.entries()) {
    if (isAgain && isOneWay(parts)) throw new DataError(`shard ${shard}: its parts can be drawn once, and its worker was lost: give them as a function that makes them, or as an array`);
    let number = 0;
    for await (const part of typeof parts === 'function' ? parts() : parts) yield { shard, part: checkedPart(part, `shard ${shard}, part ${number++}`) };
  }
}

/** An iterator that is its own iterable, as generators are, does not begin again. */
function isOneWay(parts: ShardSource['parts']): boolean {
  if (typeof parts === 'function') return false;
  return Symbol.iterator in parts ? (parts[Symbol.iterator]() as unknown) === parts : (parts[Symbol.asyncIterator]() as unknown) === parts;
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
