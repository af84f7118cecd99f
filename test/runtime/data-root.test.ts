/** A worker's own files: what matches an offer, what does not, and what happens when a file is lost on the way. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/dataset.js';
import { DataRoot } from '../../src/runtime/data-root.js';
import type { AddressedPart, Distribution, Recipe } from '../../src/runtime/distribution.js';
import type { DataOffer } from '../../src/runtime/local-data.js';

const place = await realpath(await mkdtemp(join(tmpdir(), 'strads-root-')));
afterAll(() => rm(place, { recursive: true, force: true }));

const root = join(place, 'data');
const CONTENT = 'a,b,y\n1,2,3\n4,5,6\n';

beforeEach(async () => {
  await rm(root, { recursive: true, force: true });
  await mkdir(root);
  await writeFile(join(root, 'x.csv'), CONTENT);
});

function offerOf(content: string | Uint8Array, change: Partial<DataOffer> = {}): DataOffer {
  const bytes = Buffer.from(content as string);
  return { name: 'x.csv', file: 'runs/x.csv', bytes: bytes.length, digest: createHash('sha256').update(bytes).digest('hex'), options: { targetColumn: 'y' }, ...change };
}

/** All values of the matrix to shard 0, behind the recipe's number. */
const distribution: Distribution = async function* (matrix, { arrays }) {
  yield { shard: 0, part: arrays };
  for await (const { values } of matrix.chunks()) yield { shard: 0, part: [values] };
};

const recipe: Recipe = { description: null, arrays: [Float64Array.of(7)] };

function dataRoot(): { room: DataRoot; said: string[] } {
  const said: string[] = [];
  const room = new DataRoot({ folder: root, worker: 'b', distributions: new Map([['toy', distribution]]), notice: (sentence) => said.push(sentence.replaceAll(place, '<place>')) });
  return { room, said };
}

async function valuesOf(parts: AsyncIterable<AddressedPart>): Promise<number[][]> {
  const all: number[][] = [];
  for await (const { part } of parts) all.push([...part[0]]);
  return all;
}

