/**
 * The safetensors format. In: named arrays with their shapes. Out: the bytes of a file, and back, every offset
 * checked. Layout: header length (u64), header (JSON), data; the data of each tensor aligned to its element.
 */
import { DataError } from './dataset.js';

export type TensorData = Float64Array | Float32Array | Uint32Array | BigInt64Array;

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

const TYPES = { F64: Float64Array, F32: Float32Array, U32: Uint32Array, I64: BigInt64Array } as const;
type TypeName = keyof typeof TYPES;

/** Longest header the format allows. */
const MOST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
/** Free-form strings that a file may carry beside its tensors; passed over. */
const METADATA = '__metadata__';

interface HeaderEntry {
  readonly dtype: TypeName;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

export function writeSafetensors(tensors: Tensors): Uint8Array {
  const ordered = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: Record<string, HeaderEntry> = {};
  let length = 0;
  for (const [name, { shape, data }] of ordered) {
    if (name === METADATA || elements(shape) !== data.length) throw new TypeError(`tensor ${name}: ${data.length} values do not make the shape ${shape.join(' × ')}`);
    header[name] = { dtype: typeName(data), shape, data_offsets: [length, length + data.byteLength] };
    length += data.byteLength;
  }
  const json = paddedHeader(header);
  const bytes = new Uint8Array(LENGTH_BYTES + json.length + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + json.length;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** Tensors of a file's bytes; `file` is named in errors. */
export function readSafetensors(bytes: Uint8Array, file: string): Tensors {
  const { header, dataStart } = parseHeader(bytes, file);
  const described = Object.entries(header).filter(([name]) => name !== METADATA);
  const entries = described.map(([name, entry]) => [name, checkedEntry(entry, name, file)] as const);
  checkCoverage(entries, bytes.length - dataStart, file);
  return Object.fromEntries(entries.map(([name, entry]) => [name, { shape: entry.shape, data: dataOf(bytes, dataStart, entry) }]));
}

function parseHeader(bytes: Uint8Array, file: string): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < LENGTH_BYTES) throw damaged(file, `${bytes.length} bytes, expected at least ${LENGTH_BYTES}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MOST_HEADER_BYTES) throw damaged(file, `a header of ${length} bytes, expected at most ${MOST_HEADER_BYTES}`);
  if (length > bytes.length - LENGTH_BYTES) throw damaged(file, `a header of ${length} bytes in a file of ${bytes.length}`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)));
  } catch (error) {
    throw damaged(file, `a header that is not JSON (${(error as Error).message})`, error);
  }
  if (!isRecord(header)) throw damaged(file, 'a header that is not a JSON object');
  return { header, dataStart: LENGTH_BYTES + length };
}

function checkedEntry(entry: unknown, name: string, file: string): HeaderEntry {
  if (!isRecord(entry)) throw damaged(file, `tensor "${name}" without a description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) {
    throw new DataError(`${file}: tensor "${name}" has type ${JSON.stringify(dtype)}, expected one of ${Object.keys(TYPES).join(', ')}. Convert it`);
  }
  if (!isCounts(shape)) throw damaged(file, `tensor "${name}" with shape ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) throw damaged(file, `tensor "${name}" with data_offsets ${JSON.stringify(offsets)}`);
  const expected = elements(shape) * TYPES[dtype as TypeName].BYTES_PER_ELEMENT;
  if (offsets[1] - offsets[0] !== expected) {
    throw damaged(file, `tensor "${name}" in ${offsets[1] - offsets[0]} bytes, expected ${expected} for ${dtype} of shape [${shape.join(', ')}]`);
  }
  return { dtype: dtype as TypeName, shape, data_offsets: [offsets[0], offsets[1]] };
}

/** The tensors must fill the data without gap or overlap, to the last byte. */
function checkCoverage(entries: readonly (readonly [string, HeaderEntry])[], dataBytes: number, file: string): void {
  const byPlace = [...entries].sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let end = 0;
  for (const [name, { data_offsets: [from, to] }] of byPlace) {
    if (to > dataBytes) throw damaged(file, `tensor "${name}" up to byte ${to} of ${dataBytes} bytes of data; the file is truncated`);
    if (from !== end) throw damaged(file, `tensor "${name}" from byte ${from}, expected ${end}: tensors overlap or leave a gap`);
    end = to;
  }
  if (end !== dataBytes) throw damaged(file, `${dataBytes} bytes of data, expected ${end}`);
}

function dataOf(bytes: Uint8Array, dataStart: number, { dtype, data_offsets: [from, to] }: HeaderEntry): TensorData {
  // A copy of its own: a Buffer's slice would share the memory, and its offset need not be aligned.
  return new TYPES[dtype](Uint8Array.from(bytes.subarray(dataStart + from, dataStart + to)).buffer);
}

/** Padded with spaces, so that the data that follow are aligned. */
function paddedHeader(header: object): Uint8Array {
  const json = JSON.stringify(header);
  const length = new TextEncoder().encode(json).length;
  return new TextEncoder().encode(json + ' '.repeat((LENGTH_BYTES - (length % LENGTH_BYTES)) % LENGTH_BYTES));
}

function typeName(data: TensorData): TypeName {
  return (Object.keys(TYPES) as TypeName[]).find((name) => data instanceof TYPES[name])!;
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
}

function damaged(file: string, found: string, cause?: unknown): DataError {
  return new DataError(`${file}: not a whole safetensors file: found ${found}. Copy the file again or write it anew`, { cause });
}
