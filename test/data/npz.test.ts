/** .npz archives: sparse matrices of SciPy and arrays of numpy.savez come back exactly; what is wrong is named. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DuplicateEntryError } from '../../src/data/dataset.js';
import { locateEntry, nameDuplicate } from '../../src/data/locate.js';
import { readDataset } from '../../src/data/read.js';
import { streamRows, type StreamOptions } from '../../src/data/stream-rows.js';
import { denseRows, denseRowsOf, firstDifference, temporaryDirectory } from './files.js';
import { npy, npyMatrix, npyRaw, npz, sparseArrays, zip, type SparseEntries } from './numpy-files.js';

const directory = temporaryDirectory();

const FORMATS = ['csr', 'csc', 'coo'] as const;
const X = [[1, 2], [3, 4], [5, 6]];
const y = [7, 8, 9];

const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
const zipOptions = fc.record({ deflate: fc.boolean(), zip64: fc.boolean() });
const matrix = fc.integer({ min: 1, max: 7 }).chain((columns) => {
  const cell = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: value });
  return fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 9 });
});

/** The nonzeros of a matrix in the order that a format asks for. */
function entriesOf(rows: readonly (readonly number[])[], format: (typeof FORMATS)[number]): SparseEntries {
  const entries = rows.flatMap((row, i) => row.flatMap((cell, j) => (cell === 0 ? [] : [[i, j, cell] as const])));
  if (format === 'csc') entries.sort((a, b) => a[1] - b[1]);
  if (format === 'coo') entries.reverse();
  return { shape: [rows.length, rows[0].length], entries };
}

async function read(content: Buffer): Promise<{ kind: string; rows: number[][]; target: number[] | null }> {
  const { matrix, target, format } = await readDataset({ data: directory.write('X.npz', content) });
  expect(format).toBe('npz');
  const rows = await denseRows(matrix);
  await matrix.close();
  return { kind: matrix.kind, rows, target: target === null ? null : [...target] };
}

async function streamed(content: Buffer, options: Omit<StreamOptions, 'data'>) {
  const stream = await streamRows({ data: directory.write('new.npz', content), ...options });
  const chunks = [];
  for await (const chunk of stream.chunks()) chunks.push(chunk);
  await stream.close();
  const rows = await denseRowsOf(stream.rows, options.features, (async function* () { yield* chunks; })());
  return { rows, ignoredColumns: stream.ignoredColumns, ignoredEntries: stream.ignoredEntries };
}

