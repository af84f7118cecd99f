/** A change to a file. In: its bytes, which are left as they are, another valid file of the kind, and random choices. Out: other bytes. */
import type { Draws } from '../draws.js';

export type Mutation = (bytes: Buffer, draws: Draws, other: Buffer) => Buffer;

/** `bytes` with `count` of them, from `at` on, replaced. */
export function spliced(bytes: Buffer, at: number, count: number, replacement: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), replacement, bytes.subarray(at + count)]);
}
