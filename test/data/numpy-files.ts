/** NumPy's files, written from their description: .npy in any type, order and version; .npz stored, deflated or zip64. */
import { deflateRawSync } from 'node:zlib';
import { Crc32 } from '../../src/data/crc32.js';

export interface NpyOptions {
  readonly shape: readonly number[];
  /** Byte order and type, "<f8" when not said. */
  readonly descr?: string;
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
}

/** `elements`: in storage order. */
export function npy(elements: readonly (number | bigint)[], options: NpyOptions): Buffer {
  const { descr = '<f8' } = options;
  return npyRaw(encoded(elements, descr), { ...options, header: `'${descr}'` });
}

/** `header`: the type as it stands in the header. */
export function npyRaw(data: Buffer, { shape, header, fortran = false, version = 1 }: NpyOptions & { header: string }): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  return withHeader(`{'descr': ${header}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`, data, version);
}

export function withHeader(text: string, data: Buffer, version = 1): Buffer {
  const field = version === 1 ? 2 : 4;
  const padding = 63 - ((8 + field + text.length) % 64);
  const length = Buffer.alloc(field);
  length.writeUIntLE(text.length + padding + 1, 0, field);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.of(version, 0), length, Buffer.from(`${text}${' '.repeat(padding)}\n`), data]);
}

/** A matrix of rows in the order that `options` ask for. */
export function npyMatrix(rows: readonly (readonly number[])[], options: Omit<NpyOptions, 'shape'> = {}): Buffer {
  const columns = rows[0].length;
  const elements = options.fortran ? rows[0].flatMap((_, j) => rows.map((row) => row[j])) : rows.flat();
  return npy(elements, { ...options, shape: [rows.length, columns] });
}

type Write = (view: DataView, at: number, value: number | bigint, little: boolean) => void;

const WRITES: Readonly<Record<string, Write>> = {
  b1: (view, at, value) => view.setUint8(at, Number(value)),
  i1: (view, at, value) => view.setInt8(at, Number(value)),
  u1: (view, at, value) => view.setUint8(at, Number(value)),
  i2: (view, at, value, little) => view.setInt16(at, Number(value), little),
  u2: (view, at, value, little) => view.setUint16(at, Number(value), little),
  i4: (view, at, value, little) => view.setInt32(at, Number(value), little),
  u4: (view, at, value, little) => view.setUint32(at, Number(value), little),
  i8: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
  u8: (view, at, value, little) => view.setBigUint64(at, BigInt(value), little),
  // A half is given by its bits.
  f2: (view, at, value, little) => view.setUint16(at, Number(value), little),
  f4: (view, at, value, little) => view.setFloat32(at, Number(value), little),
  f8: (view, at, value, little) => view.setFloat64(at, Number(value), little),
};

export function encoded(elements: readonly (number | bigint)[], descr: string): Buffer {
  const code = descr.slice(1);
  const bytes = Number(code.slice(1));
  const data = Buffer.alloc(elements.length * bytes);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (const [i, element] of elements.entries()) WRITES[code](view, i * bytes, element, !descr.startsWith('>'));
  return data;
}

export interface ZipOptions {
  readonly deflate?: boolean;
  /** Sizes in zip64 fields, as numpy.savez writes them where a size is not known to be small. */
  readonly zip64?: boolean;
}

const UNKNOWN = 0xffff_ffff;

/** A zip file with these members, in order. */
export function zip(members: Readonly<Record<string, Buffer>>, { deflate = false, zip64 = false }: ZipOptions = {}): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const data = deflate ? deflateRawSync(content) : content;
    const facts = memberFacts(content, data, deflate, zip64);
    const extra = zip64 ? sizes64(content.length, data.length) : Buffer.alloc(0);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(Buffer.byteLength(name), 0);
    lengths.writeUInt16LE(extra.length, 2);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), facts, lengths, Buffer.from(name), extra, data]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.of(45, 0), facts, lengths, place, Buffer.from(name), extra]));
    bodies.push(body);
    offset += body.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, central, Buffer.from('PK\x05\x06'), end]);
}

/** What local header and directory both say: version, flags, method, time, checksum and sizes. */
function memberFacts(content: Buffer, data: Buffer, deflate: boolean, zip64: boolean): Buffer {
  const checksum = new Crc32();
  checksum.update(content);
  const facts = Buffer.alloc(22);
  facts.writeUInt16LE(45, 0);
  facts.writeUInt16LE(deflate ? 8 : 0, 4);
  facts.writeUInt16LE(0x21, 8);
  facts.writeUInt32LE(checksum.value, 10);
  facts.writeUInt32LE(zip64 ? UNKNOWN : data.length, 14);
  facts.writeUInt32LE(zip64 ? UNKNOWN : content.length, 18);
  return facts;
}

function sizes64(content: number, data: number): Buffer {
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(BigInt(content), 4);
  extra.writeBigUInt64LE(BigInt(data), 12);
  return extra;
}

/** An archive as numpy.savez writes it. */
export function npz(arrays: Readonly<Record<string, Buffer>>, options: ZipOptions = {}): Buffer {
  return zip(Object.fromEntries(Object.entries(arrays).map(([name, content]) => [`${name}.npy`, content])), options);
}

export interface SparseEntries {
  readonly shape: readonly [number, number];
  /** Row, column, value; sorted by row for csr, by column for csc. */
  readonly entries: readonly (readonly [number, number, number])[];
}

/** The arrays of a sparse matrix as scipy.sparse.save_npz names them. */
export function sparseArrays(format: 'csr' | 'csc' | 'coo', { shape, entries }: SparseEntries, ids = '<i4', values = '<f8'): Record<string, Buffer> {
  const vector = (elements: readonly number[], descr: string): Buffer => npy(elements, { shape: [elements.length], descr });
  const [rows, columns] = [entries.map(([row]) => row), entries.map(([, column]) => column)];
  const common = { format: npyRaw(Buffer.from(format), { shape: [], header: "'|S3'" }), shape: vector(shape, '<i8'), data: vector(entries.map(([, , value]) => value), values) };
  if (format === 'coo') return { row: vector(rows, ids), col: vector(columns, ids), ...common };
  const [major, minor, count] = format === 'csr' ? [rows, columns, shape[0]] : [columns, rows, shape[1]];
  return { indices: vector(minor, ids), indptr: vector(starts(major, count), ids), ...common };
}

function starts(major: readonly number[], count: number): number[] {
  const from = new Array<number>(count + 1).fill(0);
  for (const id of major) from[id + 1]++;
  for (let id = 0; id < count; id++) from[id + 1] += from[id];
  return from;
}
