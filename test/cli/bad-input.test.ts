/** What a mistake in files or flags says, through the real command line: one clear message, exit code 2, nothing left behind. */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mistake, strads, workplace } from './strads.js';

const GOOD = 'a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,1,6\n';
const ROOT_USER = process.getuid?.() === 0;

const folder = await workplace({
  'good.csv': GOOD,
  'truncated.csv.gz': gzipSync(GOOD.repeat(50)).subarray(0, 40),
  'text.csv': 'a,b,y\n1,2,3\n2,one,4\n',
  'nan.csv': 'a,b,y\n1,NaN,3\n',
  'inf.csv': 'a,b,y\n1,2,3\n-inf,2,3\n',
  'ragged.csv': 'a,b,y\n1,2,3\n1,2\n',
  'empty.csv': '',
  'constant.csv': 'a,b,y\n1,2,7\n2,1,7\n3,5,7\n',
  'outside.mtx': '%%MatrixMarket matrix coordinate real general\n4 2 2\n1 1 1.5\n5 1 2\n',
  'twice.mtx': '%%MatrixMarket matrix coordinate real general\n4 2 3\n1 1 1.5\n2 2 2\n1 1 2.5\n',
  'twice.svm': '1 1:1.5 2:3\n2 1:1 1:2\n',
  'X.mtx': '%%MatrixMarket matrix coordinate real general\n4 2 3\n1 1 1.5\n2 2 2\n3 1 2.5\n',
  'short.mtx': '%%MatrixMarket matrix array real general\n3 1\n1\n2\n3\n',
  'y.mtx': '%%MatrixMarket matrix array real general\n4 1\n1\n2\n3\n4\n',
});

const train = (...args: string[]) => mistake(folder, 'train', 'lasso', '--workers', '1', '--engine', 'wasm', '--out', 'model', ...args);
const trainCsv = (file: string, ...args: string[]) => train('--data', file, '--target-column', 'y', ...args);

describe('data that cannot be trained on', () => {
  it('a truncated gzip', async () => expect(await trainCsv('truncated.csv.gz')).toMatchInlineSnapshot(`"strads: truncated.csv.gz: the gzip data stop at byte 40, before their end; the file is truncated. Download or copy the file again"`));
  it('a cell of text', async () => expect(await trainCsv('text.csv')).toMatchInlineSnapshot(`"strads: text.csv, line 3, column "b" (index 1): found "one", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`));
  it('a NaN', async () => expect(await trainCsv('nan.csv')).toMatchInlineSnapshot(`"strads: nan.csv, line 2, column "b" (index 1): found "NaN" (a missing value), expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`));
  it('an infinite cell', async () => expect(await trainCsv('inf.csv')).toMatchInlineSnapshot(`"strads: inf.csv, line 3, column "a" (index 0): found "-inf", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 0"`));
  it('ragged rows', async () => expect(await trainCsv('ragged.csv')).toMatchInlineSnapshot(`"strads: ragged.csv, line 3: found 2 cells, expected 3 as in the header (line 1). Correct the line"`));
  it('an empty file', async () => expect(await trainCsv('empty.csv')).toMatchInlineSnapshot(`"strads: empty.csv: the file is empty; expected rows of data. Check that it was written or copied completely"`));
  it('a missing file', async () => expect(await trainCsv('nowhere.csv')).toMatchInlineSnapshot(`"strads: nowhere.csv: there is no such file. Check the path and the directory it is relative to"`));
  it('an index out of range', async () => expect(await train('--data', 'outside.mtx', '--target', 'y.mtx')).toMatchInlineSnapshot(`"strads: outside.mtx, line 4: found row id "5", expected a whole number from 1 to 4. Correct the id or the size line"`));
  it('duplicate MatrixMarket entries', async () => expect(await train('--data', 'twice.mtx', '--target', 'y.mtx')).toMatchInlineSnapshot(`"strads: twice.mtx, lines 3 and 5: entry (row 1, column 1) appears more than once, expected it once. Keep one of these lines"`));
  it('duplicate LIBSVM ids', async () => expect(await train('--data', 'twice.svm')).toMatchInlineSnapshot(`"strads: twice.svm, line 2: found feature id 1 twice, expected every id once. Remove one of the two"`));
  it('a target of another length', async () => expect(await train('--data', 'X.mtx', '--target', 'short.mtx')).toMatchInlineSnapshot(`"strads: short.mtx: found 3 values, expected 4, one for each row of X.mtx. Check that the two files belong together"`));
  it('a target column that is not there', async () => expect(await train('--data', 'good.csv', '--target-column', 'z')).toMatchInlineSnapshot(`"strads: good.csv, line 1: there is no column "z"; found 3 columns: "a", "b", "y". Give a name from the header, an index from 0 to 2 (negative: from the end) or "last""`));
  it('no target', async () => expect(await train('--data', 'good.csv')).toMatch(/^strads: good\.csv.*--target/));
});

