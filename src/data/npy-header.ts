/**
 * The head of a NumPy array file, format versions 1 to 3. In: a byte stream at its beginning. Out: element type,
 * order and shape; the stream stands at the first element.
 * Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { DataError } from './dataset.js';
import type { ExactBytes } from './exact-bytes.js';
import { quoted, shown } from './number.js';

export interface NpyHeader {
  /** NumPy's code of the element type, such as "<f8"; null when elements have fields. */
  readonly descr: string | null;
  /** Whether the first index runs fastest. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Bytes before the first element. */
  readonly bytes: number;
}

export const NPY_MAGIC = Buffer.from('\x93NUMPY', 'latin1');

const PREFIX_BYTES = NPY_MAGIC.length + 2;

/** Far beyond what a header of numbers takes; a longer one is a damaged length. */
const MOST_HEADER_BYTES = 1 << 20;

const DESCR = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|[[(])/;
const FORTRAN_ORDER = /['"]fortran_order['"]\s*:\s*(True|False)/;
const SHAPE = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/;

/** `label` names the array in messages. */
export async function readNpyHeader(label: string, bytes: ExactBytes): Promise<NpyHeader> {
  const prefix = await bytes.take(PREFIX_BYTES);
  if (!prefix.subarray(0, NPY_MAGIC.length).equals(NPY_MAGIC)) {
    throw new DataError(`${label}: found ${quoted(prefix.toString('latin1'))} in front, expected "\\x93NUMPY". Save the array with numpy.save, or choose another --format if this is not a NumPy file`);
  }
  const lengthBytes = lengthField(label, prefix);
  const field = await bytes.take(lengthBytes);
  const length = field.length < lengthBytes ? NaN : field.readUIntLE(0, lengthBytes);
  if (length > MOST_HEADER_BYTES) {
    throw new DataError(`${label}: found a header of ${length} bytes, expected at most ${MOST_HEADER_BYTES}. The file is damaged: save it again with numpy.save`);
  }
  const text = Number.isNaN(length) ? null : await bytes.take(length);
  if (text === null || text.length < length) {
    throw new DataError(`${label}: the file ends inside its header, expected element type and shape there. The file is truncated: copy it again`);
  }
  return { ...parseHeader(label, text.toString('utf8')), bytes: PREFIX_BYTES + lengthBytes + length };
}

/** Bytes of the field that holds the header's length. */
function lengthField(label: string, prefix: Buffer): number {
  const version = prefix[NPY_MAGIC.length];
  if (version === 1) return 2;
  if (version === 2 || version === 3) return 4;
  const found = version === undefined ? 'a file of 6 bytes' : `format version ${version}`;
  throw new DataError(`${label}: found ${found}, expected a NumPy array in format version 1, 2 or 3. Save the array again with numpy.save`);
}

function parseHeader(label: string, text: string): Omit<NpyHeader, 'bytes'> {
  const descr = DESCR.exec(text);
  const order = FORTRAN_ORDER.exec(text);
  const shape = SHAPE.exec(text);
  if (descr === null || order === null || shape === null) {
    throw new DataError(`${label}: found header ${quoted(text.trim())}, expected descr, fortran_order and shape in it. The file is damaged: save it again with numpy.save`);
  }
  const sizes = shape[1].split(',').map((size) => size.trim().replace(/L$/, '')).filter((size) => size !== '');
  return { descr: descr[1] ?? null, fortran: order[1] === 'True', shape: sizes.map(Number) };
}

/** A shape as NumPy writes it. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shown(shape.join(', '))})`;
}

/** What stands before the elements of an array in C order, in format version 1; a multiple of 64 bytes, as NumPy writes it. */
export function npyHead(descr: string, shape: readonly number[]): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shapeText(shape)}, }`;
  const prefix = PREFIX_BYTES + 2;
  const padded = Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded);
  return Buffer.concat([NPY_MAGIC, Buffer.of(1, 0), length, Buffer.from(`${text.padEnd(padded - 1)}\n`, 'latin1')]);
}
