/** What a mistake about checkpoints says, through the real command line: one clear message, exit code 2, nothing left behind. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpointFolder, detailsOf } from './checkpoint-folders.js';
import { mistake, workplace } from './strads.js';

const folder = await workplace({ 'train.csv': 'a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,1,6\n', 'corpus.txt': 'a b c\nb c d\n' });
const DATA = ['--data', join(folder, 'train.csv'), '--target-column', 'y'];
const details = await detailsOf(folder, 'train lasso', [...DATA, '--alpha', '0.1', '--workers', '1'], 'train.csv');

const lasso = (...words: string[]) => mistake(folder, 'train', 'lasso', ...words);
const fresh = (...words: string[]) => lasso(...DATA, '--workers', '1', '--engine', 'wasm', ...words);

describe('--resume', () => {
  it('of a folder that is not there', async () => expect(await lasso('--resume', 'nowhere')).toMatchInlineSnapshot(`"strads: nowhere: cannot be opened, for it or its folder is gone. Name a folder that is there, and leave it in place while a run uses it"`));

  it('of a folder without checkpoints', async () => {
    await mkdir(join(folder, 'empty'));
    expect(await lasso('--resume', 'empty')).toMatchInlineSnapshot(`"strads: --resume empty: the folder holds no checkpoint, expected one of strads train lasso: give the folder that --checkpoint named"`);
  });

  it('of a file', async () => expect(await lasso('--resume', 'train.csv')).toMatchInlineSnapshot(`"strads: train.csv: is a file; expected a folder of checkpoints. Choose another folder"`));

  it('of a damaged checkpoint', async () => {
    await mkdir(join(folder, 'damaged'));
    await writeFile(join(folder, 'damaged/checkpoint-000003-1.json'), '{"format":1}');
    expect(await lasso('--resume', 'damaged')).toMatchInlineSnapshot(`"strads: damaged/checkpoint-000003-1.json: begins with "{\\"format\\":1}" and is no manifest, expected "{\\"format\\":1,\\"sha256\\":\\"" and so on"`);
  });

  it('of checkpoints of another program', async () => {
    await checkpointFolder(folder, 'other', { details: { mine: true } });
    expect(await lasso('--resume', 'other')).toMatchInlineSnapshot(`"strads: --resume other: checkpoint 1 is not of strads train lasso, but of a program of its own or of another version: go on with what wrote it"`);
  });

  it('of another version', async () => {
    await checkpointFolder(folder, 'older', { details: { ...details, strads: '0.0.9' } });
    expect(await lasso('--resume', 'older')).toMatchInlineSnapshot(`"strads: --resume older: checkpoint 1 was written by strads 0.0.9 and this is 0.1.0, whose bits may differ: go on with strads@0.0.9, or train anew with another --checkpoint folder"`);
  });

  it('of another model', async () => {
    await checkpointFolder(folder, 'lasso', { details });
    expect(await mistake(folder, 'train', 'lda', '--resume', 'lasso')).toMatchInlineSnapshot(`"strads: --resume lasso: checkpoint 1 is of strads train lasso, not of strads train lda: go on with strads train lasso --resume lasso"`);
  });

  it('beside a flag that decides the bits', async () => {
    await checkpointFolder(folder, 'flags', { details });
    expect(await lasso('--resume', 'flags', '--alpha', '0.2')).toMatchInlineSnapshot(`"strads: --alpha can't be given beside --resume flags: the run goes on exactly as it was asked for. Leave it out, or train anew with another --checkpoint folder"`);
  });

  it('beside --checkpoint', async () => {
    await checkpointFolder(folder, 'both', { details });
    expect(await lasso('--resume', 'both', '--checkpoint', 'new')).toMatchInlineSnapshot(`"strads: --resume both goes on writing there: leave --checkpoint out"`);
  });

  it('of a run whose data have changed', async () => {
    await checkpointFolder(folder, 'changed', { details: { ...details, data: [{ ...details.data[0], bytes: 11, sha256: '0'.repeat(64) }] } });
    expect((await lasso('--resume', 'changed')).replaceAll(/SHA-256 (?!0000)\w+/g, 'SHA-256 <found>')).toMatchInlineSnapshot(`"strads: --data <folder>/train.csv: found 30 bytes (SHA-256 <found>…), expected 11 bytes (SHA-256 000000000000…) as when changed was written: the data have changed since. Bring back what was there, or train anew with another --checkpoint folder"`);
  });

  it('of a run whose workers were of another kind', async () => {
    await checkpointFolder(folder, 'engines', { details: { ...details, engines: ['webgpu'] } });
    expect(await lasso('--resume', 'engines', '--engine', 'wasm')).toMatchInlineSnapshot(`"strads: --resume engines: its run had workers of webgpu, this one has wasm, which computes other bits: name the same kinds with --engine or --workers"`);
  });
});

describe('--checkpoint', () => {
  it('in a folder with checkpoints of a run that is not done', async () => {
    await checkpointFolder(folder, 'taken', { details });
    expect(await fresh('--checkpoint', 'taken')).toMatchInlineSnapshot(`"strads: --checkpoint taken: the folder holds checkpoint 1 of a run of strads train lasso that is not done. Go on with it by strads train lasso --resume taken, or choose another folder, or add --overwrite"`);
  });

  it('in a folder with checkpoints of a run that is done', async () => {
    await checkpointFolder(folder, 'done', { details, finished: true });
    expect(await fresh('--checkpoint', 'done')).toMatchInlineSnapshot(`"strads: --checkpoint done: the folder holds checkpoint 1 of a run of strads train lasso that is done. Choose another folder, or add --overwrite"`);
  });

  it('without a name', async () => expect(await fresh('--checkpoint', '')).toMatchInlineSnapshot(`"strads: --checkpoint is empty: name a folder"`));
  it('that is a file', async () => expect(await fresh('--checkpoint', 'train.csv')).toMatchInlineSnapshot(`"strads: train.csv: is a file; expected a folder of checkpoints. Choose another folder"`));
  it('of data that can be read only once', async () => expect(await lasso('--data', '/dev/null', '--target-column', 'y', '--checkpoint', 'new')).toMatchInlineSnapshot(`"strads: /dev/null: can be read only once, expected a file, which a resumed run could read again. Write the data to a file first"`));
  it('of data that are not there', async () => expect(await lasso('--data', 'nowhere.csv', '--target-column', 'y', '--checkpoint', 'new')).toMatchInlineSnapshot(`"strads: <folder>/nowhere.csv: there is no such file. Check the path and the directory it is relative to"`));
  it.each(['5', '0s', 'often', '-1s', '1d'])('every %s', async (every) => expect(await fresh('--checkpoint', 'new', '--checkpoint-every', every)).toMatch(/argument '.*' is invalid\. expected a time above 0 with its unit, such as 30s, 5m or 1h, or none\.$/));
  it('that is not given, while how often is', async () => expect(await fresh('--checkpoint-every', '5m')).toMatchInlineSnapshot(`"strads: --checkpoint-every is about checkpoints, of which there are none: give --checkpoint FOLDER too"`));
});
