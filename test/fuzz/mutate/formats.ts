/** Changes that know a format: where its headers are, and how to leave the rest of the file in step with a changed one. */
import { editField, editNumberAnywhere, readNumber, type Field } from './binary.js';
import type { Mutation } from './mutation.js';
import { TEXT_MUTATIONS } from './text.js';

/** A text mutation on the header of an array, whose length field follows; the data stay. */
const editNpyHeader: Mutation = (bytes, draws) => {
  const width = bytes[6] === 1 ? 2 : 4;
  const begin = 8 + width;
  const end = begin + Number(readNumber(bytes, 8, width));
  if (end > bytes.length) return bytes;
  const header = draws.of(TEXT_MUTATIONS)(bytes.subarray(begin, end), draws, bytes.subarray(begin, end));
  const length = Buffer.alloc(width);
  length.writeUIntLE(Math.min(header.length, 256 ** width - 1), 0, width);
  return Buffer.concat([bytes.subarray(0, 8), length, header, bytes.subarray(end)]);
};

const TYPES = ['<f8', '<f4', '<f2', '>f8', '>f4', '<i8', '<u8', '>i8', '<i4', '|i1', '|u1', '|b1', '|O', '<U5', '|S5', '<c16', '<M8[s]', '|V8', '<f16', '', '=f8', '<x9', 'constructor', '__proto__'];

const editNpyType: Mutation = (bytes, draws) => {
  const text = bytes.toString('latin1');
  const found = /(?<=')[<>|=]?[a-zA-Z]\d+(?=')/.exec(text);
  if (found === null) return bytes;
  return Buffer.from(text.slice(0, found.index) + draws.of(TYPES) + text.slice(found.index + found[0].length), 'latin1');
};

export const NPY_MUTATIONS: readonly Mutation[] = [editNpyHeader, editNpyHeader, editNpyType, editField(() => [{ at: 6, width: 1 }, { at: 7, width: 1 }, { at: 8, width: 2 }, { at: 8, width: 4 }])];

/** Offsets and widths of the numbers in a zip archive's records, by what the record begins with. */
const ZIP_RECORDS: readonly (readonly [string, readonly (readonly [number, number])[]])[] = [
  ['PK\x03\x04', [[4, 2], [6, 2], [8, 2], [14, 4], [18, 4], [22, 4], [26, 2], [28, 2]]],
  ['PK\x01\x02', [[6, 2], [8, 2], [10, 2], [16, 4], [20, 4], [24, 4], [28, 2], [30, 2], [32, 2], [34, 2], [38, 4], [42, 4]]],
  ['PK\x05\x06', [[4, 2], [6, 2], [8, 2], [10, 2], [12, 4], [16, 4], [20, 2]]],
];

function zipFields(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (const [magic, places] of ZIP_RECORDS) {
    for (let at = bytes.indexOf(magic, 0, 'latin1'); at !== -1; at = bytes.indexOf(magic, at + 1, 'latin1')) fields.push(...places.map(([offset, width]) => ({ at: at + offset, width })));
  }
  return fields;
}

/** Two records of the directory change places, or one is there twice or not at all; the end says what it said. */
const shuffleDirectory: Mutation = (bytes, draws) => {
  const begin = bytes.indexOf('PK\x01\x02', 0, 'latin1');
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (begin === -1 || end < begin) return bytes;
  const records: Buffer[] = [];
  for (let at = begin; at < end && at !== -1; ) {
    const next = bytes.indexOf('PK\x01\x02', at + 4, 'latin1');
    const stop = next === -1 ? end : next;
    records.push(bytes.subarray(at, stop));
    at = stop;
  }
  const [record] = records.splice(draws.below(records.length), 1);
  if (!draws.once(3)) records.splice(draws.below(records.length + 1), 0, record!);
  if (draws.once(2)) records.splice(draws.below(records.length + 1), 0, record!);
  return Buffer.concat([bytes.subarray(0, begin), ...records, bytes.subarray(end)]);
};

/** Members called otherwise, where they are and in the directory. */
const renameMember: Mutation = (bytes, draws) => {
  const names = [...bytes.toString('latin1').matchAll(/[\w]+\.npy/g)];
  if (names.length === 0) return bytes;
  const changed = Buffer.from(bytes);
  const [from, to] = [draws.of(names)[0], draws.of(names)[0]];
  for (let at = changed.indexOf(from); at !== -1; at = changed.indexOf(from, at + 1)) changed.write(to.padEnd(from.length, 'x').slice(0, from.length), at, 'latin1');
  return changed;
};

export const ZIP_MUTATIONS: readonly Mutation[] = [editField(zipFields), editField(zipFields), editField(zipFields), shuffleDirectory, renameMember, editNpyType];

const JSON_VALUES = ['null', 'true', '0', '-1', '1', '2', '1.5', '1e999', '9007199254740993', '4294967296', '1099511627776', '""', '"F64"', '"F32"', '"U32"', '"I64"', '"\\u0000"', '[]', '[0]', '[1,2,3]', '[[1]]', '{}', '{"a":1}', 'NaN', "'x'", '"__proto__"', '[1e9,1e9]', '"\\u001b[31m"', '-0', '[4294967296,4294967296]'];

/** A value of a JSON text becomes another, a member is doubled, loses its value or is called otherwise. */
export const editJson: Mutation = (bytes, draws) => {
  const text = bytes.toString('latin1');
  const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|true|false|null|\[[^[\]]*\]/g)];
  if (values.length === 0) return bytes;
  const { index, 0: value } = draws.of(values);
  const replaced = draws.of([draws.of(JSON_VALUES), draws.of(JSON_VALUES), draws.of(values)[0], `${value},${value}`, `${value}:${value}`, '']);
  return Buffer.from(text.slice(0, index) + replaced + text.slice(index + value.length), 'latin1');
};

/** A change to the header of a safetensors file, whose length field follows. */
const editTensorHeader: Mutation = (bytes, draws) => {
  const end = 8 + Number(readNumber(bytes, 0, 8));
  if (end > bytes.length) return bytes;
  const header = draws.of([editJson, editJson, editJson, ...TEXT_MUTATIONS])(bytes.subarray(8, end), draws, bytes.subarray(8, end));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, bytes.subarray(end)]);
};

export const TENSOR_MUTATIONS: readonly Mutation[] = [editTensorHeader, editTensorHeader, editTensorHeader, editField(() => [{ at: 0, width: 8 }]), editNumberAnywhere];

/** The head of a gzip member, and its checksum and length at the end. */
export const GZIP_MUTATIONS: readonly Mutation[] = [
  editField((bytes) => [{ at: 2, width: 1 }, { at: 3, width: 1 }, { at: 4, width: 4 }, { at: 8, width: 1 }, { at: bytes.length - 8, width: 4 }, { at: bytes.length - 4, width: 4 }].filter(({ at }) => at >= 0)),
  (bytes, draws) => Buffer.concat([bytes, Buffer.alloc(1 + draws.small(600), draws.of([0, 0x1f, 0x20]))]),
];

