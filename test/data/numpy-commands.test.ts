/** The command line on NumPy's files: what it trains and predicts is what it does for the same numbers as text. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { asCsv, smallProblem } from '../cli/lasso-data.js';
import { mistake, strads, workplace } from '../cli/strads.js';
import { npy, npyMatrix, npz, sparseArrays } from './numpy-files.js';

const problem = smallProblem(40, 12);
const rows = problem.values;
const target = npy(problem.target, { shape: [problem.rows] });
const entries = rows.flatMap((row, i) => row.map((x, j) => [i, j, x] as const));
const byColumn = [...entries].sort((a, b) => a[1] - b[1]);

const folder = await workplace({
  'data.csv': asCsv(problem),
  'X.npy': npyMatrix(rows),
  'fortran.npy.gz': gzipSync(npyMatrix(rows, { fortran: true, descr: '>f8', version: 3 })),
  'y.npy': target,
  'Xy.npz': npz({ X: npyMatrix(rows), y: target }, { deflate: true, zip64: true }),
  'csc.npz': npz(sparseArrays('csc', { shape: [40, 12], entries: byColumn })),
  'csr.npz': npz(sparseArrays('csr', { shape: [40, 12], entries }, '<i8'), { deflate: true }),
  'twice.npz': npz(sparseArrays('coo', { shape: [40, 12], entries: [...entries, [3, 4, 1]] })),
  'nan.npy': npyMatrix(rows.map((row, i) => row.map((x, j) => (i === 7 && j === 3 ? NaN : x)))),
});

const train = (out: string, ...args: string[]) => strads(folder, 'train', 'lasso', '--alpha', '0.01', '--workers', '1', '--out', out, ...args);

/** Coefficients without the names that only the CSV has. */
async function coefficients(out: string): Promise<number[]> {
  const [, ...lines] = (await readFile(join(folder, out, 'coefficients.csv'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => Number(line.split(',').at(-1)));
}

async function predictions(model: string, data: string): Promise<number[]> {
  const { code, stdout, stderr } = await strads(folder, 'predict', '--model', model, '--data', data);
  expect([code, stderr]).toEqual([0, expect.stringContaining('done: 40 predictions')]);
  return stdout.trimEnd().split('\n').slice(1).map(Number);
}

describe('NumPy files on the command line', () => {
  it('train the model that the same dense numbers give as CSV, bit for bit', async () => {
    expect((await train('csv', '--data', 'data.csv', '--target-column', 'y')).code).toBe(0);
    const expected = await coefficients('csv');
    expect(expected.some((coefficient) => coefficient !== 0)).toBe(true);
    for (const [out, ...args] of [['npy', '--data', 'X.npy', '--target', 'y.npy'], ['gz', '--data', 'fortran.npy.gz', '--target', 'y.npy', '--format', 'npy'], ['npz', '--data', 'Xy.npz']]) {
      expect(await train(out, ...args)).toMatchObject({ code: 0 });
      expect(await coefficients(out)).toEqual(expected);
    }
    const predicted = await predictions('csv', 'X.npy');
    for (const data of ['fortran.npy.gz', 'Xy.npz']) expect(await predictions('csv', data)).toEqual(predicted);
    for (const data of ['csr.npz', 'csc.npz']) {
      const sparse = await predictions('csv', data);
      for (const [row, value] of sparse.entries()) expect(value).toBeCloseTo(predicted[row], 12);
    }
  });

  it('train one model from every sparse format', async () => {
    expect(await train('csr', '--data', 'csr.npz', '--target', 'y.npy')).toMatchObject({ code: 0 });
    expect(await train('csc', '--data', 'csc.npz', '--target', 'y.npy', '--format', 'npz')).toMatchObject({ code: 0 });
    expect(await coefficients('csc')).toEqual(await coefficients('csr'));
  });

  it('are refused with their place when they are wrong', async () => {
    expect(await mistake(folder, 'train', 'lasso', '--data', 'twice.npz', '--target', 'y.npy', '--workers', '1', '--out', 'none')).toMatchInlineSnapshot(`"strads: twice.npz, array "data", elements 40 and 480 (from 0): entry (row 4, column 5) appears more than once, expected it once. Call sum_duplicates() on the matrix before it is saved"`);
    expect(await mistake(folder, 'train', 'lasso', '--data', 'nan.npy', '--target', 'y.npy', '--workers', '1', '--out', 'none')).toMatchInlineSnapshot(`"strads: nan.npy, row 7, column 3 (from 0): found NaN, expected a finite number. Replace the value, or leave out what it belongs to"`);
    expect(await mistake(folder, 'train', 'lasso', '--data', 'X.npy', '--workers', '1', '--out', 'none')).toMatchInlineSnapshot(`"strads: X.npy: no target to fit: name its file with --target, or its column with --target-column (a name, an index from 0, or last)"`);
    expect(await mistake(folder, 'train', 'lasso', '--data', 'X.npy', '--target', 'X.npy', '--workers', '1', '--out', 'none')).toMatchInlineSnapshot(`"strads: X.npy: found an array of shape (40, 12), expected (n,), (n, 1) or (1, n). Give an array with the target alone"`);
  });
});
