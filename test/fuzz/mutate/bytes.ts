/** Changes that need not know what a file is. */
import type { Draws } from '../draws.js';
import { spliced, type Mutation } from './mutation.js';

/** A place and a length within, mostly short. */
function part(bytes: Buffer, draws: Draws): { at: number; count: number } {
  const at = draws.below(bytes.length);
  return { at, count: Math.min(bytes.length - at, 1 + draws.small(bytes.length - at)) };
}

const flipBits: Mutation = (bytes, draws) => {
  const changed = Buffer.from(bytes);
  for (let flips = 1 + draws.small(16); flips > 0 && changed.length > 0; flips--) changed[draws.below(changed.length)]! ^= 1 << draws.below(8);
  return changed;
};

/** Bytes that mean something somewhere: ends of lines and texts, separators, quotes, signs, digits, magics, and the edges of bytes. */
const TELLING = Buffer.from('\0\t\n\r "#%\',-./0123456789:;=@[]_{}aeEnNPK\x7f\x80\xbf\xc3\xe2\xed\xff', 'latin1');

const editBytes: Mutation = (bytes, draws) => {
  const changed = Buffer.from(bytes);
  for (let edits = 1 + draws.small(8); edits > 0 && changed.length > 0; edits--) changed[draws.below(changed.length)] = draws.once(2) ? draws.below(256) : draws.of([...TELLING]);
  return changed;
};

const truncate: Mutation = (bytes, draws) => bytes.subarray(0, draws.once(2) ? draws.below(bytes.length) : bytes.length - 1 - draws.small(bytes.length));

const behead: Mutation = (bytes, draws) => bytes.subarray(1 + draws.small(bytes.length));

const remove: Mutation = (bytes, draws) => {
  const { at, count } = part(bytes, draws);
  return spliced(bytes, at, count, Buffer.alloc(0));
};

const duplicate: Mutation = (bytes, draws) => {
  const { at, count } = part(bytes, draws);
  return spliced(bytes, draws.once(2) ? at : draws.below(bytes.length + 1), 0, bytes.subarray(at, at + count));
};

const move: Mutation = (bytes, draws) => {
  const { at, count } = part(bytes, draws);
  const rest = spliced(bytes, at, count, Buffer.alloc(0));
  return spliced(rest, draws.below(rest.length + 1), 0, bytes.subarray(at, at + count));
};

const insert: Mutation = (bytes, draws) => {
  const inserted = Buffer.from(Array.from({ length: 1 + draws.small(64) }, () => (draws.once(2) ? draws.below(256) : draws.of([...TELLING]))));
  return spliced(bytes, draws.below(bytes.length + 1), 0, inserted);
};

/** One byte many times: longer than what is looked at ahead, at times. */
const stretch: Mutation = (bytes, draws) => spliced(bytes, draws.below(bytes.length + 1), 0, Buffer.alloc(draws.of([1, 64, 4096, draws.once(64) ? 70_000 : 300]), draws.of([...TELLING])));

/** The beginning of one file and the end of another. */
const splice: Mutation = (bytes, draws, other) => Buffer.concat([bytes.subarray(0, draws.below(bytes.length + 1)), other.subarray(draws.below(other.length + 1))]);

const append: Mutation = (bytes, _draws, other) => Buffer.concat([bytes, other]);

const fill: Mutation = (bytes, draws) => {
  const { at, count } = part(bytes, draws);
  return spliced(bytes, at, count, Buffer.alloc(count, draws.of([0, 0xff, 0x20])));
};

export const BYTE_MUTATIONS: readonly Mutation[] = [flipBits, editBytes, truncate, behead, remove, duplicate, move, insert, stretch, splice, append, fill];