describe('sparse matrices', () => {
  it.each(FORMATS)('of any content come back: %s', async (format) => {
    await fc.assert(
      fc.asyncProperty(matrix, zipOptions, fc.constantFrom('<i4', '<i8', '>i4', '>i8'), async (rows, options, ids) => {
        expect(await read(npz(sparseArrays(format, entriesOf(rows, format), ids), options))).toEqual({ kind: 'sparse', rows, target: null });
      }),
      { numRuns: 60 },
    );
  });

  it.each(['<f4', '|i1', '|b1', '>u2'])('of values of type %s come back', async (type) => {
    const rows = [[0, 1], [1, 0]];
    expect((await read(npz(sparseArrays('csr', entriesOf(rows, 'csr'), '<i4', type)))).rows).toEqual(rows);
  });

  it.each([65_534, 65_535, 65_536, 65_537, 131_073])('of %i rows, some of them empty, come back from every format', async (count) => {
    const entries = Array.from({ length: count }, (_, i) => [i, i % 3, i + 1] as const).filter(([row]) => row % 5 !== 0);
    const expected = entries.map(([row, column, x]) => [row, column, x]);
    for (const format of FORMATS) {
      const sorted = format === 'csc' ? [...entries].sort((a, b) => a[1] - b[1]) : entries;
      const dataset = await readDataset({ data: directory.write('long.npz', npz(sparseArrays(format, { shape: [count, 3], entries: sorted }))) });
      const found: number[][] = [];
      for await (const chunk of dataset.matrix.chunks()) if (chunk.kind === 'sparse') chunk.values.forEach((x, e) => found.push([chunk.rows[e], chunk.columns[e], x]));
      await dataset.matrix.close();
      expect(firstDifference(found.sort((a, b) => a[0] - b[0]), expected)).toBe(-1);
    }
  });

  it('keep explicit zeros, and may have no entries', async () => {
    const { matrix: kept } = await readDataset({ data: directory.write('zero.npz', npz(sparseArrays('csr', { shape: [2, 2], entries: [[0, 1, 0]] }))) });
    expect(kept.entries).toBe(1);
    for (const format of FORMATS) expect((await read(npz(sparseArrays(format, { shape: [2, 3], entries: [] })))).rows).toEqual([[0, 0, 0], [0, 0, 0]]);
  });

  it('take the name of the format as text of either kind', async () => {
    const format = npyRaw(Buffer.from('\0\0\0c\0\0\0o\0\0\0o', 'latin1'), { shape: [], header: "'>U3'" });
    expect((await read(npz({ ...sparseArrays('coo', { shape: [1, 1], entries: [[0, 0, 5]] }), format }))).rows).toEqual([[5]]);
  });

  it('lose what lies beyond a model, and it is counted', async () => {
    const rows = [[1, 0, 9], [0, 2, 0], [3, 0, 9]];
    for (const format of FORMATS) expect(await streamed(npz(sparseArrays(format, entriesOf(rows, format))), { features: 2 })).toEqual({ rows: [[1, 0], [0, 2], [3, 0]], ignoredColumns: 1, ignoredEntries: 2 });
  });
});

describe('dense archives', () => {
  it('of any content come back with their target', async () => {
    await fc.assert(
      fc.asyncProperty(matrix, zipOptions, fc.boolean(), fc.constantFrom<(n: number) => number[]>((n) => [n], (n) => [n, 1], (n) => [1, n]), async (rows, options, fortran, shape) => {
        const target = rows.map((_, i) => i - 2);
        expect(await read(npz({ X: npyMatrix(rows, { fortran }), y: npy(target, { shape: shape(rows.length) }) }, options))).toEqual({ kind: 'dense', rows, target });
      }),
      { numRuns: 60 },
    );
  });

  it('give the target with the rows of every chunk', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => Array.from({ length: 400 }, (_, j) => (i * 31 + j * 7) % 101));
    for (const fortran of [false, true]) {
      const found = await read(npz({ y: npy(rows.map((_, i) => i), { shape: [1500] }), X: npyMatrix(rows, { descr: '|u1', fortran }) }, { deflate: true }));
      expect([found.kind, firstDifference(found.rows, rows), firstDifference([found.target!], [rows.map((_, i) => i)])]).toEqual(['dense', -1, -1]);
    }
  });

  it('may hold the matrix under any name when it is the only one of 2 dimensions', async () => {
    expect(await read(npz({ arr_0: npyMatrix(X), arr_1: npy(y, { shape: [3] }), note: npyRaw(Buffer.alloc(8), { shape: [], header: "'|O'" }) }))).toEqual({ kind: 'dense', rows: X, target: null });
  });

  it('pass over what is neither X nor y, and members that are no arrays', async () => {
    expect((await read(zip({ 'readme.txt': Buffer.from('hello'), 'Z.npy': npyMatrix(X), 'X.npy': npyMatrix(X) }))).rows).toEqual(X);
  });

  it('let a target file go before y, and prediction pass over it, whatever it holds', async () => {
    const content = npz({ X: npyMatrix(X), y: npy([NaN], { shape: [1] }) });
    const dataset = await readDataset({ data: directory.write('X.npz', content), target: directory.write('y.npy', npy(y, { shape: [3, 1] })) });
    expect([...dataset.target!]).toEqual(y);
    expect(await streamed(content, { features: 2 })).toEqual({ rows: X, ignoredColumns: 0, ignoredEntries: 0 });
  });
});

