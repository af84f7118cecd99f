import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resumedWords } from '../../src/cli/resume.js';
import { trainLassoCommand } from '../../src/cli/train-lasso.js';
import { trainLdaCommand } from '../../src/cli/train-lda.js';
import { checkpointFolder, detailsOf } from './checkpoint-folders.js';
import { workplace } from './strads.js';

const folder = await workplace({ 'train.csv': 'a,b,y\n1,2,3\n2,1,4\n' });
const ckpt = join(folder, 'ckpt');
const DATA = ['--data', join(folder, 'train.csv'), '--target-column', 'y'];

const make = (name: string) => (name === 'lasso' ? trainLassoCommand() : name === 'lda' ? trainLdaCommand() : null);
const resumed = (...words: string[]) => resumedWords(words, make);

async function interrupted(...words: string[]): Promise<void> {
  await checkpointFolder(folder, 'ckpt', { details: await detailsOf(folder, 'train lasso', words, 'train.csv') });
}

describe('a command line with --resume', () => {
  it('is the interrupted one, with the engine that its workers had', async () => {
    await interrupted(...DATA, '--alpha', '0.5', '--no-header', '--checkpoint-every', '5m');
    expect(await resumed('train', 'lasso', '--resume', ckpt)).toEqual(['train', 'lasso', ...DATA, '--alpha', '0.5', '--no-header', '--checkpoint-every', '5m', '--engine', 'wasm', '--resume', ckpt]);
    expect(await resumed('train', 'lasso', `--resume=${ckpt}`)).toContain('--alpha');
  });

  it('takes workers and output of its own in place of those of then', async () => {
    await interrupted(...DATA, '--workers', '2', '--out', '/then', '--json');
    expect(await resumed('train', 'lasso', '--resume', ckpt, '--workers', 'wasm:4', '--out', 'now')).toEqual(['train', 'lasso', ...DATA, '--json', '--resume', ckpt, '--workers', 'wasm:4', '--out', 'now']);
  });

  it('finds the engine again that auto came to', async () => {
    await interrupted(...DATA, '--engine', 'auto');
    expect((await resumed('train', 'lasso', '--resume', ckpt)).join(' ')).toMatch(/--engine auto --engine wasm/);
  });

  it('keeps what the command line does not know, which is refused later', async () => {
    await interrupted(...DATA);
    expect((await resumed('train', 'lasso', '--resume', ckpt, '--alhpa', '1')).slice(-2)).toEqual(['--alhpa', '1']);
  });

  it.each([['--alpha', '1'], ['--data', 'other.csv'], ['--no-intercept'], ['--seed', '3'], ['--target-column', 'a'], ['--sample-weights', 'w.csv'], ['--cv', '5']])('refuses %s, which decides the bits', async (...words) => {
    await interrupted(...DATA);
    await expect(resumed('train', 'lasso', '--resume', ckpt, ...words)).rejects.toThrow(`${words[0]} can't be given beside --resume ${ckpt}`);
  });

  it('leaves other command lines as they are', async () => {
    for (const words of [['train', 'lasso', '--data', 'x'], ['train', 'tree', '--resume', ckpt], ['predict', '--resume', ckpt], ['train', 'lasso', '--resume', ckpt, '--help'], ['train'], []]) expect(await resumed(...words)).toEqual(words);
  });
});
