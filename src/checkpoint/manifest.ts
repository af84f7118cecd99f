/**
 * What a checkpoint consists of, as the object that makes it one: JSON behind its own SHA-256, so that no bit of it changes unnoticed.
 *
 *   {"format":1,"sha256":"<of the manifest's text>","manifest":{…}}⏎
 */
import { z } from 'zod';
import { digestOf, type BlockRef } from './blocks.js';
import { CheckpointError } from './error.js';
import { isObjectName, type CheckpointId } from './names.js';

export interface Manifest extends CheckpointId {
  readonly format: 1;
  /** 1, 2, …; rises from checkpoint to checkpoint, over all runs. */
  readonly number: number;
  /** Which life of the scheduler wrote it: 1, 2, … */
  readonly run: number;
  readonly program: string;
  /** By logical shard: the blocks of its state, in order. */
  readonly shards: readonly (readonly BlockRef[])[];
  /** Blocks of what the scheduler went through, in order. */
  readonly course: readonly BlockRef[];
  /** Tasks done. */
  readonly tasks: number;
  /** The owner's: JSON. */
  readonly details: unknown;
}

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const ref = z
  .strictObject({ pack: z.custom<string>(isObjectName), offset: count, bytes: count, digest: z.string().regex(/^[0-9a-f]{64}$/) })
  .refine(({ offset, bytes }) => Number.isSafeInteger(offset + bytes));
const schema = z.strictObject({
  ...{ format: z.literal(1), number: count.min(1), run: count.min(1), program: z.string() },
  ...{ shards: z.array(z.array(ref)), course: z.array(ref), tasks: count, details: z.json() },
});

const head = (digest: string): string => `{"format":1,"sha256":"${digest}","manifest":`;
const TAIL = '}\n';
const HEAD_BYTES = head('0'.repeat(64)).length;
const BEGINNING = '{"format":1,"sha256":"';

export function encodeManifest(manifest: Manifest): Uint8Array {
  const text = Buffer.from(JSON.stringify(schema.parse(manifest)));
  return Buffer.concat([Buffer.from(head(digestOf(text))), text, Buffer.from(TAIL)]);
}

/** `place`: the object, for messages. Throws CheckpointError (`damaged`) unless these are the bytes of a manifest, every one of them. */
export function decodeManifest(bytes: Uint8Array, place: string): Manifest {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(HEAD_BYTES, -TAIL.length);
  const digest = digestOf(text);
  if (!Buffer.concat([Buffer.from(head(digest)), text, Buffer.from(TAIL)]).equals(bytes)) throw new CheckpointError('damaged', `${place}: ${whatIsWrong(bytes, digest)}`);
  const { data, error } = schema.safeParse(parsed(text));
  if (error) throw new CheckpointError('damaged', `${place}: is no manifest that this version of strads knows: ${z.prettifyError(error).replaceAll('\n', ' ')}`);
  return data;
}

/** Every block that a checkpoint needs. */
export function* blocksOf({ shards, course }: Manifest): Generator<BlockRef> {
  for (const blocks of shards) yield* blocks;
  yield* course;
}

function whatIsWrong(bytes: Uint8Array, found: string): string {
  const begin = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  const claimed = begin.slice(BEGINNING.length, BEGINNING.length + found.length);
  if (begin !== head(claimed)) return `begins with ${JSON.stringify(begin.slice(0, BEGINNING.length))} and is no manifest, expected ${JSON.stringify(BEGINNING)} and so on`;
  if (found !== claimed) return `the manifest's SHA-256 is ${found}, expected ${claimed}`;
  return 'does not end as a manifest does';
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}
