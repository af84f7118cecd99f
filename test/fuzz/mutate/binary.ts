/** Changes to numbers in binary headers: lengths, counts, offsets and checksums. */
import type { Draws } from '../draws.js';
import type { Mutation } from './mutation.js';

/** Around zero and around the edges of 8, 16, 31, 32, 53 and 63 bits. */
const EDGES = [0n, 1n << 7n, 1n << 8n, 1n << 15n, 1n << 16n, 1n << 20n, 1n << 31n, 1n << 32n, 1n << 40n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n];

/** An edge, or a number near it or near `was`. */
export function edgeNear(was: bigint, draws: Draws): bigint {
  const distance = BigInt(draws.below(5) - 2);
  return draws.once(3) ? was + distance : draws.of(EDGES) + distance;
}

/** Writes a number of `width` bytes, its lowest first, in place. */
export function writeNumber(bytes: Buffer, at: number, width: number, value: bigint): void {
  for (let i = 0; i < width && at + i < bytes.length; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

export function readNumber(bytes: Buffer, at: number, width: number): bigint {
  let value = 0n;
  for (let i = 0; i < width && at + i < bytes.length; i++) value |= BigInt(bytes[at + i]!) << BigInt(8 * i);
  return value;
}

/** A number anywhere, the first bytes of a file more often. */
export const editNumberAnywhere: Mutation = (bytes, draws) => {
  const changed = Buffer.from(bytes);
  const width = draws.of([1, 2, 4, 8]);
  const at = draws.once(2) ? draws.below(bytes.length) : draws.small(bytes.length);
  writeNumber(changed, at, width, edgeNear(readNumber(bytes, at, width), draws));
  return changed;
};

export interface Field {
  readonly at: number;
  readonly width: number;
}

/** A change to one of the fields that a structure has. */
export const editField =
  (fieldsOf: (bytes: Buffer) => readonly Field[]): Mutation =>
  (bytes, draws) => {
    const fields = fieldsOf(bytes);
    if (fields.length === 0) return bytes;
    const changed = Buffer.from(bytes);
    const { at, width } = draws.of(fields);
    writeNumber(changed, at, width, edgeNear(readNumber(bytes, at, width), draws));
    return changed;
  };
