/** .npy files: every type, byte order, memory order and version come back exactly; what is wrong is named. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crc32 } from '../../src/data/crc32.js';
import { openNpy } from '../../src/data/npy.js';
import { readDataset } from '../../src/data/read.js';
import { streamRows } from '../../src/data/stream-rows.js';
import { denseRows, denseRowsOf, firstDifference, sourceOf, temporaryDirectory } from './files.js';
import { npy, npyMatrix, npyRaw, withHeader } from './numpy-files.js';

const directory = temporaryDirectory();

const rowsIn = async (content: Buffer, lengths: readonly number[] = [1 << 16]): Promise<number[][]> => {
  const reader = await openNpy(sourceOf(content, lengths), null);
  const chunks = [];
  for await (const { chunk } of reader.chunks()) chunks.push(chunk);
  return denseRowsOf(reader.rows, reader.columns, (async function* () { yield* chunks; })());
};

/** What is written, and the value it stands for. */
interface Element {
  readonly written: number;
  readonly value: number;
}

const same = (arbitrary: fc.Arbitrary<number>): fc.Arbitrary<Element> => arbitrary.map((value) => ({ written: value + 0, value: value + 0 }));
const integer = (min: number, max: number): fc.Arbitrary<Element> => same(fc.integer({ min, max }));

/** A finite half from its sign, exponent and fraction. */
const half = fc.tuple(fc.nat(1), fc.nat(30), fc.nat(1023)).map(([sign, exponent, fraction]) => {
  const size = exponent === 0 ? (fraction / 1024) * 2 ** -14 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return { written: (sign << 15) | (exponent << 10) | fraction, value: (sign === 1 ? -size : size) + 0 };
});

const TYPES: Readonly<Record<string, fc.Arbitrary<Element>>> = {
  b1: integer(0, 1),
  i1: integer(-128, 127),
  u1: integer(0, 255),
  i2: integer(-(2 ** 15), 2 ** 15 - 1),
  u2: integer(0, 2 ** 16 - 1),
  i4: integer(-(2 ** 31), 2 ** 31 - 1),
  u4: integer(0, 2 ** 32 - 1),
  i8: same(fc.maxSafeInteger()),
  u8: same(fc.maxSafeNat()),
  f2: half,
  f4: same(fc.float({ noNaN: true, noDefaultInfinity: true })),
  f8: same(fc.double({ noNaN: true, noDefaultInfinity: true })),
};

describe('any matrix', () => {
  it.each(Object.entries(TYPES))('of %s comes back, whatever the byte order, memory order, version and cuts', async (type, element) => {
    const matrix = fc.integer({ min: 1, max: 7 }).chain((columns) => fc.array(fc.array(element, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 9 }));
    const version = fc.constantFrom<1 | 2 | 3>(1, 2, 3);
    await fc.assert(
      fc.asyncProperty(matrix, fc.constantFrom('<', '>'), fc.boolean(), version, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }), async (elements, order, fortran, version, cuts) => {
        const written = elements.map((row) => row.map(({ written }) => written));
        const rows = await rowsIn(npyMatrix(written, { descr: order + type, fortran, version }), cuts);
        expect(rows.map((row) => row.map((value) => value + 0))).toEqual(elements.map((row) => row.map(({ value }) => value)));
      }),
      { numRuns: 60 },
    );
  });

  it.each([false, true])('of many chunks comes back; in Fortran order: %s', async (fortran) => {
    const rows = Array.from({ length: 700 }, (_, i) => Array.from({ length: 900 }, (_, j) => (i * 31 + j * 7) % 101));
    const { matrix, format } = await readDataset({ data: directory.write('big.npy', npyMatrix(rows, { descr: '|u1', fortran })) });
    expect(format).toBe('npy');
    expect(firstDifference(await denseRows(matrix), rows)).toBe(-1);
    await matrix.close();
  });

  it('is recognized inside gzip, by content', async () => {
    const dataset = await readDataset({ data: directory.write('plain.csv', gzipSync(npyMatrix([[1, 2]]))) });
    expect([dataset.format, await denseRows(dataset.matrix)]).toEqual(['npy.gz', [[1, 2]]]);
  });

  it('has headers as old versions wrote them', async () => {
    const header = `{"shape": (2L, 1L,), "fortran_order":False,   "descr": "<i2"}`;
    expect(await rowsIn(withHeader(header, Buffer.of(1, 0, 2, 0)))).toEqual([[1], [2]]);
  });
});

describe('prediction', () => {
  it.each([false, true])('leaves out and counts columns beyond the model; in Fortran order: %s', async (fortran) => {
    const stream = await streamRows({ data: directory.write('wide.npy', npyMatrix([[1, 2, 9], [3, 4, 9]], { fortran })), features: 2 });
    const chunks = [];
    for await (const chunk of stream.chunks()) chunks.push(chunk);
    await stream.close();
    expect(await denseRowsOf(2, 2, (async function* () { yield* chunks; })())).toEqual([[1, 2], [3, 4]]);
    expect([stream.ignoredColumns, stream.ignoredEntries, stream.format]).toEqual([1, 0, 'npy']);
  });

  it('refuses a matrix that is too narrow', async () => {
    expect(await directory.errorOf(streamRows({ data: directory.write('narrow.npy', npyMatrix([[1]])), features: 2 }))).toMatchInlineSnapshot(`"narrow.npy: found a matrix of 1 column, expected 2. Give the matrix with the columns the model has"`);
  });
});

