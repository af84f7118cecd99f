/**
 * Arrays as bytes. In: a part of a shard's state. Out: the same arrays in one piece, and back.
 *
 *   count     uint32, and four bytes of 0
 *   count ×   type (0 uint8, 1 uint32, 2 float32, 3 float64) and length in elements, both uint32
 *   count ×   the elements, little-endian as are the hosts, filled up with zeros to a multiple of 8 bytes
 *
 * One list of arrays has one form, so equal states are equal bytes.
 */
import type { ShardPart } from '../program.js';
import { CheckpointError } from './error.js';

const TYPES = [Uint8Array, Uint32Array, Float32Array, Float64Array] as const;
/** Elements begin where any of them may. */
const ALIGNMENT = 8;
const ENTRY_BYTES = 8;

type Numbers = ShardPart[number];

/** Throws TypeError for arrays of other types. */
export function encodeArrays(arrays: ShardPart): Uint8Array<ArrayBuffer> {
  const head = new Uint32Array((ALIGNMENT + arrays.length * ENTRY_BYTES) / Uint32Array.BYTES_PER_ELEMENT);
  head[0] = arrays.length;
  arrays.forEach((array, k) => head.set([codeOf(array), array.length], 2 + 2 * k));
  const bytes = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + padded(byteLength), head.byteLength));
  bytes.set(bytesOf(head));
  let at = head.byteLength;
  for (const array of arrays) {
    bytes.set(bytesOf(array), at);
    at += padded(array.byteLength);
  }
  return bytes;
}

function codeOf(array: Numbers): number {
  const code = TYPES.findIndex((type) => array instanceof type);
  if (code === -1) throw new TypeError(`a part of a shard's state holds ${Object.prototype.toString.call(array)}; expected Uint8Array, Uint32Array, Float32Array or Float64Array`);
  return code;
}

/**
 * The arrays lie in `bytes` where these are aligned, else in a copy. `place`: whose bytes, for messages. Throws CheckpointError
 * (`damaged`) unless they are what `encodeArrays` gives; nothing is allocated by what they say before it is found to be so.
 */
export function decodeArrays(bytes: Uint8Array, place: string): Numbers[] {
  if (bytes.byteLength % ALIGNMENT !== 0 || bytes.byteLength < ALIGNMENT) throw noArrays(place, `${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || count > (bytes.byteLength - ALIGNMENT) / ENTRY_BYTES) throw noArrays(place, `a count of ${count} in ${bytes.byteLength} bytes`);
  const entries = Array.from({ length: count }, (_, k) => entryAt(view, k, place));
  const end = entries.reduce((sum, entry) => sum + padded(entry.bytes), ALIGNMENT + count * ENTRY_BYTES);
  if (end !== bytes.byteLength) throw noArrays(place, `arrays of ${end} bytes in ${bytes.byteLength}`);
  return arraysIn(bytes.byteOffset % ALIGNMENT === 0 ? bytes : bytes.slice(), entries, place);
}

interface Entry {
  readonly type: (typeof TYPES)[number];
  readonly length: number;
  readonly bytes: number;
}

function entryAt(view: DataView, k: number, place: string): Entry {
  const at = ALIGNMENT + k * ENTRY_BYTES;
  const code = view.getUint32(at, true);
  const length = view.getUint32(at + 4, true);
  const type = TYPES[code];
  if (type === undefined) throw noArrays(place, `a type ${code}`);
  return { type, length, bytes: length * type.BYTES_PER_ELEMENT };
}

function arraysIn(bytes: Uint8Array, entries: readonly Entry[], place: string): Numbers[] {
  let at = ALIGNMENT + entries.length * ENTRY_BYTES;
  return entries.map((entry) => {
    const begin = at;
    at += padded(entry.bytes);
    if (bytes.subarray(begin + entry.bytes, at).some((byte) => byte !== 0)) throw noArrays(place, 'filling other than zeros');
    return new entry.type(bytes.buffer as ArrayBuffer, bytes.byteOffset + begin, entry.length);
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function noArrays(place: string, found: string): CheckpointError {
  return new CheckpointError('damaged', `${place}: holds no arrays of a shard's state: found ${found}`);
}
