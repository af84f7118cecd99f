/** Vectors in files of their own: targets, sample weights and feature weights, by place or by name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVector } from '../../src/data/vector.js';
import { readFeatureWeights, readSampleWeights } from '../../src/data/weights.js';
import { temporaryDirectory } from './files.js';
import { npy, npyMatrix, npz } from './numpy-files.js';

const directory = temporaryDirectory();
const MARKET = '%%MatrixMarket matrix';
/** Of any length. */
const TARGET = { what: 'target', checkLength: () => undefined };

const sample = async (content: string | Buffer, rows: number): Promise<number[]> => [...(await readSampleWeights(directory.write('w', content), rows))];
const feature = async (content: string | Buffer, columns: number, names: readonly string[] | null = null): Promise<number[]> => [...(await readFeatureWeights(directory.write('w', content), columns, names))];

describe('a vector', () => {
  it('of any values comes back from every format', async () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 12 }), async (values) => {
        const n = values.length;
        const files = [
          npy(values, { shape: [n] }),
          npy(values, { shape: [n, 1], fortran: true }),
          npy(values, { shape: [1, n], descr: '>f8' }),
          `${values.join('\n')}\n`,
          `weight\n${values.join('\n')}`,
          `${MARKET} array real general\n${n} 1\n${values.join('\n')}\n`,
          `${MARKET} array real general\n1 ${n}\n${values.join('\n')}\n`,
          `${MARKET} coordinate real general\n1 ${n} ${n}\n${values.map((x, i) => `1 ${i + 1} ${x}`).join('\n')}\n`,
        ];
        for (const content of files) expect([...(await readVector(directory.write('v', content), TARGET))]).toEqual(values);
      }),
      { numRuns: 40 },
    );
  });

  it('is refused when the file is none', async () => {
    const refusal = (content: string | Buffer): Promise<string> => directory.errorOf(readVector(directory.write('v', content), TARGET));
    expect(await refusal(npyMatrix([[1, 2], [3, 4]]))).toMatchInlineSnapshot(`"v: found an array of shape (2, 2), expected (n,), (n, 1) or (1, n). Give an array with the target alone"`);
    expect(await refusal(npy([1], { shape: [] }))).toMatchInlineSnapshot(`"v: found an array of shape (), expected (n,), (n, 1) or (1, n). Give an array with the target alone"`);
    expect(await refusal(npy([], { shape: [0] }))).toMatchInlineSnapshot(`"v: found an array of shape (0,), expected (n,), (n, 1) or (1, n). Give an array with the target alone"`);
    expect(await refusal(npy([1, NaN], { shape: [2] }))).toMatchInlineSnapshot(`"v, element 1 (from 0): found NaN, expected a finite number. Replace the value, or leave out what it belongs to"`);
    expect(await refusal(npz({ y: npy([1], { shape: [1] }) }))).toMatchInlineSnapshot(`"v: recognized as npz, expected a NumPy array (.npy), a MatrixMarket vector or a CSV of one column. Give the target as one of these"`);
    expect(await refusal('1\nx\n')).toMatchInlineSnapshot(`"v, line 2, column index 0: found "x", expected a finite number. Correct the value"`);
    expect(await refusal(`${MARKET} array real general\n2 2\n1\n2\n3\n4\n`)).toMatchInlineSnapshot(`"v: found a matrix of 2 × 2, expected one row or one column. Give a file with the target alone"`);
  });
});