const refusal = (content: Buffer, name = 'X.npz'): Promise<string> => directory.errorOf(readDataset({ data: directory.write(name, content) }));

describe('archives that cannot be read', () => {
  const whole = npz({ X: npyMatrix(X) });
  it('truncated', async () => expect(await refusal(whole.subarray(0, -30))).toMatchInlineSnapshot(`"X.npz: found no readable directory of a zip archive (End of central directory record signature not found), expected one at the end of the file. It is truncated, damaged or no zip file: copy or save it again"`));
  it('damaged', async () => {
    const damaged = Buffer.from(whole);
    damaged[180] ^= 1;
    expect(await refusal(damaged)).toMatchInlineSnapshot(`"X.npz, array "X": the data do not match their checksum, so the file is damaged. Copy or save it again"`);
  });
  it('damaged where it is deflated', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => [Math.sin(i), Math.cos(i)]);
    const damaged = npz({ X: npyMatrix(rows) }, { deflate: true });
    damaged[600] ^= 255;
    expect(await refusal(damaged)).toMatch(/^X\.npz, array "X": (the data do not match|the zip data cannot be read|row \d+, column)/);
  });
  it('compressed in another way', async () => {
    const other = Buffer.from(whole);
    other.writeUInt16LE(12, other.indexOf('PK\x01\x02') + 10);
    expect(await refusal(other)).toMatchInlineSnapshot(`"X.npz, array "X": the zip data cannot be read (unsupported compression method: 12). Copy the file again, or save it again with numpy.savez"`);
  });
  it('inside gzip', async () => expect(await refusal(gzipSync(whole), 'X.npz.gz')).toMatchInlineSnapshot(`"X.npz.gz: found a zip archive inside gzip, expected one whose members can be read in any order. Decompress it with gunzip"`));
  it('of other formats', async () => {
    expect(await directory.errorOf(readDataset({ data: directory.write('X.npz', '1,2\n'), format: 'npz' }))).toMatchInlineSnapshot(`"X.npz: found no readable directory of a zip archive (End of central directory record signature not found), expected one at the end of the file. It is truncated, damaged or no zip file: copy or save it again"`);
  });
});

describe('archives without a matrix', () => {
  it('by their arrays', async () => {
    expect(await refusal(zip({}))).toMatchInlineSnapshot(`"X.npz: found no arrays, expected an array "X" or exactly one of 2 dimensions. Save the data as numpy.savez(file, X=X, y=y)"`);
    expect(await refusal(npz({ a: npyMatrix(X), b: npyMatrix(X) }))).toMatchInlineSnapshot(`"X.npz: found arrays "a", "b", 2 of them of 2 dimensions, expected an array "X" or exactly one of 2 dimensions. Save the data as numpy.savez(file, X=X, y=y)"`);
    expect(await refusal(npz({ a: npy(y, { shape: [3] }) }))).toMatchInlineSnapshot(`"X.npz: found arrays "a", 0 of them of 2 dimensions, expected an array "X" or exactly one of 2 dimensions. Save the data as numpy.savez(file, X=X, y=y)"`);
    expect(await refusal(npz({ X: npy(y, { shape: [3] }) }))).toMatchInlineSnapshot(`"X.npz, array "X": found an array of shape (3,), expected 2 dimensions: rows and columns. Save a single column as X.reshape(-1, 1), a single row as X.reshape(1, -1)"`);
    expect(await refusal(npz({ X: npyRaw(Buffer.alloc(8), { shape: [], header: "'|O'" }) }))).toMatchInlineSnapshot(`"X.npz, array "X": found elements of type "|O" (Python objects), expected real numbers of at most 8 bytes or booleans. Save the array after astype(float), a sparse matrix with scipy.sparse.save_npz"`);
    expect(await refusal(zip({ 'X.npy': Buffer.from('hello') }))).toMatchInlineSnapshot(`"X.npz, array "X": found "hello" in front, expected "\\x93NUMPY". Save the array with numpy.save, or choose another --format if this is not a NumPy file"`);
  });
  it('by their elements', async () => {
    expect(await refusal(npz({ X: npyMatrix([[1, NaN]]) }))).toMatchInlineSnapshot(`"X.npz, array "X", row 0, column 1 (from 0): found NaN, expected a finite number. Replace the value, or leave out what it belongs to"`);
    expect(await refusal(npz({ X: npyMatrix(X).subarray(0, -8) }))).toMatchInlineSnapshot(`"X.npz, array "X": the data end after 5 of the 6 elements that the header announces. The file is truncated: copy or save it again"`);
  });
  it('by their target', async () => {
    expect(await refusal(npz({ X: npyMatrix(X), y: npy([1, 2], { shape: [2] }) }))).toMatchInlineSnapshot(`"X.npz, array "y": found 2 values, expected 3, one for each row of "X". Save X and y of the same rows, or name another file with --target"`);
    expect(await refusal(npz({ X: npyMatrix(X), y: npyMatrix(X) }))).toMatchInlineSnapshot(`"X.npz, array "y": found an array of shape (3, 2), expected (n,), (n, 1) or (1, n). Give an array with the target alone"`);
    expect(await refusal(npz({ X: npyMatrix(X), y: npy([1, NaN, 2], { shape: [3] }) }))).toMatchInlineSnapshot(`"X.npz, array "y", element 1 (from 0): found NaN, expected a finite number. Replace the value, or leave out what it belongs to"`);
  });
});

