/** Blocks: stretches of a pack, known by their digest. In: a store and a reference. Out: the bytes, or who is to blame. */
import { createHash } from 'node:crypto';
import { CheckpointError } from './error.js';
import type { CheckpointStore } from './store.js';

/** Where the bytes of a block lie, and what they are. */
export interface BlockRef {
  /** The object that holds them. */
  readonly pack: string;
  /** Where in it they begin. */
  readonly offset: number;
  readonly bytes: number;
  /** SHA-256, 64 hexadecimal digits. */
  readonly digest: string;
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The bytes of a block. Rejects with CheckpointError (`damaged`) when they are not those that were written; `refused` when the reference is none. */
export async function readBlock(store: CheckpointStore, ref: BlockRef): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await store.read(ref.pack, ref.offset, ref.offset + ref.bytes);
  assertDigest(store, ref, digestOf(bytes));
  return bytes;
}

const VERIFIED_BYTES = 1 << 20;

/** As `readBlock`, but holds no more than 1 MiB at once. */
export async function verifyBlock(store: CheckpointStore, ref: BlockRef): Promise<void> {
  const end = ref.offset + ref.bytes;
  const hash = createHash('sha256');
  for (let at = ref.offset; at < end; at += VERIFIED_BYTES) hash.update(await store.read(ref.pack, at, Math.min(at + VERIFIED_BYTES, end)));
  assertDigest(store, ref, hash.digest('hex'));
}

function assertDigest(store: CheckpointStore, { pack, offset, bytes, digest }: BlockRef, found: string): void {
  if (found === digest) return;
  throw new CheckpointError('damaged', `${store.nameOf(pack)}: bytes ${offset} to ${offset + bytes} have SHA-256 ${found}, expected ${digest}`);
}
