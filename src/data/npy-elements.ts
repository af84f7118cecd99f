/**
 * Elements of a NumPy array. In: the code of their type, and their bytes. Out: float64 values that are exactly what
 * was stored; NaN for what is not finite or what float64 can't hold.
 */
import { DataError } from './dataset.js';
import { quoted } from './number.js';

export interface ElementType {
  readonly bytes: number;
  /** All elements of `data`; NaN where `text` must say what stands there instead. */
  decode(data: Buffer): Float64Array;
  /** Element `at` of `data` as a message quotes it. */
  text(data: Buffer, at: number): string;
  /** What an element should have been. */
  readonly expected: string;
}

type Read = (view: DataView, at: number, little: boolean) => number;

const INTEGER = 'a whole number from -(2^53 - 1) to 2^53 - 1, which float64 holds exactly';
const FINITE = 'a finite number';

const READS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['b1', (view, at) => (view.getUint8(at) === 0 ? 0 : 1)],
  ['i1', (view, at) => view.getInt8(at)],
  ['u1', (view, at) => view.getUint8(at)],
  ['i2', (view, at, little) => view.getInt16(at, little)],
  ['u2', (view, at, little) => view.getUint16(at, little)],
  ['i4', (view, at, little) => view.getInt32(at, little)],
  ['u4', (view, at, little) => view.getUint32(at, little)],
  ['i8', (view, at, little) => exact(view.getInt32(little ? at + 4 : at, little), view.getUint32(little ? at : at + 4, little))],
  ['u8', (view, at, little) => exact(view.getUint32(little ? at + 4 : at, little), view.getUint32(little ? at : at + 4, little))],
  ['f2', (view, at, little) => half(view.getUint16(at, little))],
  ['f4', (view, at, little) => view.getFloat32(at, little)],
  ['f8', (view, at, little) => view.getFloat64(at, little)],
]);

const KINDS: Readonly<Record<string, string | undefined>> = { O: 'Python objects', S: 'text', U: 'text', c: 'complex numbers', M: 'dates', m: 'time spans', V: 'raw bytes', f: 'extended precision' };

/** `descr` as in NpyHeader; DataError naming `label` when elements of that type are no real numbers. */
export function elementType(label: string, descr: string | null): ElementType {
  const code = /^[<>|=]?(\w+)$/.exec(descr ?? '')?.[1] ?? '';
  const read = READS.get(code);
  if (descr === null || read === undefined) throw notNumbers(label, descr);
  return new NumberType(code, read, !descr.startsWith('>'));
}

class NumberType implements ElementType {
  readonly bytes: number;
  readonly expected: string;

  constructor(
    private readonly code: string,
    private readonly read: Read,
    private readonly little: boolean,
  ) {
    this.bytes = Number(code.slice(1));
    this.expected = code.startsWith('f') ? FINITE : INTEGER;
  }

  decode(data: Buffer): Float64Array {
    const { bytes, little, read } = this;
    const view = viewOf(data);
    const values = new Float64Array(data.length / bytes);
    for (let i = 0; i < values.length; i++) values[i] = read(view, i * bytes, little);
    return values;
  }

  text(data: Buffer, at: number): string {
    const view = viewOf(data);
    if (this.code === 'i8') return String(view.getBigInt64(at * 8, this.little));
    if (this.code === 'u8') return String(view.getBigUint64(at * 8, this.little));
    return String(this.read(view, at * this.bytes, this.little));
  }
}

function viewOf(data: Buffer): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/** high · 2^32 + low, or NaN where float64 might round it. */
function exact(high: number, low: number): number {
  const value = high * 2 ** 32 + low;
  return Number.isSafeInteger(value) ? value : NaN;
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function notNumbers(label: string, descr: string | null): DataError {
  const kind = descr === null ? 'with fields' : `${quoted(descr)}${named(KINDS[descr.replace(/^[<>|=]/, '')[0] ?? ''])}`;
  const sparse = descr?.includes('O') ? ', a sparse matrix with scipy.sparse.save_npz' : '';
  return new DataError(`${label}: found elements ${descr === null ? kind : `of type ${kind}`}, expected real numbers of at most 8 bytes or booleans. Save the array after astype(float)${sparse}`);
}

function named(kind: string | undefined): string {
  return kind === undefined ? '' : ` (${kind})`;
}