const refusal = (content: Buffer, name = 'X.npy'): Promise<string> => directory.errorOf(readDataset({ data: directory.write(name, content) }));

describe('a file that is none', () => {
  it('by its magic', async () => {
    expect(await directory.errorOf(readDataset({ data: directory.write('X.npy', '1,2\n'), format: 'npy' }))).toMatchInlineSnapshot(`"X.npy: found "1,2\\n" in front, expected "\\x93NUMPY". Save the array with numpy.save, or choose another --format if this is not a NumPy file"`);
  });
  it('by its version', async () => {
    expect(await refusal(withHeader('{}', Buffer.alloc(0), 4))).toMatchInlineSnapshot(`"X.npy: found format version 4, expected a NumPy array in format version 1, 2 or 3. Save the array again with numpy.save"`);
    expect(await refusal(Buffer.from('\x93NUMPY', 'latin1'))).toMatchInlineSnapshot(`"X.npy: found a file of 6 bytes, expected a NumPy array in format version 1, 2 or 3. Save the array again with numpy.save"`);
  });
  it('by its header', async () => {
    expect(await refusal(withHeader(`{'descr': '<f8', 'shape': (2, 2)}`, Buffer.alloc(32)))).toMatchInlineSnapshot(`"X.npy: found header "{'descr': '<f8', 'shape': (2, 2)}", expected descr, fortran_order and shape in it. The file is damaged: save it again with numpy.save"`);
    expect(await refusal(Buffer.concat([Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\x7f', 'latin1'), Buffer.alloc(99)]))).toMatchInlineSnapshot(`"X.npy: found a header of 2147483647 bytes, expected at most 1048576. The file is damaged: save it again with numpy.save"`);
    expect(await refusal(npyMatrix([[1]]).subarray(0, 9))).toMatchInlineSnapshot(`"X.npy: the file ends inside its header, expected element type and shape there. The file is truncated: copy it again"`);
    expect(await refusal(npyMatrix([[1]]).subarray(0, 50))).toMatchInlineSnapshot(`"X.npy: the file ends inside its header, expected element type and shape there. The file is truncated: copy it again"`);
  });
  it('by its length', async () => {
    const whole = npyMatrix([[1, 2], [3, 4]], { descr: '<i4' });
    expect(await refusal(whole.subarray(0, -3))).toMatchInlineSnapshot(`"X.npy: the data end after 3 of the 4 elements that the header announces. The file is truncated: copy or save it again"`);
    expect(await refusal(gzipSync(whole.subarray(0, -3)), 'X.npy.gz')).toMatchInlineSnapshot(`"X.npy.gz: the data end after 3 of the 4 elements that the header announces. The file is truncated: copy or save it again"`);
    expect(await refusal(Buffer.concat([whole, whole]))).toMatchInlineSnapshot(`"X.npy: found bytes after the 4 elements that the header announces, expected the end. Save one array a file, or copy the file again"`);
    expect(await refusal(gzipSync(Buffer.concat([whole, Buffer.of(0)])), 'X.npy.gz')).toMatchInlineSnapshot(`"X.npy.gz: found bytes after the 4 elements that the header announces, expected the end. Save one array a file, or copy the file again"`);
    expect(await refusal(npyRaw(Buffer.alloc(8), { shape: [4_000_000_000, 1_000_000], header: "'<f8'", fortran: true }))).toMatchInlineSnapshot(`"X.npy: the data end after 1 of the 4000000000000000 elements that the header announces. The file is truncated: copy or save it again"`);
  });
});

describe('arrays that are no matrix', () => {
  it('by their shape', async () => {
    expect(await refusal(npy([1, 2, 3], { shape: [3] }))).toMatchInlineSnapshot(`"X.npy: found an array of shape (3,), expected 2 dimensions: rows and columns. Save a single column as X.reshape(-1, 1), a single row as X.reshape(1, -1)"`);
    expect(await refusal(npy([1, 2, 3, 4], { shape: [2, 1, 2] }))).toMatchInlineSnapshot(`"X.npy: found an array of shape (2, 1, 2), expected 2 dimensions: rows and columns. Bring it into rows and columns with X.reshape(len(X), -1)"`);
    expect(await refusal(npy([1], { shape: [] }))).toMatchInlineSnapshot(`"X.npy: found an array of shape (), expected 2 dimensions: rows and columns. Save the array of the data"`);
    expect(await refusal(npy([], { shape: [0, 3] }))).toMatchInlineSnapshot(`"X.npy: found a matrix of 0 × 3, expected from 1 to 4294967295 rows and from 1 to 1073741824 columns. Check how it was made"`);
    expect(await refusal(npyRaw(Buffer.alloc(0), { shape: [2 ** 31, 2 ** 31], header: "'<f8'" }))).toMatchInlineSnapshot(`"X.npy: found an array of shape (2147483648, 2147483648), more elements than a file can hold. The header is damaged: save the array again"`);
  });
  it.each([
    ["'|O'", '"|O" (Python objects)'],
    ["'<U5'", '"<U5" (text)'],
    ["'|S5'", '"|S5" (text)'],
    ["'<c16'", '"<c16" (complex numbers)'],
    ["'<M8[D]'", '"<M8[D]" (dates)'],
    ["'<m8[s]'", '"<m8[s]" (time spans)'],
    ["'<f16'", '"<f16" (extended precision)'],
    ["'|V8'", '"|V8" (raw bytes)'],
    ["'<q7'", '"<q7"'],
  ])('by their type %s', async (header, found) => {
    const fix = header === "'|O'" ? ', a sparse matrix with scipy.sparse.save_npz' : '';
    expect(await refusal(npyRaw(Buffer.alloc(16), { shape: [1, 1], header }))).toBe(`X.npy: found elements of type ${found}, expected real numbers of at most 8 bytes or booleans. Save the array after astype(float)${fix}`);
  });
  it.each(["[('a', '<f8'), ('b', '<i4')]", "('<f8', (3,))"])('by their fields %s', async (header) => {
    expect(await refusal(npyRaw(Buffer.alloc(16), { shape: [1, 1], header }))).toBe('X.npy: found elements with fields, expected real numbers of at most 8 bytes or booleans. Save the array after astype(float)');
  });
});

describe('elements', () => {
  it('that are not finite', async () => {
    expect(await refusal(npyMatrix([[1, 2], [3, NaN], [5, 6]]))).toMatchInlineSnapshot(`"X.npy, row 1, column 1 (from 0): found NaN, expected a finite number. Replace the value, or leave out what it belongs to"`);
    expect(await refusal(npyMatrix([[1, 2], [3, -Infinity], [5, 6]], { fortran: true, descr: '>f4' }))).toMatchInlineSnapshot(`"X.npy, row 1, column 1 (from 0): found -Infinity, expected a finite number. Replace the value, or leave out what it belongs to"`);
    expect(await refusal(npy([0x3c00, 0x7c00], { shape: [1, 2], descr: '<f2' }))).toMatchInlineSnapshot(`"X.npy, row 0, column 1 (from 0): found Infinity, expected a finite number. Replace the value, or leave out what it belongs to"`);
    expect(await refusal(npy([0x3c00, 0xfe00], { shape: [1, 2], descr: '<f2' }))).toMatchInlineSnapshot(`"X.npy, row 0, column 1 (from 0): found NaN, expected a finite number. Replace the value, or leave out what it belongs to"`);
  });
  it('that float64 cannot hold', async () => {
    const beyond = 2n ** 53n + 1n;
    expect(await refusal(npy([1, -beyond], { shape: [2, 1], descr: '<i8' }))).toMatchInlineSnapshot(`"X.npy, row 1, column 0 (from 0): found -9007199254740993, expected a whole number from -(2^53 - 1) to 2^53 - 1, which float64 holds exactly. Replace the value, or leave out what it belongs to"`);
    expect(await refusal(npy([1, 2n ** 64n - 1n], { shape: [2, 1], descr: '>u8' }))).toMatchInlineSnapshot(`"X.npy, row 1, column 0 (from 0): found 18446744073709551615, expected a whole number from -(2^53 - 1) to 2^53 - 1, which float64 holds exactly. Replace the value, or leave out what it belongs to"`);
    expect(await rowsIn(npy([beyond - 2n, 2n - beyond], { shape: [2, 1], descr: '>i8' }))).toEqual([[2 ** 53 - 1], [1 - 2 ** 53]]);
  });
  it('far into the file, with their place', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => Array.from({ length: 300 }, (_, j) => (i === 777 && j === 123 ? NaN : 0)));
    expect(await refusal(npyMatrix(rows))).toContain('X.npy, row 777, column 123 (from 0): found NaN');
    expect(await refusal(npyMatrix(rows, { fortran: true }))).toContain('X.npy, row 777, column 123 (from 0): found NaN');
  });
});

describe('options of text files', () => {
  it('are refused', async () => {
    const data = directory.write('X.npy', npyMatrix([[1, 2]]));
    expect(await directory.errorOf(readDataset({ data, targetColumn: 'last' }))).toMatchInlineSnapshot(`"X.npy: recognized as npy, which has no named columns, so --target-column says nothing about it. Leave it out, or add --format csv if the file is CSV"`);
    expect(await directory.errorOf(readDataset({ data, features: 3 }))).toMatchInlineSnapshot(`"X.npy: recognized as npy, whose columns are counted in the file, so a number of features says nothing about it. Leave it out"`);
  });
});

describe('CRC-32', () => {
  it('has the value of the standard check, also in pieces', () => {
    const checksum = new Crc32();
    checksum.update(Buffer.from('1234'));
    checksum.update(Buffer.from('56789'));
    expect(checksum.value).toBe(0xcbf43926);
  });
});
