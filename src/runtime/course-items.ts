/**
 * What a record is made of: items of little-endian 32-bit words, a multiple of 8 bytes long, that begin with
 *
 *   kind, bytes of the item, check of everything after this word (seeded with kind and bytes)
 *
 * Sums answer a task; a place is where the program asked for its state and went on by itself; a state is where it gets one.
 */
import { DataError } from '../data/dataset.js';
import { checkOf } from './course-check.js';

export const Item = { Sums: 1, Place: 2, State: 3 } as const;

/** Words of the head that all items share. */
export const HEAD_WORDS = 3;

/** Most bytes of one item: they are counted in 32 bits. */
const LARGEST_BYTES = 2 ** 32 - 8;

/** `bytes` up to the next multiple of 8. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Throws RangeError for an item that can't be. */
export function assertFits(bytes: number): void {
  if (bytes > LARGEST_BYTES) throw new RangeError(`an item of ${bytes} bytes is more than a record takes in one (${LARGEST_BYTES})`);
}

/** Completes an item whose words after the head are written. */
export function sealItem(words: Uint32Array, at: number, kind: number, bytes: number): void {
  words[at] = kind;
  words[at + 1] = bytes;
  words[at + 2] = checkOf(words, at + HEAD_WORDS, at + (bytes >> 2), kind ^ bytes);
}

/** A record that is not what was written. `where` is a place in it. */
export class RecordError extends DataError {
  constructor(where: string, found: string) {
    super(`the checkpoint's record of its run is damaged at ${where}: ${found}`);
  }
}

export interface ItemHead {
  readonly kind: number;
  readonly bytes: number;
}

/** The head of the item that begins at byte `at` of a block with `available` bytes from there on in the record. Throws RecordError. */
export function headOf(block: Uint8Array, at: number, available: number, where: string): ItemHead {
  if (at + 4 * HEAD_WORDS > block.byteLength) throw new RecordError(where, `${block.byteLength - at} bytes, too few for an item`);
  const view = new DataView(block.buffer, block.byteOffset + at);
  const kind = view.getUint32(0, true);
  const bytes = view.getUint32(4, true);
  if (kind < Item.Sums || kind > Item.State) throw new RecordError(where, `an item of kind ${kind}, expected ${Item.Sums} to ${Item.State}`);
  if (bytes % 8 !== 0 || bytes <= 4 * HEAD_WORDS || bytes > available) throw new RecordError(where, `an item of ${bytes} bytes where there are ${available}`);
  return { kind, bytes };
}

/** Throws RecordError unless the item's words are those it was sealed with. */
export function assertSealed(words: Uint32Array, { kind, bytes }: ItemHead, where: string): void {
  const found = checkOf(words, HEAD_WORDS, bytes >> 2, kind ^ bytes);
  if (found !== words[2]) throw new RecordError(where, `its check is ${hex(found)}, expected ${hex(words[2]!)}`);
}

export function hex(check: number): string {
  return check.toString(16).padStart(8, '0');
}
