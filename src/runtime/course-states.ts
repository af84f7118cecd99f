/**
 * The items of a place. One that the program went on from by itself holds the place's name; one with a state holds, after the
 * head, the bytes of a JSON text, the text { place, facts, arrays, queued } and then the arrays, all at multiples of 8 bytes.
 */
import type { Commit, SchedulerState, ShardPart } from '../program.js';
import type { Blocks } from './course-blocks.js';
import { assertFits, HEAD_WORDS, Item, padded, RecordError, sealItem } from './course-items.js';

/** A state, with the commits that were queued then and had not left. */
export interface PlaceState {
  readonly state: SchedulerState;
  readonly queued: readonly Commit[];
}

const TEXT = 4 * (HEAD_WORDS + 1);
const TYPES = { u8: Uint8Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array } as const;
type TypeName = keyof typeof TYPES;
type NumberArray = ShardPart[number];

interface Header {
  readonly place: string;
  readonly facts: unknown;
  /** Type and length of each array of the state. */
  readonly arrays: readonly (readonly [TypeName, number])[];
  /** Length of each commit. */
  readonly queued: readonly number[];
}

/** Appends the place, as the beginning of a block; returns its bytes. */
export function appendPlace(blocks: Blocks<unknown>, place: string): number {
  const text = new TextEncoder().encode(place);
  const bytes = TEXT + padded(text.byteLength);
  blocks.seal();
  const begin = blocks.take(bytes);
  const { words } = blocks;
  putText(words, begin, text);
  sealItem(words, begin, Item.Place, bytes);
  return bytes;
}

/** The item of a state, which makes blocks of its own. Throws RangeError when it is too large. */
export function encodeState(place: string, { state: { facts, arrays }, queued }: PlaceState): Uint8Array {
  const header: Header = { place, facts: facts ?? null, arrays: arrays.map((array) => [typeName(array), array.length]), queued: queued.map(({ ids }) => ids.length) };
  const text = new TextEncoder().encode(JSON.stringify(header, toJson));
  const contents: NumberArray[] = [...arrays, ...queued.flatMap(({ ids, values }) => [ids, values])];
  const bytes = contents.reduce((sum, { byteLength }) => sum + padded(byteLength), TEXT + padded(text.byteLength));
  assertFits(bytes);
  const item = new Uint8Array(bytes);
  const words = new Uint32Array(item.buffer);
  putText(words, 0, text);
  let at = TEXT + padded(text.byteLength);
  for (const array of contents) {
    item.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += padded(array.byteLength);
  }
  sealItem(words, 0, Item.State, bytes);
  return item;
}

function putText(words: Uint32Array, begin: number, text: Uint8Array): void {
  words[begin + HEAD_WORDS] = text.byteLength;
  new Uint8Array(words.buffer, 4 * (begin + HEAD_WORDS + 1), text.byteLength).set(text);
}

function typeName(array: NumberArray): TypeName {
  const found = (Object.keys(TYPES) as TypeName[]).find((name) => array instanceof TYPES[name]);
  if (!found) throw new TypeError(`a state's array is ${Object.prototype.toString.call(array)}, expected ${Object.values(TYPES).map(({ name }) => name).join(', ')}`);
  return found;
}

/** The place of an item with a place alone. Throws RecordError. */
export function placeOf(words: Uint32Array, where: string): string {
  return textOf(words, where);
}

/** Throws RecordError when the lengths do not add up, before it makes anything that long. */
export function stateOf(words: Uint32Array, where: string): PlaceState & { readonly place: string } {
  const { place, facts, arrays, queued } = headerOf(textOf(words, where), where);
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  let at = TEXT + padded(words[HEAD_WORDS]!);
  const next = <Type extends TypeName>(type: Type, length: number): InstanceType<(typeof TYPES)[Type]> => {
    const size = length * TYPES[type].BYTES_PER_ELEMENT;
    if (at + padded(size) > bytes.byteLength) throw new RecordError(where, `an array of ${size} bytes where ${bytes.byteLength - at} are left`);
    const content = bytes.slice(at, at + size).buffer;
    at += padded(size);
    return new TYPES[type](content) as InstanceType<(typeof TYPES)[Type]>;
  };
  const state = { facts, arrays: arrays.map(([type, length]) => next(type, length)) };
  const commits = queued.map((length) => ({ ids: next('u32', length), values: next('f64', length) }));
  if (at !== bytes.byteLength) throw new RecordError(where, `${bytes.byteLength - at} bytes after its last array`);
  return { place, state, queued: commits };
}

function textOf(words: Uint32Array, where: string): string {
  const length = words[HEAD_WORDS]!;
  if (TEXT + length > words.byteLength) throw new RecordError(where, `a text of ${length} bytes in an item of ${words.byteLength}`);
  return new TextDecoder().decode(new Uint8Array(words.buffer, words.byteOffset + TEXT, length));
}

function headerOf(text: string, where: string): Header {
  let header: Partial<Header> | null;
  try {
    header = JSON.parse(text, fromJson) as Partial<Header> | null;
  } catch (error) {
    throw new RecordError(where, `a state whose text is no JSON (${(error as Error).message})`);
  }
  const { place, facts, arrays, queued } = header ?? {};
  const isArray = (entry: unknown) => Array.isArray(entry) && Object.hasOwn(TYPES, entry[0] as string) && isLength(entry[1]);
  if (typeof place !== 'string' || !Array.isArray(arrays) || !arrays.every(isArray) || !Array.isArray(queued) || !queued.every(isLength)) {
    throw new RecordError(where, `a state whose text does not describe one: ${text.slice(0, 80)}`);
  }
  return { place, facts, arrays, queued } as Header;
}

function isLength(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Numbers that JSON can't say, as text beside a key that nobody uses. */
const NUMBER = '\u0000number';

function toJson(_: string, value: unknown): unknown {
  if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return { [NUMBER]: Object.is(value, -0) ? '-0' : String(value) };
}

function fromJson(_: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, NUMBER) ? Number((value as Record<string, unknown>)[NUMBER]) : value;
}
