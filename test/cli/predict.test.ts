/** strads predict on a model whose coefficients are known: 1 + 2 a - 3 c, where b counts for nothing. */
import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { LassoModel, summaryOf } from '../../models/lasso/model.js';
import { mistake, strads, workplace } from './strads.js';

const MARKET = '%%MatrixMarket matrix coordinate real general\n';

const folder = await workplace({
  'named.csv': 'y,c,extra,a,b\n9,1,5,10,0\n9,0.1,5,0.2,0\n',
  'placed.csv.gz': gzipSync('10,0,1\n0.2,0,0.1\n'),
  'rows.svm': '0 1:10 3:1\n0\n0 1:0.2 3:0.1 9:4\n0\n',
  'entries.mtx': `${MARKET}3 4 5\n1 1 10\n3 1 0.2\n1 3 1\n3 3 0.1\n3 4 7\n`,
  'dense.mtx': '%%MatrixMarket matrix array real general\n2 3\n10\n0.2\n0\n0\n1\n0.1\n',
  'without-c.csv': 'a,b\n1,2\n',
  'two-columns.csv': '1,2\n3,4\n',
  'text.csv': 'a,b,c\n1,2,3\n1,2,x\n',
  'truncated.csv.gz': gzipSync('1,2,3\n'.repeat(90)).subarray(0, 20),
  'huge.csv': 'a,b,c\n1e308,0,-1e308\n',
  'twice.mtx': `${MARKET}2 3 3\n1 1 1\n2 1 2\n2 1 3\n`,
  'taken.csv': 'mine\n',
});

const EXPECTED = [1 + 2 * 10 - 3, 1 + 2 * 0.2 - 3 * 0.1];

async function saveModel(name: string, features: string[] | null): Promise<void> {
  const facts = { stradsVersion: '0.1.0', columns: 3, samples: 4, nonzeros: 2, alpha: 1, alphaMax: 2, dual: 0, tol: 1e-6, standardize: false, schedule: 'working-set', seed: 0, objective: 0, relativeGap: 0, rounds: 1, stopped: 'converged' as const, reproducible: true, features, l1Ratio: 1, nonNegative: false, path: null };
  await new LassoModel(Float64Array.of(2, 0, -3), 1, summaryOf(facts)).writeTo(join(folder, name));
}

async function saveHead(name: string, text: string): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'model.json'), text);
}

beforeAll(async () => {
  await saveModel('model', ['a', 'b', 'c']);
  await saveModel('nameless', null);
  await saveHead('future', '{"format":"strads-svm","stradsVersion":"0.3.0"}');
  await saveHead('damaged', '{"format":"strads-la');
});

/** Predicts into a file of its own. → its values, and the last JSON line. */
async function predicted(data: string, ...args: string[]): Promise<{ values: number[]; done: Record<string, unknown>; notices: string[] }> {
  const out = `${data}.predictions`;
  const { code, stdout, stderr } = await strads(folder, 'predict', '--model', 'model', '--data', data, '--out', out, '--overwrite', '--json', ...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const [header, ...lines] = (await readFile(join(folder, out), 'utf8')).trimEnd().split('\n');
  expect(header).toBe('prediction');
  return { values: lines.map(Number), done: events.at(-1)!, notices: events.filter(({ event }) => event === 'notice').map(({ message }) => String(message)) };
}

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  for (const [row, value] of values.entries()) expect(value).toBeCloseTo(expected[row]!, 12);
}

describe('predictions', () => {
  it('pick the columns of a CSV by name, whatever their order, and count the others', async () => {
    const { values, done, notices } = await predicted('named.csv');
    expectClose(values, EXPECTED);
    expect(done).toMatchObject({ event: 'done', rows: 2, ignoredColumns: 2, ignoredEntries: 0 });
    expect(notices).toEqual(['ignored 2 columns that the model, trained on 3 columns, does not know']);
  });

  it('do not count the column that held the target', async () => {
    const { done } = await predicted('named.csv', '--target-column', 'y');
    expect(done).toMatchObject({ ignoredColumns: 1 });
  });

  it('take the columns by position where there are no names', async () => {
    const { values, notices } = await predicted('placed.csv.gz', '--no-header');
    expectClose(values, EXPECTED);
    expect(notices).toEqual([]);
  });

  it('give every LIBSVM line a value, also the empty ones, and pass over ids beyond the model', async () => {
    const { values, done } = await predicted('rows.svm');
    expectClose(values, [EXPECTED[0]!, 1, EXPECTED[1]!, 1]);
    expect(done).toMatchObject({ rows: 4, ignoredEntries: 1 });
  });

  it('gather MatrixMarket entries that come column by column', async () => {
    const { values, done } = await predicted('entries.mtx');
    expectClose(values, [EXPECTED[0]!, 1, EXPECTED[1]!]);
    expect(done).toMatchObject({ rows: 3, ignoredEntries: 1 });
  });

  it('read a dense MatrixMarket file', async () => {
    const { values } = await predicted('dense.mtx');
    expectClose(values, EXPECTED);
  });

  it('go to stdout without --out, and everything else to stderr', async () => {
    const { code, stdout, stderr } = await strads(folder, 'predict', '--model', 'model', '--data', 'named.csv');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('prediction');
    expectClose(stdout.trim().split('\n').slice(1).map(Number), EXPECTED);
    expect(stderr).toContain('done: 2 predictions');
  });

  it('are the same bits as the library gives, on more rows than a chunk holds', async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => [Math.sin(i), i, 1 / (i + 1)]);
    await writeFile(join(folder, 'many.csv'), `a,b,c\n${rows.map((row) => row.join(',')).join('\n')}\n`);
    const { values } = await predicted('many.csv');
    const model = await LassoModel.load(join(folder, 'model'));
    const expected = new Float64Array(rows.length).fill(model.intercept);
    model.accumulate({ kind: 'dense', firstRow: 0, rows: rows.length, values: Float64Array.from(rows.flat()) }, 3, expected);
    expect(Float64Array.from(values)).toEqual(expected);
  });
});