describe('options that cannot be', () => {
  it('alpha 0', async () => expect(await trainCsv('good.csv', '--alpha', '0')).toMatchInlineSnapshot(`"error: option '--alpha <number>' argument '0' is invalid. expected a number above 0."`));
  it('a negative alpha', async () => expect(await trainCsv('good.csv', '--alpha', '-1')).toMatchInlineSnapshot(`"error: option '--alpha <number>' argument '-1' is invalid. expected a number above 0."`));
  it('alpha and alpha-ratio', async () => expect(await trainCsv('good.csv', '--alpha', '1', '--alpha-ratio', '0.1')).toMatchInlineSnapshot(`"error: option '--alpha <number>' cannot be used with option '--alpha-ratio <number>'"`));
  it('an unknown flag', async () => expect(await trainCsv('good.csv', '--alhpa', '1')).toMatchInlineSnapshot(`
    "error: unknown option '--alhpa'
    (Did you mean --alpha?)"
  `));
  it('an unknown command', async () => expect(await mistake(folder, 'trian')).toMatchInlineSnapshot(`
    "error: unknown command 'trian'
    (Did you mean train?)
    (strads --help lists the commands, strads <command> --help its options)"
  `));
  it('workers that are no number and no list', async () => expect(await trainCsv('good.csv', '--engine', 'auto', '--workers', 'many')).toMatchInlineSnapshot(`"strads: --workers many: "many" is neither a number nor webgpu:N or wasm:N, as in --workers webgpu:1,wasm:2"`));
  it('a token file without --listen', async () => expect(await trainCsv('good.csv', '--token-file', 'token')).toMatchInlineSnapshot(`"strads: --expect, --token-file, --allow-origin and --tls-… are about workers from elsewhere: give --listen host:port too"`));
});

describe('an output folder', () => {
  const into = async (out: string) => mistake(folder, 'train', 'lasso', '--data', 'good.csv', '--target-column', 'y', '--out', out);

  it('that exists', async () => {
    await mkdir(join(folder, 'taken'));
    expect(await into('taken')).toMatchInlineSnapshot(`"strads: taken: the folder exists. Choose another output folder or add --overwrite"`);
  });
  it('whose parent does not exist', async () => expect(await into('no/where')).toMatchInlineSnapshot(`"strads: <folder>/no: there is no such directory, so where cannot be made in it. Create it or choose another --out"`));
  it('below a file', async () => expect(await into('good.csv/model')).toMatchInlineSnapshot(`"strads: good.csv/model: is a file or lies in one; expected a folder. Choose another output folder"`));
  it.skipIf(ROOT_USER)('in a folder that may not be written (root may write anywhere)', async () => {
    await mkdir(join(folder, 'locked'));
    await chmod(join(folder, 'locked'), 0o555);
    expect(await into('locked/model')).toContain('cannot be written');
  });
});

describe('training that comes out as the zero model', () => {
  const done = async (...args: string[]) => {
    const { code, stdout } = await strads(folder, 'train', 'lasso', '--workers', '1', '--engine', 'wasm', '--json', ...args);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    const notices = lines.filter(({ event }) => event === 'notice').map(({ message }) => String(message));
    return { code, notices, last: lines.at(-1)! };
  };

  it('at an alpha above alpha_max', async () => {
    const { code, notices, last } = await done('--data', 'good.csv', '--target-column', 'y', '--alpha', '1000');
    expect(code).toBe(0);
    expect(notices.join('\n')).toContain('at or above alpha_max');
    expect(last).toMatchObject({ event: 'done', nonzeros: 0, stopped: 'zero-model' });
  });

  it('for a constant target', async () => {
    const { code, notices, last } = await done('--data', 'constant.csv', '--target-column', 'y', '--alpha', '0.1');
    expect(code).toBe(0);
    expect(notices.join('\n')).toContain('the target is constant');
    expect(last).toMatchObject({ event: 'done', nonzeros: 0, intercept: 7 });
  });
});
