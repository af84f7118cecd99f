/**
 * The header of a safetensors file: which tensor of which type and shape lies where. In: tensors described by name, or the
 * parsed JSON of a header. Out: the bytes in front of the data, or entries whose every offset is checked.
 * Layout of a file: header length (u64), header (JSON), data; each tensor's data aligned to its element.
 */
import { DataError } from './dataset.js';
import { quoted, shown } from './number.js';

export const TYPES = { F64: Float64Array, F32: Float32Array, U32: Uint32Array, I64: BigInt64Array } as const;
export type TypeName = keyof typeof TYPES;

/** Bytes in front of the header, which hold its length. */
export const LENGTH_BYTES = 8;
/** Longest header the format allows. */
const MOST_HEADER_BYTES = 100_000_000;
/** Free-form strings that a file may carry beside its tensors; passed over. */
const METADATA = '__metadata__';

export interface TensorEntry {
  readonly dtype: TypeName;
  readonly shape: readonly number[];
  /** First byte and the one after the last, counted from the end of the header. */
  readonly data_offsets: readonly [number, number];
}

/** Length and header of a file whose tensors follow each other as listed; elements must not grow from one to the next. */
export function tensorHead(tensors: readonly (readonly [name: string, Pick<TensorEntry, 'dtype' | 'shape'>])[]): { readonly head: Uint8Array; readonly dataBytes: number } {
  const header: Record<string, TensorEntry> = {};
  let dataBytes = 0;
  for (const [name, { dtype, shape }] of tensors) {
    if (name === METADATA) throw new TypeError(`no tensor can be called ${METADATA}`);
    const end = dataBytes + elements(shape) * TYPES[dtype].BYTES_PER_ELEMENT;
    header[name] = { dtype, shape, data_offsets: [dataBytes, end] };
    dataBytes = end;
  }
  const json = padded(header);
  const head = new Uint8Array(LENGTH_BYTES + json.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
  head.set(json, LENGTH_BYTES);
  return { head, dataBytes };
}

/** Padded with spaces, so that the data that follow are aligned. */
function padded(header: object): Uint8Array {
  const json = JSON.stringify(header);
  const length = new TextEncoder().encode(json).length;
  return new TextEncoder().encode(json + ' '.repeat((LENGTH_BYTES - (length % LENGTH_BYTES)) % LENGTH_BYTES));
}

/** Length of the header, from a file's first bytes and its size. DataError names `file`. */
export function headerLength(first: Uint8Array, fileBytes: number, file: string): number {
  if (fileBytes < LENGTH_BYTES) throw damaged(file, `${fileBytes} bytes, expected at least ${LENGTH_BYTES}`);
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  if (length > MOST_HEADER_BYTES) throw damaged(file, `a header of ${length} bytes, expected at most ${MOST_HEADER_BYTES}`);
  if (length > fileBytes - LENGTH_BYTES) throw damaged(file, `a header of ${length} bytes in a file of ${fileBytes}`);
  return length;
}

/** The tensors that a header describes; they fill the `dataBytes` behind it. */
export function tensorEntries(json: Uint8Array, dataBytes: number, file: string): ReadonlyMap<string, TensorEntry> {
  const described = Object.entries(parsed(json, file)).filter(([name]) => name !== METADATA);
  const entries = described.map(([name, entry]) => [name, checkedEntry(entry, name, file)] as const);
  checkCoverage(entries, dataBytes, file);
  return new Map(entries);
}

const OPENING_BRACE = 0x7b;

function parsed(json: Uint8Array, file: string): Record<string, unknown> {
  // As the format wants it: no byte-order mark, no blanks.
  if (json[0] !== OPENING_BRACE) throw damaged(file, 'a header that does not begin with "{"');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)) as Record<string, unknown>;
  } catch (error) {
    throw damaged(file, `a header that is not JSON (${shown((error as Error).message)})`, error);
  }
}

function checkedEntry(entry: unknown, name: string, file: string): TensorEntry {
  if (!isRecord(entry)) throw damaged(file, `tensor ${quoted(name)} without a description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) {
    throw new DataError(`${file}: tensor ${quoted(name)} has type ${inShort(dtype)}, expected one of ${Object.keys(TYPES).join(', ')}. Convert it`);
  }
  if (!isCounts(shape)) throw damaged(file, `tensor ${quoted(name)} with shape ${inShort(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) throw damaged(file, `tensor ${quoted(name)} with data_offsets ${inShort(offsets)}`);
  const expected = elements(shape) * TYPES[dtype as TypeName].BYTES_PER_ELEMENT;
  if (offsets[1] - offsets[0] !== expected) {
    throw damaged(file, `tensor ${quoted(name)} in ${offsets[1] - offsets[0]} bytes, expected ${expected} for ${dtype} of shape ${inShort(shape)}`);
  }
  return { dtype: dtype as TypeName, shape, data_offsets: [offsets[0], offsets[1]] };
}

/** The tensors must fill the data without gap or overlap, to the last byte. */
function checkCoverage(entries: readonly (readonly [string, TensorEntry])[], dataBytes: number, file: string): void {
  const byPlace = [...entries].sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let end = 0;
  for (const [name, { data_offsets: [from, to] }] of byPlace) {
    if (to > dataBytes) throw damaged(file, `tensor ${quoted(name)} up to byte ${to} of ${dataBytes} bytes of data; the file is truncated`);
    if (from !== end) throw damaged(file, `tensor ${quoted(name)} from byte ${from}, expected ${end}: tensors overlap or leave a gap`);
    end = to;
  }
  if (end !== dataBytes) throw damaged(file, `${dataBytes} bytes of data, expected ${end}`);
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A value of the header as a message has it. */
function inShort(value: unknown): string {
  return shown(JSON.stringify(value)?.replaceAll(',', ', ') ?? 'nothing');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
}

function damaged(file: string, found: string, cause?: unknown): DataError {
  return new DataError(`${file}: not a whole safetensors file: found ${found}. The model's folder is damaged: copy all of it again, or train again`, { cause });
}
