/** NumPy's files by a parser that knows them as NumPy writes them, and has no opinion on others. */
import { inflateRawSync } from 'node:zlib';
import { NO_OPINION, REFUSED } from './reader.js';

export interface PlainArray {
  readonly shape: readonly number[];
  /** In row-major order. */
  readonly values: readonly number[];
}

const HEADER = /^\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(((?:\d+, )*\d+,?|)\), \} *\n$/;

const READS: Readonly<Record<string, (bytes: Buffer, at: number) => number>> = {
  '<f8': (bytes, at) => bytes.readDoubleLE(at),
  '>f8': (bytes, at) => bytes.readDoubleBE(at),
  '<f4': (bytes, at) => bytes.readFloatLE(at),
  '>f4': (bytes, at) => bytes.readFloatBE(at),
  '<i8': (bytes, at) => whole(bytes.readBigInt64LE(at)),
  '>i8': (bytes, at) => whole(bytes.readBigInt64BE(at)),
  '<u8': (bytes, at) => whole(bytes.readBigUInt64LE(at)),
  '<i4': (bytes, at) => bytes.readInt32LE(at),
  '|i1': (bytes, at) => bytes.readInt8(at),
  '|u1': (bytes, at) => bytes.readUInt8(at),
  '|b1': (bytes, at) => Number(bytes[at] !== 0),
};

function whole(value: bigint): number {
  return Number.isSafeInteger(Number(value)) ? Number(value) : NaN;
}

export function plainArray(bytes: Buffer): PlainArray | symbol {
  if (bytes.subarray(0, 6).toString('latin1') !== '\x93NUMPY') return REFUSED;
  const width = { 1: 2, 2: 4, 3: 4 }[bytes[6]!];
  if (width === undefined || bytes.length < 8 + width) return REFUSED;
  const begin = 8 + width;
  const end = begin + bytes.readUIntLE(8, width);
  const [, descr, fortran, sizes] = HEADER.exec(bytes.toString('utf8', begin, end)) ?? [];
  if (end > bytes.length || descr === undefined) return end > bytes.length ? REFUSED : NO_OPINION;
  const read = READS[descr];
  if (read === undefined) return NO_OPINION;
  const shape = sizes!.split(',').filter((size) => size.trim() !== '').map(Number);
  const size = Number(descr.slice(2));
  const count = shape.reduce((product, length) => product * length, 1);
  if (bytes.length - end !== count * size) return REFUSED;
  const stored = Array.from({ length: count }, (_, i) => read(bytes, end + i * size));
  if (!stored.every(Number.isFinite)) return REFUSED;
  if (fortran === 'False' || shape.length !== 2) return { shape, values: stored };
  const [rows, columns] = shape as [number, number];
  return { shape, values: stored.map((_, at) => stored[(at % columns) * rows + Math.floor(at / columns)]!) };
}

/** Members by name; NO_OPINION for anything but one directory of members as its end says it, each with a local header of the same name. */
export function zipMembers(bytes: Buffer): ReadonlyMap<string, Buffer> | symbol {
  const end = bytes.length - 22;
  if (end < 0 || bytes.readUInt32LE(end) !== 0x06054b50 || bytes.readUInt32LE(end + 4) !== 0 || bytes.readUInt16LE(end + 20) !== 0) return NO_OPINION;
  const [count, total, length, begin] = [bytes.readUInt16LE(end + 8), bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16)];
  if (count !== total || begin + length !== end) return NO_OPINION;
  const members = new Map<string, Buffer>();
  let at = begin;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== 0x02014b50) return NO_OPINION;
    const [flags, method, checksum] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 16)];
    const [packed, size, nameLength, extra, comment, local] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)];
    const name = bytes.toString('latin1', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extra + comment;
    if (flags !== 0 || extra !== 0 || !/^[\w.]+$/.test(name) || members.has(name) || local + 30 > begin || bytes.readUInt32LE(local) !== 0x04034b50) return NO_OPINION;
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    if (data + packed > begin) return NO_OPINION;
    const content = contentOf(bytes.subarray(data, data + packed), method);
    if (content === null || content.length !== size || crc32(content) !== checksum) return NO_OPINION;
    members.set(name, content);
  }
  return at === end ? members : NO_OPINION;
}

function contentOf(packed: Buffer, method: number): Buffer | null {
  try {
    return method === 0 ? packed : method === 8 ? inflateRawSync(packed) : null;
  } catch {
    return null;
  }
}

/** Bit by bit, from its definition. */
function crc32(bytes: Buffer): number {
  let remainder = 0xffff_ffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb8_8320 : 0);
  }
  return ~remainder >>> 0;
}
