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
  it('a truncated gzip', async () => expect(await trainCsv('truncated.csv.gz')).toMatchInlineSnapshot());
  it('a cell of text', async () => expect(await trainCsv('text.csv')).toMatchInlineSnapshot());
  it('a NaN', async () => expect(await trainCsv('nan.csv')).toMatchInlineSnapshot());
  it('an infinite cell', async () => expect(await trainCsv('inf.csv')).toMatchInlineSnapshot());
  it('ragged rows', async () => expect(await trainCsv('ragged.csv')).toMatchInlineSnapshot());
  it('an empty file', async () => expect(await trainCsv('empty.csv')).toMatchInlineSnapshot());
  it('a missing file', async () => expect(await trainCsv('nowhere.csv')).toMatchInlineSnapshot());
  it('an index out of range', async () => expect(await train('--data', 'outside.mtx', '--target', 'y.mtx')).toMatchInlineSnapshot());
  it('duplicate MatrixMarket entries', async () => expect(await train('--data', 'twice.mtx', '--target', 'y.mtx')).toMatchInlineSnapshot());
  it('duplicate LIBSVM ids', async () => expect(await train('--data', 'twice.svm')).toMatchInlineSnapshot());
  it('a target of another length', async () => expect(await train('--data', 'X.mtx', '--target', 'short.mtx')).toMatchInlineSnapshot());
  it('a target column that is not there', async () => expect(await train('--data', 'good.csv', '--target-column', 'z')).toMatchInlineSnapshot());
  it('no target', async () => expect(await train('--data', 'good.csv')).toMatchInlineSnapshot());
});

describe('options that cannot be', () => {
  it('alpha 0', async () => expect(await trainCsv('good.csv', '--alpha', '0')).toMatchInlineSnapshot());
  it('a negative alpha', async () => expect(await trainCsv('good.csv', '--alpha', '-1')).toMatchInlineSnapshot());
  it('alpha and alpha-ratio', async () => expect(await trainCsv('good.csv', '--alpha', '1', '--alpha-ratio', '0.1')).toMatchInlineSnapshot());
  it('an unknown flag', async () => expect(await trainCsv('good.csv', '--alhpa', '1')).toMatchInlineSnapshot());
  it('an unknown command', async () => expect(await mistake(folder, 'trian')).toMatchInlineSnapshot());
  it('workers that are no number and no list', async () => expect(await trainCsv('good.csv', '--engine', 'auto', '--workers', 'many')).toMatchInlineSnapshot());
  it('a token file without --listen', async () => expect(await trainCsv('good.csv', '--token-file', 'token')).toMatchInlineSnapshot());
});

describe('an output folder', () => {
  const into = async (out: string) => mistake(folder, 'train', 'lasso', '--data', 'good.csv', '--target-column', 'y', '--out', out);

  it('that exists', async () => {
    await mkdir(join(folder, 'taken'));
    expect(await into('taken')).toMatchInlineSnapshot();
  });
  it('whose parent does not exist', async () => expect(await into('no/where')).toMatchInlineSnapshot());
  it('below a file', async () => expect(await into('good.csv/model')).toMatchInlineSnapshot());
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