/** The message of a DataError, without the name of this place. */
async function complaint(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(() => null, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message.replaceAll(place, '<place>');
}

describe('a file that matches', () => {
  it('is read with the scheduler’s options and cut by its recipe', async () => {
    const { room, said } = dataRoot();
    expect(await room.look(offerOf(CONTENT))).toEqual({ found: join(root, 'x.csv') });
    expect(await valuesOf(room.parts('toy', recipe))).toEqual([[7], [1, 2, 4, 5]]);
    expect(said).toEqual([
      '<place>/data/x.csv is the scheduler\'s runs/x.csv (SHA-256 6e6480cac970…): the shards are read here',
      '<place>/data/x.csv is read; the run does not need it any more',
    ]);
  });

  it('may be lost once it is read', async () => {
    const { room } = dataRoot();
    await room.look(offerOf(CONTENT));
    const parts = room.parts('toy', recipe)[Symbol.asyncIterator]();
    await parts.next();
    await rm(root, { recursive: true });
    expect((await parts.next()).value).toEqual({ shard: 0, part: [Float64Array.of(1, 2, 4, 5)] });
  });
});

describe('a file that is missing', () => {
  it('is told to both sides', async () => {
    const { room, said } = dataRoot();
    expect(await room.look(offerOf(CONTENT, { name: 'z.csv' }))).toEqual({ missing: `there is no z.csv in ${root}` });
    expect(said).toEqual(['there is no z.csv in <place>/data: the shards are sent here']);
  });

  it('is so behind a link that leads out', async () => {
    await writeFile(join(place, 'secret.csv'), CONTENT);
    await symlink(join(place, 'secret.csv'), join(root, 'z.csv'));
    expect(await dataRoot().room.look(offerOf(CONTENT, { name: 'z.csv' }))).toEqual({ missing: `${root}/z.csv is a link that leads out of the folder` });
  });
});

describe('a file that differs', () => {
  it('is named on both sides, with both digests', async () => {
    const looking = dataRoot().room.look(offerOf(`${CONTENT}7,8,9\n`));
    expect(await complaint(looking)).toMatchInlineSnapshot(`"worker b: <place>/data/x.csv (SHA-256 6e6480cac970…, 18 bytes) differs from the scheduler's runs/x.csv (SHA-256 13a3b4e6a147…, 24 bytes). Copy the scheduler's file there, or start the worker without --data-root: then the data are sent to it"`);
  });

  it('does so in a single byte', async () => {
    await complaint(dataRoot().room.look(offerOf(CONTENT.replace('6', '7'))));
  });
});

describe('a file that is lost between the comparison and the end of reading', () => {
  const lost = async (change: () => Promise<void>, content: string | Uint8Array = CONTENT) => {
    const { room, said } = dataRoot();
    await room.look(offerOf(content));
    await change();
    const message = await complaint(valuesOf(room.parts('toy', recipe)));
    expect(said).toHaveLength(1);
    return message;
  };

  it('with its folder', async () => expect(await lost(() => rm(root, { recursive: true }))).toMatchInlineSnapshot(`"worker b: <place>/data/x.csv is not what the scheduler reads as runs/x.csv any more: it was removed before it was read to its end. Put the file back, leave it alone until the worker says that it is read, and start again, or start the worker without --data-root: then the data are sent to it"`));
  it('by truncation', async () => expect(await lost(() => truncate(join(root, 'x.csv'), 10))).toMatchInlineSnapshot(`"worker b: <place>/data/x.csv is not what the scheduler reads as runs/x.csv any more: it was changed (18 bytes then, 10 now) before it was read to its end. Put the file back, leave it alone until the worker says that it is read, and start again, or start the worker without --data-root: then the data are sent to it"`));
  it('by a longer one that parses just as well', async () => expect(await lost(() => writeFile(join(root, 'x.csv'), `${CONTENT}7,8,9\n`))).toMatch(/it was changed \(18 bytes then, 24 now\)/));
  it('to a folder of its name', async () => expect(await lost(() => rm(join(root, 'x.csv')).then(() => mkdir(join(root, 'x.csv'))))).toMatch(/it was removed/));

  it('to another of the same bytes', async () => {
    const moved = async () => {
      await writeFile(join(root, 'y.csv'), await readFile(join(root, 'x.csv')));
      await rename(join(root, 'y.csv'), join(root, 'x.csv'));
    };
    expect(await lost(moved)).toMatch(/it was changed/);
  });
});

describe('a file that can not be read', () => {
  it.skipIf(process.getuid?.() === 0)('for lack of permission is named with what to do', async () => {
    await chmod(join(root, 'x.csv'), 0);
    expect(await complaint(dataRoot().room.look(offerOf(CONTENT)))).toMatch(/^worker b: <place>\/data\/x\.csv can't be read \(EACCES.*\)\. Make it readable/);
  });

  it('for lack of sense names the worker and the file', async () => {
    await writeFile(join(root, 'x.csv'), 'a,y\n1,oops\n');
    const { room } = dataRoot();
    await room.look(offerOf('a,y\n1,oops\n'));
    expect(await complaint(valuesOf(room.parts('toy', recipe)))).toMatch(/^worker b: <place>\/data\/x\.csv, line 2.*"oops"/);
  });
});

describe('what no scheduler of ours sends', () => {
  it.each([
    ['no offer at all', null],
    ['an option that is none', { ...offerOf(CONTENT), options: { target: '/etc/passwd' } }],
    ['a file beside the offered one', { ...offerOf(CONTENT), data: '/etc/passwd' }],
    ['a digest that is none', offerOf(CONTENT, { digest: 'abc' })],
  ])('is refused: %s', async (_what, offer) => {
    await expect(dataRoot().room.look(offer)).rejects.toThrow();
  });

  it('is refused: a program whose data nobody here can cut', async () => {
    const { room } = dataRoot();
    await room.look(offerOf(CONTENT));
    await expect(valuesOf(room.parts('other', recipe))).rejects.toThrow('this worker can\'t cut data for "other"; it can for toy: install the scheduler\'s version here');
  });

  it('is refused: a recipe before a file was found', async () => {
    await expect(valuesOf(dataRoot().room.parts('toy', recipe))).rejects.toThrow();
  });
});