describe('sample weights', () => {
  it('are one for each row, 0 for some', async () => {
    expect(await sample('1\n0\n2.5\n', 3)).toEqual([1, 0, 2.5]);
    expect(await sample(npy([1, 0, 1], { shape: [3], descr: '|b1' }), 3)).toEqual([1, 0, 1]);
    expect(await sample(`${MARKET} coordinate real general\n3 1 1\n2 1 4\n`, 3)).toEqual([0, 4, 0]);
  });

  const refusal = (content: string | Buffer, rows = 3): Promise<string> => directory.errorOf(sample(content, rows));
  it('are refused when they are not', async () => {
    expect(await refusal('1\n2\n')).toMatchInlineSnapshot(`"w: found 2 sample weights, expected 3, one for each row of the data. Check that the two files belong together"`);
    expect(await refusal('0\n0\n0\n')).toMatchInlineSnapshot(`"w: found 3 weights that are all 0, expected at least one above 0. Give the samples that count a weight"`);
    expect(await refusal('1,2\n3,4\n')).toMatchInlineSnapshot(`"w: found a CSV of 2 columns, expected one column. Give a file with the sample weights alone"`);
    expect(await refusal('1\n\n-2\n3\n')).toMatchInlineSnapshot(`"w, line 3: found weight -2, expected 0 or more. Correct the weight"`);
    expect(await refusal('weight\n1\n2\n-3\n')).toMatchInlineSnapshot(`"w, line 4: found weight -3, expected 0 or more. Correct the weight"`);
    expect(await refusal(npy([1, 2, -3], { shape: [1, 3] }))).toMatchInlineSnapshot(`"w, element 2 (from 0): found weight -3, expected 0 or more. Correct the weight"`);
    expect(await refusal(`${MARKET} coordinate real general\n3 1 2\n1 1 4\n3 1 -5\n`)).toMatchInlineSnapshot(`"w, line 4: found weight -5, expected 0 or more. Correct the weight"`);
    expect(await refusal(`${MARKET} coordinate real general\n1 3 2\n1 1 4\n1 3 -5\n`)).toMatchInlineSnapshot(`"w, line 4: found weight -5, expected 0 or more. Correct the weight"`);
    expect(await refusal(`${MARKET} array real general\n3 1\n1\n-2\n3\n`)).toMatchInlineSnapshot(`"w, element 1 (from 0): found weight -2, expected 0 or more. Correct the weight"`);
    expect(await refusal(`${MARKET} coordinate real general\n3 1 2\n1 1 4\n1 1 5\n`)).toMatchInlineSnapshot(`"w, lines 3 and 4: entry (row 1, column 1) appears more than once, expected it once. Keep one of these lines"`);
  });
});

describe('feature weights', () => {
  it('by place are one for each column, all 0 if need be', async () => {
    expect(await feature('1\n0\n', 2)).toEqual([1, 0]);
    expect(await feature(npy([0, 0], { shape: [2] }), 2)).toEqual([0, 0]);
  });

  it.each([
    ['comma', 'feature,weight\nb,2\n'],
    ['semicolon', 'feature;weight\r\nb;2\r\n'],
    ['quotes and a byte-order mark', '\uFEFF"feature","weight"\n"b","2"\n'],
    ['capitals and spaces', 'Feature,Weight\n b , 2 \n'],
  ])('by name are 1 where a column is not named: %s', async (_, text) => {
    expect(await feature(text, 3, ['a', 'b', 'c'])).toEqual([1, 2, 1]);
  });

  it('by name may be none, or name a column with any characters', async () => {
    expect(await feature('feature,weight\n', 2, ['a', 'b'])).toEqual([1, 1]);
    expect(await feature('feature,weight\n"a,""1""",0\n', 2, ['a,"1"', 'b'])).toEqual([0, 1]);
  });

  const refusal = (content: string | Buffer, names: readonly string[] | null = ['a', 'b', 'b']): Promise<string> => directory.errorOf(feature(content, 3, names));
  it('are refused when they are not', async () => {
    expect(await refusal('1\n2\n')).toMatchInlineSnapshot(`"w: found 2 feature weights, expected 3, one for each column of the data. Check that the two files belong together"`);
    expect(await refusal(npy([1, -2, 3], { shape: [3] }))).toMatchInlineSnapshot(`"w, element 1 (from 0): found weight -2, expected 0 or more. Correct the weight"`);
    expect(await refusal('feature,weight\nz,1\n')).toMatchInlineSnapshot(`"w, line 2: found feature "z", expected a column of the data. Correct the name or remove the line"`);
    expect(await refusal('feature,weight\nb,1\n')).toMatchInlineSnapshot(`"w, line 2: found feature "b", the name of 2 columns of the data, expected a name that only one has. Give one weight for each column instead"`);
    expect(await refusal('feature,weight\na,1\na,2\n')).toMatchInlineSnapshot(`"w, line 3: found feature "a" again, expected it once (line 2). Keep one of these lines"`);
    expect(await refusal('feature,weight\na,-1\n')).toMatchInlineSnapshot(`"w, line 2: found weight "-1", expected a finite number, 0 or more. Correct the weight"`);
    expect(await refusal('feature,weight\na,heavy\n')).toMatchInlineSnapshot(`"w, line 2: found weight "heavy", expected a finite number, 0 or more. Correct the weight"`);
    expect(await refusal('feature,weight\na,1,2\n')).toMatchInlineSnapshot(`"w, line 2: found 3 cells, expected a feature and its weight. Correct the line"`);
    expect(await refusal('feature,weight\na,1\n', null)).toMatchInlineSnapshot(`"w: names features, but the columns of the data have no names. Give one weight for each of the 3 columns, or data with a header"`);
  });
});
