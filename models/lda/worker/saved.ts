/** A shard's state on its way into a snapshot and out of it. In: arrays of any length, by what they are. Out: parts of at most 1 MiB, and the arrays again. */
import type { ShardPart } from '../../../src/program.js';

/** What an item is, as the first number of its parts says. */
export enum Saved {
  Kept,
  Sample,
  Totals,
  Priors,
  Steps,
  Rounds,
  Truth,
  Changes,
  Tokens,
  Proposals,
  Block,
  Copy,
  Refresh,
  Incoming,
  Gathering,
}

type SavedArray = Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** One thing that a shard's data do not give. The arrays are to be read only. */
export interface SavedItem {
  readonly kind: Saved;
  /** Which one it is of its kind. */
  readonly ids: readonly number[];
  readonly arrays: readonly SavedArray[];
}

/** Of an array; what stands before it in its part is shorter than the rest of a MiB. */
const PIECE_BYTES = 2 ** 20 - 2 ** 10;

/** Part: (kind, array of the item, where the piece begins, length of the array, ids …), piece. */
export function* partsOf({ kind, ids, arrays }: SavedItem): Generator<ShardPart> {
  for (const [at, array] of arrays.entries()) {
    const most = PIECE_BYTES / array.BYTES_PER_ELEMENT;
    let begin = 0;
    do {
      yield [Uint32Array.of(kind, at, begin, array.length, ...ids), array.subarray(begin, begin + most)];
      begin += most;
    } while (begin < array.length);
  }
}

/** All of it, in the order in which it was cut. */
export async function itemsOf(parts: AsyncIterable<ShardPart>): Promise<SavedItem[]> {
  const items: { readonly kind: Saved; readonly ids: readonly number[]; readonly arrays: SavedArray[] }[] = [];
  for await (const part of parts) {
    const [[kind, at, begin, length, ...ids], piece] = part as [Uint32Array, SavedArray];
    if (begin === 0 && at === 0) items.push({ kind, ids, arrays: [] });
    const { arrays } = items.at(-1)!;
    if (begin === 0) arrays.push(blank(piece, length));
    arrays[at].set(piece, begin);
  }
  return items;
}

/** Of the same type. */
function blank(piece: SavedArray, length: number): SavedArray {
  if (piece instanceof Float64Array) return new Float64Array(length);
  return piece instanceof Float32Array ? new Float32Array(length) : new Uint32Array(length);
}
