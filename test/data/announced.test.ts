/** What a few bytes announce is not believed before it is there: sizes in headers, ids, and names that JavaScript's objects have of their own. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { predictRows } from '../../models/predict.js';
import { readDocuments } from '../../src/data/corpus.js';
import { readDataset } from '../../src/data/read.js';
import { streamRows } from '../../src/data/stream-rows.js';
import { readSampleWeights } from '../../src/data/weights.js';
import { temporaryDirectory } from './files.js';
import { npyMatrix, npyRaw, npz, sparseArrays } from './numpy-files.js';

const directory = temporaryDirectory();
const MARKET = '%%MatrixMarket matrix';

const refusal = (name: string, content: string | Buffer): Promise<string> => directory.errorOf(readDataset({ data: directory.write(name, content) }));
const documentsRefusal = (content: string): Promise<string> => directory.errorOf(readDocuments(directory.write('documents', content)));

it('a dense matrix in column order of four billion rows', async () => {
  expect(await refusal('x.mtx', `${MARKET} array real general\n4294967295 1000000\n1\n2\n`)).toMatchInlineSnapshot(`"x.mtx: the file ends after line 4 with 2 of the 4294967295000000 entries its size line announces. The file is truncated or its size line wrong: copy it again or correct the size line"`);
  const huge = npyRaw(Buffer.alloc(16), { shape: [4_294_967_295, 3], header: "'<f8'", fortran: true });
  expect(await refusal('x.npy.gz', gzipSync(huge))).toMatchInlineSnapshot(`"x.npy.gz: the data end after 2 of the 12884901885 elements that the header announces. The file is truncated: copy or save it again"`);
});

it('a vector of four billion values', async () => {
  const file = directory.write('w.mtx', `${MARKET} coordinate real general\n4294967295 1 1\n1 1 1\n`);
  expect(await directory.errorOf(readSampleWeights(file, 3))).toMatchInlineSnapshot(`"w.mtx: found 4294967295 sample weights, expected 3, one for each row of the data. Check that the two files belong together"`);
});

it('documents and words that no line is about', async () => {
  expect(await documentsRefusal('4294967295\n5\n1\n1 1 1\n')).toMatchInlineSnapshot(`"documents, line 1: found D = 4294967295 beside NNZ = 1, expected at most 1048577, as few ids are unused. Correct the header"`);
  expect(await documentsRefusal('4294967295\n5\n9\n4294967295 1 1\n')).toMatchInlineSnapshot(`"documents, line 4: found document 4294967295 in entry 1, expected at most 1048576, as few documents are empty. Correct the line"`);
  expect(await documentsRefusal('1\n100000000\n1\n1 1 1\n')).toMatchInlineSnapshot(`"documents, line 2: found W = 100000000 beside NNZ = 1, expected at most 1048577, as few ids are unused. Correct the header, or name the vocabulary file"`);
  expect(await documentsRefusal('1 0:1\n1 99999999:1\n')).toMatchInlineSnapshot(`"documents, line 2: found id 99999999, expected at most 1048577 with as many pairs id:count (2), as few ids are unused. Correct the id, or name the vocabulary file"`);
});

it('documents and words that may be unused', async () => {
  const docword = await readDocuments(directory.write('documents', '3000\n5000\n1\n2000 4000 1\n'));
  expect([docword.count, docword.words.count, docword.tokens]).toEqual([3000, 5000, 1]);
  docword.close();
});

it('rows of a prediction that do not fit into memory', async () => {
  const stream = await streamRows({ data: directory.write('x.mtx', `${MARKET} coordinate real general\n4294967295 2 1\n1 1 1\n`), features: 2 });
  const Float64 = globalThis.Float64Array;
  // As on a machine of less memory than 32 GiB.
  globalThis.Float64Array = new Proxy(Float64, {
    construct(target, [length]: unknown[]) {
      if (Number(length) > 2 ** 30) throw new RangeError('Array buffer allocation failed');
      return new target(length as number);
    },
  });
  try {
    const first = predictRows({ kind: 'rows', columns: 2, columnNames: null, start: 0, accumulate: () => undefined }, stream).next();
    expect(await directory.errorOf(first)).toMatchInlineSnapshot(`"x.mtx: found a matrix of 4294967295 rows, whose predictions do not fit into memory at once, as they must where entries come in any order. Correct the number of rows, or give the rows in parts or as LIBSVM"`);
  } finally {
    globalThis.Float64Array = Float64;
    await stream.close();
  }
});

it('names that every object of JavaScript has are no fields, types and formats', async () => {
  expect(await refusal('x.mtx', `${MARKET} array __proto__ general\n1 1\n1\n`)).toMatchInlineSnapshot(`"x.mtx, line 1: found field "__proto__" in array layout, expected "real", "double" or "integer". Convert the matrix to real values"`);
  expect(await refusal('x.npy', npyRaw(Buffer.alloc(8), { shape: [1, 1], header: "'constructor'" }))).toMatchInlineSnapshot(`"x.npy: found elements of type "constructor" (complex numbers), expected real numbers of at most 8 bytes or booleans. Save the array after astype(float)"`);
  const arrays = sparseArrays('coo', { shape: [1, 1], entries: [[0, 0, 1]] });
  expect(await refusal('x.npz', npz({ ...arrays, format: npyRaw(Buffer.from('constructor'), { shape: [], header: "'|S11'" }) }))).toMatchInlineSnapshot(`"x.npz: found a sparse matrix in format "constructor", expected csr, csc or coo. Save it after tocsr()"`);
});

it('what a terminal might obey stands in a message with escapes', async () => {
  expect(await refusal('x.svm', '0 1:1\n1 1:\x9b31m\u202e\n')).toMatchInlineSnapshot(`"x.svm, line 2: found "1:\\u{9b}31m\\u{202e}", expected a finite number after the colon. Correct the value"`);
  expect(await refusal('x.npz', npz({ '\x1b[31m': npyMatrix([[1]]), b: npyMatrix([[1]]) }))).toMatchInlineSnapshot(`"x.npz: found arrays "←[31m", "b", 2 of them of 2 dimensions, expected an array "X" or exactly one of 2 dimensions. Save the data as numpy.savez(file, X=X, y=y)"`);
});
