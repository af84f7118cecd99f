/**
 * Ids of users or items as they stand in a file. In: their text, or its UTF-8 bytes. Out: dense indices 0, 1, … in order
 * of first appearance, and the text of an index. "7", "007" and "7.0" are three ids.
 */

/**
 * Texts end to end in one array of bytes, found through an open-addressing hash table. A short text lies in the table
 * itself: with half a million ids, every other array that a look-up touches is a miss of the cache.
 */
export class Ids implements Iterable<string> {
  #count = 0;
  #bytes = new Uint8Array(1 << 10);
  /** Text i is bytes #ends[i] … #ends[i + 1] - 1. */
  #ends = new Float64Array(1 << 7);
  /** Three words of key and index + 1 a slot; index + 1 is 0 where the slot is free. At most half are taken. */
  #slots = new Uint32Array(SLOT_WORDS << 8);

  /** Number of different ids. */
  get count(): number {
    return this.#count;
  }

  /** The index of `id`, a new one where it was not known. A whole number stands for its decimal digits. */
  add(id: string | number): number {
    const length = encode(id);
    return this.addBytes(scratch, 0, length);
  }

  /** As `add`, for the text in bytes begin … end - 1, which are copied. */
  addBytes(bytes: Uint8Array, begin: number, end: number): number {
    const slot = this.#slotOf(bytes, begin, end);
    const known = this.#slots[slot + INDEX_WORD];
    return known > 0 ? known - 1 : this.#append(slot, bytes, begin, end);
  }

  /** The index of `id`, -1 where it is not known. */
  indexOf(id: string | number): number {
    const length = encode(id);
    return this.#slots[this.#slotOf(scratch, 0, length) + INDEX_WORD] - 1;
  }

  /** The id of `index`; RangeError when there is none. */
  of(index: number): string {
    if (!(Number.isInteger(index) && index >= 0 && index < this.#count)) throw new RangeError(`there is no id of index ${index}, expected one below ${this.#count}`);
    return decoder.decode(this.#bytes.subarray(this.#ends[index], this.#ends[index + 1]));
  }

  /** All ids by index. */
  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.#count; index++) yield this.of(index);
  }

  /** Word at which the slot of the id begins, or the free slot that it would take. Leaves the id's key in keyA, keyB and keyC. */
  #slotOf(bytes: Uint8Array, begin: number, end: number): number {
    makeKey(bytes, begin, end);
    const slots = this.#slots;
    const isShort = end - begin <= SHORT_BYTES;
    let slot = (scatter(keyA, keyB, keyC) & (slots.length / SLOT_WORDS - 1)) * SLOT_WORDS;
    while (slots[slot + INDEX_WORD] > 0) {
      if (slots[slot] === keyA && slots[slot + 1] === keyB && slots[slot + 2] === keyC && (isShort || this.#isText(slots[slot + INDEX_WORD] - 1, bytes, begin, end))) return slot;
      slot += SLOT_WORDS;
      if (slot === slots.length) slot = 0;
    }
    return slot;
  }

  /** For a text of the length of id `index`, which its key holds. */
  #isText(index: number, bytes: Uint8Array, begin: number, end: number): boolean {
    const ahead = this.#ends[index] - begin;
    for (let i = begin; i < end; i++) if (this.#bytes[i + ahead] !== bytes[i]) return false;
    return true;
  }

  /** `slot` is the free one that #slotOf has just found. */
  #append(slot: number, bytes: Uint8Array, begin: number, end: number): number {
    const index = this.#count++;
    this.#slots.set([keyA, keyB, keyC, index + 1], slot);
    const from = this.#ends[index];
    const to = from + end - begin;
    if (to > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(2 * to));
    for (let i = begin; i < end; i++) this.#bytes[from + i - begin] = bytes[i];
    if (index + 2 > this.#ends.length) this.#ends = grown(this.#ends, new Float64Array(2 * this.#ends.length));
    this.#ends[index + 1] = to;
    if (2 * SLOT_WORDS * this.#count > this.#slots.length) this.#spread();
    return index;
  }

  /** Twice the slots, filled anew. */
  #spread(): void {
    const old = this.#slots;
    const slots = new Uint32Array(2 * old.length);
    const mask = slots.length / SLOT_WORDS - 1;
    for (let from = 0; from < old.length; from += SLOT_WORDS) {
      if (old[from + INDEX_WORD] === 0) continue;
      let to = scatter(old[from], old[from + 1], old[from + 2]) & mask;
      while (slots[to * SLOT_WORDS + INDEX_WORD] > 0) to = (to + 1) & mask;
      for (let word = 0; word < SLOT_WORDS; word++) slots[to * SLOT_WORDS + word] = old[from + word];
    }
    this.#slots = slots;
  }
}

const SLOT_WORDS = 4;
const INDEX_WORD = 3;

/** Texts up to this long are their own keys. */
const SHORT_BYTES = 11;

let keyA = 0;
let keyB = 0;
let keyC = 0;

/** Key of a text: its bytes and its length where three words hold them, else its hash and length. */
function makeKey(bytes: Uint8Array, begin: number, end: number): void {
  if (end - begin > SHORT_BYTES) return makeHash(bytes, begin, end);
  keyA = wordOf(bytes, begin, end);
  keyB = wordOf(bytes, begin + 4, end);
  keyC = (wordOf(bytes, begin + 8, end) | ((end - begin) << 24)) >>> 0;
}

/** The next four bytes, or as many as there are before `end`. */
function wordOf(bytes: Uint8Array, begin: number, end: number): number {
  const stop = Math.min(end, begin + 4);
  let word = 0;
  for (let i = begin; i < stop; i++) word |= bytes[i] << (8 * (i - begin));
  return word >>> 0;
}

/** FNV-1a (Fowler, Noll, Vo) and the length. The last byte is no length of a short text. */
function makeHash(bytes: Uint8Array, begin: number, end: number): void {
  let hash = 0x811c9dc5;
  for (let i = begin; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  keyA = hash >>> 0;
  keyB = end - begin;
  keyC = 0xff000000;
}

/** The words mixed into one as MurmurHash3 (Appleby) does: keys of numbers that count up differ in few bits. */
function scatter(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0xcc9e2d51) ^ Math.imul(b, 0x1b873593) ^ Math.imul(c, 0xe6546b65);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
let scratch = new Uint8Array(1 << 8);

/** Writes an id to `scratch`, and returns its length. */
function encode(id: string | number): number {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return encodeDigits(id);
  const text = String(id);
  if (3 * text.length > scratch.length) scratch = new Uint8Array(6 * text.length);
  return encoder.encodeInto(text, scratch).written;
}

const ZERO = 0x30;

function encodeDigits(id: number): number {
  let length = 1;
  for (let bound = 10; id >= bound; bound *= 10) length++;
  for (let at = length - 1, rest = id; at >= 0; at--) {
    const tenth = Math.floor(rest / 10);
    scratch[at] = ZERO + (rest - 10 * tenth);
    rest = tenth;
  }
  return length;
}

/** `larger`, with the content of `array` in front. */
function grown<T extends Uint8Array | Float64Array>(array: T, larger: T): T {
  larger.set(array);
  return larger;
}