describe('a prediction that cannot be', () => {
  const predict = (...args: string[]) => mistake(folder, 'predict', '--model', 'model', '--out', 'predictions.csv', ...args);

  it('without a model', async () => expect(await predict('--model', 'nowhere', '--data', 'named.csv')).toMatchInlineSnapshot(`"strads: nowhere/model.json: there is no such file. Give --model the folder that strads train --out wrote"`));
  it('with a damaged model', async () => expect(await predict('--model', 'damaged', '--data', 'named.csv')).toMatchInlineSnapshot(`"strads: damaged/model.json: found no "format", expected the model.json of a strads model. Give --model the folder that strads train --out wrote"`));
  it('with a model of a kind to come', async () => expect(await predict('--model', 'future', '--data', 'named.csv')).toMatchInlineSnapshot(`"strads: future/model.json: found format "strads-svm", but strads 0.1.0 knows strads-lasso, strads-mf. Install strads 0.3.0 or newer"`));
  it('without data', async () => expect(await predict('--data', 'nowhere.csv')).toMatchInlineSnapshot(`"strads: nowhere.csv: there is no such file. Check the path and the directory it is relative to"`));
  it('without a column of the model', async () => expect(await predict('--data', 'without-c.csv')).toMatchInlineSnapshot(`"strads: without-c.csv, line 1: found 2 columns but none named "c", expected all 3 of the model. Add what is missing or correct the header"`));
  it('with another number of columns', async () => expect(await predict('--model', 'nameless', '--data', 'two-columns.csv')).toMatchInlineSnapshot(`"strads: two-columns.csv: found 2 columns, expected the 3 that the model was trained on, in the same order. Give the same columns; those with other roles go to --ignore-columns"`));
  it('from text', async () => expect(await predict('--data', 'text.csv')).toMatchInlineSnapshot(`"strads: text.csv, line 3, column "c" (index 2): found "x", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 2"`));
  it('from a truncated gzip', async () => expect(await predict('--data', 'truncated.csv.gz')).toMatchInlineSnapshot(`"strads: truncated.csv.gz: the gzip data stop at byte 20, before their end; the file is truncated. Download or copy the file again"`));
  it('from duplicate entries', async () => expect(await predict('--data', 'twice.mtx')).toMatchInlineSnapshot(`"strads: twice.mtx, lines 4 and 5: entry (row 2, column 1) appears more than once, expected it once. Keep one of these lines"`));
  it('beyond float64', async () => expect(await predict('--data', 'huge.csv')).toMatchInlineSnapshot(`"strads: huge.csv: the prediction of row 1 is Infinity, beyond float64: its values are far from those the model was trained on. Check the row"`));
  it('into a file that exists', async () => expect(await predict('--data', 'named.csv', '--out', 'taken.csv')).toMatchInlineSnapshot(`"strads: taken.csv: the file exists. Choose another --out or add --overwrite"`));
  it('into a directory', async () => expect(await predict('--data', 'named.csv', '--out', 'model')).toMatchInlineSnapshot(`"strads: model: is a directory, expected the name of a file. Choose another --out"`));
  it('into a directory that does not exist', async () => expect(await predict('--data', 'named.csv', '--out', 'no/where.csv')).toMatchInlineSnapshot(`"strads: <folder>/no: there is no such directory, so where.csv cannot be made in it. Create it or choose another --out"`));
  it('into no file', async () => expect(await predict('--data', 'named.csv', '--out', '', '--overwrite')).toMatchInlineSnapshot(`"strads: --out is empty: name a file"`));
  it('from no file', async () => expect(await predict('--data', '')).toMatchInlineSnapshot(`"strads: the name of a data file is empty, expected a path. Name the file; a shell variable in its place may not be set"`));
  it('into a device', async () => expect(await predict('--data', 'named.csv', '--out', '/dev/null', '--overwrite')).toMatchInlineSnapshot(`"strads: /dev/null: is a device, pipe or socket, expected a file that can be replaced. Choose another --out, or leave it out for stdout"`));
  it('into its own data, under any name', async () => {
    await symlink('named.csv', join(folder, 'symbolic.csv'));
    await link(join(folder, 'named.csv'), join(folder, 'hard.csv'));
    for (const out of ['named.csv', './named.csv', 'symbolic.csv', 'hard.csv']) {
      expect(await predict('--data', 'named.csv', '--out', out, '--overwrite')).toBe(`strads: ${out}: is the file that --data names, and the output would replace it. Choose another --out`);
    }
    expect(await readFile(join(folder, 'named.csv'), 'utf8')).toContain('y,c,extra,a,b');
  });
  it('as JSON beside predictions on stdout', async () => expect(await mistake(folder, 'predict', '--model', 'model', '--data', 'named.csv', '--json')).toMatchInlineSnapshot(`"strads: --json and the predictions would mix on stdout: give --out FILE for the predictions"`));
});