describe('sparse archives that disagree with themselves', () => {
  const csr = sparseArrays('csr', { shape: [2, 3], entries: [[0, 1, 5], [1, 0, 6], [1, 2, 7]] });
  const ids = (...elements: number[]): Buffer => npy(elements, { shape: [elements.length], descr: '<i4' });
  const coo = sparseArrays('coo', { shape: [2, 3], entries: [[0, 1, 5], [1, 0, 6]] });
  const without = (name: string): Record<string, Buffer> => Object.fromEntries(Object.entries(csr).filter(([key]) => key !== name));

  it('by their format', async () => {
    expect(await refusal(npz({ ...csr, format: npyRaw(Buffer.from('bsr'), { shape: [], header: "'|S3'" }) }))).toMatchInlineSnapshot(`"X.npz: found a sparse matrix in format "bsr", expected csr, csc or coo. Save it after tocsr()"`);
    expect(await refusal(npz({ ...csr, format: npy([1], { shape: [] }) }))).toMatchInlineSnapshot(`"X.npz, array "format": found something else than one text, expected the name of a sparse format. Save the matrix with scipy.sparse.save_npz"`);
    expect(await refusal(npz(without('indptr')))).toMatchInlineSnapshot(`"X.npz: there is no array "indptr", found "indices", "format", "shape", "data". Save the matrix with scipy.sparse.save_npz"`);
    expect(await refusal(npz(without('shape')))).toMatchInlineSnapshot(`"X.npz: there is no array "shape", found "indices", "indptr", "format", "data". Save the matrix with scipy.sparse.save_npz"`);
  });
  it('by their shape', async () => {
    expect(await refusal(npz({ ...csr, shape: ids(4) }))).toMatchInlineSnapshot(`"X.npz: found an array of shape (4,), expected 2 dimensions: rows and columns. Save a single column as X.reshape(-1, 1), a single row as X.reshape(1, -1)"`);
    expect(await refusal(npz({ ...csr, shape: npyMatrix([[2, 3]]) }))).toMatchInlineSnapshot(`"X.npz, array "shape": found shape (1, 2), expected one dimension, as format, shape and data of the matrix say. Save it again with scipy.sparse.save_npz"`);
    expect(await refusal(npz({ ...csr, shape: ids(0, 3) }))).toMatchInlineSnapshot(`"X.npz: found a matrix of 0 × 3, expected from 1 to 4294967295 rows and from 1 to 1073741824 columns. Check how it was made"`);
    expect(await refusal(npz({ ...csr, shape: ids(3, 3) }))).toMatchInlineSnapshot(`"X.npz, array "indptr": found shape (3,), expected (4,), as format, shape and data of the matrix say. Save it again with scipy.sparse.save_npz"`);
    expect(await refusal(npz({ ...csr, indices: ids(1, 0) }))).toMatchInlineSnapshot(`"X.npz, array "indices": found shape (2,), expected (3,), as format, shape and data of the matrix say. Save it again with scipy.sparse.save_npz"`);
    expect(await refusal(npz({ ...csr, data: npyMatrix([[5], [6], [7]]) }))).toMatchInlineSnapshot(`"X.npz, array "data": found shape (3, 1), expected one dimension, as format, shape and data of the matrix say. Save it again with scipy.sparse.save_npz"`);
  });
  it('by their ids', async () => {
    expect(await refusal(npz({ ...csr, indices: ids(1, 0, 3) }))).toMatchInlineSnapshot(`"X.npz, array "indices", element 2 (from 0): found 3, expected a column id from 0 to 2. Save the matrix again with scipy.sparse.save_npz"`);
    expect(await refusal(npz({ ...coo, row: ids(0, -1) }))).toMatchInlineSnapshot(`"X.npz, array "row", element 1 (from 0): found -1, expected a row id from 0 to 1. Save the matrix again with scipy.sparse.save_npz"`);
    expect(await refusal(npz({ ...coo, col: npy([0, 0.5], { shape: [2] }) }))).toMatchInlineSnapshot(`"X.npz, array "col", element 1 (from 0): found 0.5, expected a column id from 0 to 2. Save the matrix again with scipy.sparse.save_npz"`);
  });
  it('by their starts', async () => {
    expect(await refusal(npz({ ...csr, indptr: ids(1, 1, 3) }))).toMatchInlineSnapshot(`"X.npz, array "indptr", element 0 (from 0): found 1 as the start of a row, expected 0. Save the matrix again with scipy.sparse.save_npz"`);
    expect(await refusal(npz({ ...csr, indptr: ids(0, 3, 2) }))).toMatchInlineSnapshot(`"X.npz, array "indptr", element 2 (from 0): found 2 as the start of a row, expected a whole number from 3 to 3, since starts never descend. Save the matrix again with scipy.sparse.save_npz"`);
    expect(await refusal(npz({ ...csr, indptr: ids(0, 1, 2) }))).toMatchInlineSnapshot(`"X.npz, array "indptr", element 2 (from 0): found 2 as the start of a row, expected 3, the number of entries. Save the matrix again with scipy.sparse.save_npz"`);
    expect(await refusal(npz({ ...csr, indptr: ids(0, 4, 4) }))).toMatchInlineSnapshot(`"X.npz, array "indptr", element 1 (from 0): found 4 as the start of a row, expected a whole number from 0 to 3, since starts never descend. Save the matrix again with scipy.sparse.save_npz"`);
  });
  it('by their values', async () => {
    expect(await refusal(npz({ ...csr, data: npy([5, NaN, 7], { shape: [3] }) }))).toMatchInlineSnapshot(`"X.npz, array "data", element 1 (from 0): found NaN, expected a finite number. Replace the value, or leave out what it belongs to"`);
  });
  it('by entries that stand twice', async () => {
    const data = directory.write('twice.npz', npz(sparseArrays('coo', { shape: [3, 3], entries: [[0, 0, 1], [2, 1, 5], [1, 1, 1], [2, 1, 6]] })));
    expect(await locateEntry(data, {}, 2, 1)).toEqual({ unit: 'element', at: [1, 3] });
    expect((await nameDuplicate(new DuplicateEntryError(2, 1), { data })).message.replace(directory.path, '')).toMatchInlineSnapshot(`"/twice.npz, array "data", elements 1 and 3 (from 0): entry (row 3, column 2) appears more than once, expected it once. Call sum_duplicates() on the matrix before it is saved"`);
  });
});
