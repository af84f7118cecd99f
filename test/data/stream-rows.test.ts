/** Prediction reads the model's columns from whatever file comes, and counts what it leaves out. */
import { describe, expect, it } from 'vitest';
import { locateEntry } from '../../src/data/locate.js';
import { streamRows, type StreamOptions } from '../../src/data/stream-rows.js';
import { denseRowsOf, temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

async function streamed(text: string, options: Omit<StreamOptions, 'data'>) {
  const stream = await streamRows({ data: directory.write('new.csv', text), ...options });
  const chunks = [];
  for await (const chunk of stream.chunks()) chunks.push(chunk);
  await stream.close();
  const rows = await denseRowsOf(stream.rows, options.features, (async function* () { yield* chunks; })());
  return { rows, ignoredColumns: stream.ignoredColumns, ignoredEntries: stream.ignoredEntries };
}

const refusal = (text: string, options: Omit<StreamOptions, 'data'>): Promise<string> => directory.errorOf(streamed(text, options));

describe('CSV by name', () => {
  const model = { features: 2, columns: ['a', 'b'], targetColumn: 'y', ignoreColumns: ['id'] };
  it.each([
    ['the same columns', 'a,b\n1,2\n', 0],
    ['another order', 'b,a\n2,1\n', 0],
    ['with target and ignored column', 'id,b,y,a\nx7,2,?,1\n', 0],
    ['with columns it never saw', 'b,c,a,d\n2,x,1,?\n', 2],
  ])('%s', async (_, text, ignoredColumns) => {
    expect(await streamed(text, model)).toEqual({ rows: [[1, 2]], ignoredColumns, ignoredEntries: 0 });
  });

  it('tells equal names apart by their order', async () => {
    expect((await streamed('x,z,x\n1,2,3\n', { features: 3, columns: ['x', 'x', 'z'] })).rows).toEqual([[1, 3, 2]]);
  });

  it('refuses a file that lacks columns', async () => {
    expect(await refusal('a,c\n1,2\n', model)).toMatchInlineSnapshot(`"new.csv, line 1: found 2 columns but none named "b", expected all 2 of the model. Add what is missing or correct the header"`);
    expect(await refusal('c,d\n1,2\n', model)).toMatchInlineSnapshot(`"new.csv, line 1: found 2 columns but none named "a" and 1 more that the model was trained on, expected all 2 of the model. Add what is missing or correct the header"`);
  });
});

describe('CSV by place', () => {
  const model = { features: 2, targetColumn: 'last' };
  it.each([
    ['without names', '1,2\n3,4\n', [[1, 2], [3, 4]]],
    ['with the target', '1,2,9\n3,4,9\n', [[1, 2], [3, 4]]],
    ['with a header the model knows nothing of', 'a,b\n1,2\n', [[1, 2]]],
  ])('%s', async (_, text, rows) => {
    expect((await streamed(text, model)).rows).toEqual(rows);
  });

  it('takes a file without a header for a model with names', async () => {
    expect((await streamed('1,2\n', { features: 2, columns: ['a', 'b'] })).rows).toEqual([[1, 2]]);
  });

  it('refuses another width', async () => {
    expect(await refusal('1,2,3,4\n', model)).toMatchInlineSnapshot(`"new.csv: found 4 columns, expected the 2 that the model was trained on, in the same order. Give the same columns; those with other roles go to --ignore-columns"`);
  });
});

describe('sparse and MatrixMarket files', () => {
  it('leave out and count what lies beyond the model', async () => {
    expect(await streamed('0 1:1 5:9 7:9\n0 2:2\n', { features: 2 })).toEqual({ rows: [[1, 0], [0, 2]], ignoredColumns: 0, ignoredEntries: 2 });
    const coordinate = '%%MatrixMarket matrix coordinate real general\n2 4 3\n2 2 2\n1 1 1\n1 4 9\n';
    expect(await streamed(coordinate, { features: 2 })).toEqual({ rows: [[1, 0], [0, 2]], ignoredColumns: 2, ignoredEntries: 1 });
    const array = '%%MatrixMarket matrix array real general\n2 3\n1\n2\n3\n4\n9\n9\n';
    expect(await streamed(array, { features: 2 })).toEqual({ rows: [[1, 3], [2, 4]], ignoredColumns: 1, ignoredEntries: 0 });
  });

  it('refuse a matrix that is too narrow', async () => {
    expect(await refusal('%%MatrixMarket matrix array real general\n2 1\n1\n2\n', { features: 2 })).toMatchInlineSnapshot(`"new.csv: found a matrix of 1 column, expected 2. Give the matrix with the columns the model has"`);
  });
});

describe('locateEntry', () => {
  it.each([
    ['MatrixMarket', '%%MatrixMarket matrix coordinate real general\n% c\n2 2 3\n1 1 1\n2 1 5\n1 1 2\n', [4, 6]],
    ['MatrixMarket, symmetric', '%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 1\n1 1 5\n', [3, 4]],
    ['MatrixMarket array', '%%MatrixMarket matrix array real general\n1 1\n1\n', []],
    ['LIBSVM', '# c\n1 1:1\n', [2]],
    ['CSV', 'a,b\n\n1,2\n', [3]],
  ])('finds the lines of an entry: %s', async (_, text, lines) => {
    expect(await locateEntry(directory.write('where', text), {}, 0, 0)).toEqual({ unit: 'line', at: lines });
  });
});
