/** A model comes back from its folder to the bit, a damaged folder is refused by file, and predictions are what the rows say. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeMfModel } from '../../../models/mf/files.js';
import { MfModel } from '../../../models/mf/model.js';
import type { Side } from '../../../models/mf/shape.js';
import { DataError } from '../../../src/data/dataset.js';
import { writeFolder } from '../../../src/data/folder.js';
import { readNpyVector } from '../../../src/data/npy.js';
import { readSafetensors, writeSafetensors, type Tensors } from '../../../src/data/safetensors.js';
import { openSource } from '../../../src/data/source.js';
import { temporaryDirectory } from '../../data/files.js';
import { bellShaped, expectedRating, madeContent, madeModel, type Making } from './made-models.js';

const directory = temporaryDirectory();

const making: Making = { users: 7, items: 5, rank: 3, rated: (user) => [0, 2, 4].slice(0, user % 4), id: (side, row) => (side === 'user' ? `${row * 1000 + 1}` : ['a,b', ' "quoted" ', 'Ünï', '007', '7'][row]) };

const SHAPES: readonly [string, Making][] = [
  ['with biases', making],
  ['without biases', { ...making, biases: false }],
  ['of one factor', { ...making, rank: 1 }],
  ['whose rank needs no padding', { ...making, rank: 8, biases: false }],
  ['whose tiles are single rows', { ...making, tile: 1 }],
  ['in uneven tiles', { ...making, tile: 3 }],
];

async function saved(name: string, of: Making = making): Promise<string> {
  const folder = join(directory.path, name);
  await writeMfModel(folder, madeContent(of));
  return folder;
}

const rowsOf = (model: MfModel, side: Side): Float32Array => [...model.tiles(side)][0];
const tensorsIn = (file: string): Tensors => readSafetensors(readFileSync(file), file);

describe('a saved factorization', () => {
  it.each(SHAPES)('%s comes back to the bit', async (name, of) => {
    const folder = await saved(name, of);
    const loaded = await MfModel.load(folder);
    const made = await madeModel(of);
    for (const side of ['user', 'item'] as const) expect(rowsOf(loaded, side)).toEqual(rowsOf(made, side));
    expect([...loaded.users]).toEqual([...made.users]);
    expect([...loaded.items]).toEqual([...made.items]);
    expect(loaded.rated.counts).toEqual(made.rated.counts);
    expect(loaded.rated.items).toEqual(made.rated.items);
    expect(loaded.summary).toEqual(made.summary);
  });

  it('has the same bytes however its tiles were cut, and when it is saved again', async () => {
    const whole = await saved('whole');
    const pieces = await saved('pieces', { ...making, tile: 2 });
    const again = join(directory.path, 'again');
    await writeMfModel(again, await MfModel.load(whole));
    for (const file of readdirSync(whole)) {
      expect(readFileSync(join(pieces, file)), file).toEqual(readFileSync(join(whole, file)));
      expect(readFileSync(join(again, file)), file).toEqual(readFileSync(join(whole, file)));
    }
  });

  it('holds its factors and biases as tensors and as NumPy arrays', async () => {
    const folder = await saved('arrays');
    const tensors = tensorsIn(join(folder, 'factors.safetensors'));
    expect(Object.entries(tensors).map(([name, { shape }]) => [name, shape])).toEqual([['user_factors', [7, 3]], ['item_factors', [5, 3]], ['user_biases', [7]], ['item_biases', [5]]]);
    for (const [name, tensor] of Object.entries(tensors)) {
      const data = tensor.data as Float32Array;
      const side = name.startsWith('user') ? 'user' : 'item';
      const width = name.endsWith('factors') ? 3 : 1;
      expect(data).toEqual(Float32Array.from(data, (_, at) => bellShaped(side, Math.floor(at / width), width === 1 ? 3 : at % width)));
      const bytes = readFileSync(join(folder, `${name}.npy`));
      expect(bytes.length % 64).toBe(data.byteLength % 64);
      expect(new Float32Array(Uint8Array.from(bytes.subarray(bytes.length - data.byteLength)).buffer)).toEqual(data);
    }
    const source = await openSource(join(folder, 'user_biases.npy'));
    expect(await readNpyVector(source, 'biases')).toEqual(Float64Array.from(tensors['user_biases'].data as Float32Array));
    await source.close();
  });

  it('names row i in line i', async () => {
    const folder = await saved('lines');
    expect(readFileSync(join(folder, 'users.txt'), 'utf8')).toBe('1\n1001\n2001\n3001\n4001\n5001\n6001\n');
    expect(readFileSync(join(folder, 'items.txt'), 'utf8')).toBe('"a,b"\n" ""quoted"" "\nÜnï\n007\n7\n');
  });

  it('is replaced as a whole when that is asked for', async () => {
    const folder = join(directory.path, 'replaced');
    await writeFolder(folder, { overwrite: false }, (temporary) => writeMfModel(temporary, madeContent(making)));
    await writeFolder(folder, { overwrite: true }, (temporary) => writeMfModel(temporary, madeContent({ ...making, biases: false })));
    expect(readdirSync(folder).sort()).toEqual(['factors.safetensors', 'item_factors.npy', 'items.txt', 'model.json', 'rated.safetensors', 'user_factors.npy', 'users.txt']);
    expect((await MfModel.load(folder)).summary.biases).toBe(false);
  });
});

/** Changes one file of a folder. */
type Damage = (file: string) => void;

const cut = (bytes: number): Damage => (file) => writeFileSync(file, readFileSync(file).subarray(0, -bytes));
const truncated = cut(1);
const emptied: Damage = (file) => writeFileSync(file, '');
const missing: Damage = (file) => rmSync(file);
const rewritten = (change: (text: string) => string): Damage => (file) => writeFileSync(file, change(readFileSync(file, 'utf8')));
const inSummary = (change: object): Damage => rewritten((text) => JSON.stringify({ ...(JSON.parse(text) as object), ...change }));
const tensors = (change: (tensors: Tensors) => Tensors): Damage => (file) => writeFileSync(file, writeSafetensors(change(tensorsIn(file))));

const notFinite = (name: string, at: number, value: number) => tensors((all) => {
  const data = all[name].data.slice() as Float32Array;
  data[at] = value;
  return { ...all, [name]: { shape: all[name].shape, data } };
});

describe('a damaged folder', () => {
  it.each<[string, string, Damage, RegExp]>([
    ['no summary', 'model.json', missing, /not found: give the folder that strads train --out wrote/],
    ['a summary that is cut off', 'model.json', cut(3), /not valid JSON .*the model is damaged; train it again/],
    ['a summary of another model', 'model.json', inSummary({ format: 'strads-lasso' }), /not a matrix factorization that this version \(format 1\) reads: format: /],
    ['a summary of a later version', 'model.json', inSummary({ formatVersion: 2 }), /formatVersion: .*Train it again, or use the strads that wrote it/],
    ['a rank of 0', 'model.json', inSummary({ rank: 0 }), /rank: /],
    ['no mean', 'model.json', inSummary({ mean: null }), /mean: /],
    ['another number of users', 'model.json>users.txt', inSummary({ users: 8 }), /found 7 ids, expected 8, one for each user that model\.json counts\. The folder is damaged or mixes two models/],
    ['another rank', 'model.json>item_factors.npy|user_factors.npy', inSummary({ rank: 4 }), /of shape \(7, 3\), expected "<f4" of shape \(7, 4\)/],
    ['another number of ratings', 'model.json>rated.safetensors', inSummary({ ratings: 8 }), /found counts \(U32 7\), items \(U32 9\), expected counts \(U32 7\), items \(U32 8\)/],
    ['no user ids', 'users.txt', missing, /there is no such file/],
    ['a user id less', 'users.txt', rewritten((text) => text.slice(text.indexOf('\n') + 1)), /found 6 ids, expected 7/],
    ['a user id twice', 'users.txt', rewritten((text) => text.replace('1001', '1')), /line 2: found id "1" again \(it is number 1\), expected every id once/],
    ['an empty id', 'items.txt', rewritten((text) => text.replace('007', '""')), /line 4: found an empty id/],
    ['no item ids', 'items.txt', emptied, /the file is empty/],
    ['no factors', 'factors.safetensors', missing, /there is no such file/],
    ['empty factors', 'factors.safetensors', emptied, /the file is empty\. The folder is damaged or mixes two models/],
    ['factors that are cut off', 'factors.safetensors', truncated, /not a whole safetensors file: found .* the file is truncated/],
    ['factors that are something else', 'factors.safetensors', rewritten(() => 'nonsense, and long enough'), /not a whole safetensors file/],
    ['a factor that is no number', 'factors.safetensors', notFinite('user_factors', 10, NaN), /user_factors, row 3 \(from 0\): found NaN, expected a finite number/],
    ['an infinite bias', 'factors.safetensors', notFinite('item_biases', 4, Infinity), /item_biases, row 4 \(from 0\): found Infinity/],
    ['no biases', 'factors.safetensors', tensors(({ user_factors, item_factors }) => ({ user_factors, item_factors })), /found item_factors \(F32 5 × 3\), user_factors \(F32 7 × 3\), expected item_biases \(F32 5\), item_factors/],
    ['factors of float64', 'factors.safetensors', tensors((all) => ({ ...all, user_factors: { shape: [7, 3], data: new Float64Array(21) } })), /found .*user_factors \(F64 7 × 3\), expected/],
    ['rows and columns swapped', 'factors.safetensors', tensors((all) => ({ ...all, user_factors: { ...all['user_factors'], shape: [3, 7] } })), /user_factors \(F32 3 × 7\), expected/],
    ['no copy for NumPy', 'item_factors.npy', missing, /there is no such file/],
    ['a copy that is cut off', 'user_factors.npy', truncated, /the data end after 20 of the 21 elements/],
    ['a copy that is too long', 'user_biases.npy', (file) => writeFileSync(file, '\0', { flag: 'a' }), /found bytes after the 7 elements/],
    ['a copy of another model', 'item_biases.npy', (file) => cpSync(join(file, '..', 'user_biases.npy'), file), /found elements "<f4" of shape \(7,\), expected "<f4" of shape \(5,\)/],
    ['no rated items', 'rated.safetensors', missing, /there is no such file/],
    ['rated items that are cut off', 'rated.safetensors', truncated, /not a whole safetensors file/],
    ['an item that there is not', 'rated.safetensors', tensors(({ counts, items }) => ({ counts, items: { ...items, data: Uint32Array.from(items.data as Uint32Array).fill(5, 8) } })), /items of user row 6 \(from 0\): found 5 after 0, expected ascending rows below 5/],
    ['an item that is listed twice', 'rated.safetensors', tensors(({ counts, items }) => ({ counts, items: { ...items, data: new Uint32Array(9) } })), /items of user row 2 \(from 0\): found 0 after 0, expected ascending rows below 5/],
    ['counts that do not add up', 'rated.safetensors', tensors(({ counts, items }) => ({ items, counts: { ...counts, data: new Uint32Array(7) } })), /the counts add up to 0, expected 9/],
  ])('with %s is refused by file', async (name, place, damage, message) => {
    const folder = await saved(`damaged-${name.replaceAll(/\W/g, '-')}`);
    const [changed, named = changed] = place.split('>');
    damage(join(folder, changed));
    const loading = MfModel.load(folder);
    await expect(loading).rejects.toBeInstanceOf(DataError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(new RegExp(`${folder}/(${named})`));
  });
});

describe('predict', () => {
  const close = (values: Float64Array, expected: readonly number[], of: number) => {
    expect(values).toHaveLength(expected.length);
    values.forEach((value, at) => expect(Math.abs(value - expected[at])).toBeLessThan(of));
  };

  it.each(SHAPES)('is the mean and the dot of two rows: %s', async (_, of) => {
    const model = await madeModel(of);
    const pairs = Array.from({ length: 7 * 5 }, (_, at) => [Math.floor(at / 5), at % 5] as const);
    const { values, unknownUsers, unknownItems } = model.predict(pairs.map(([user, item]) => [model.users.of(user), model.items.of(item)] as const));
    close(values, pairs.map(([user, item]) => expectedRating(of, 3.5, user, item)), 1e-6);
    expect([unknownUsers, unknownItems]).toEqual([0, 0]);
  });

  it('takes more pairs than fit into a tile, in any order', async () => {
    const large: Making = { users: 60, items: 50, rank: 2048 };
    const model = await madeModel(large);
    const pairs = Array.from({ length: 5000 }, (_, at) => [(at * 37) % 60, (at * 11) % 50] as const);
    const lists = { users: pairs.map(([user]) => `u${user}`), items: pairs.map(([, item]) => `i${item}`) };
    close(model.predict(lists).values, pairs.map(([user, item]) => expectedRating(large, 3.5, user, item)), 1e-3);
  });

  it('falls back on the biases for ids that are not in the model, and counts them', async () => {
    const model = await madeModel({ ...making, summary: { mean: 2 } });
    const { values, unknownUsers, unknownItems } = model.predict([['nobody', '7'], ['nobody', 'nothing'], [1, 'nothing'], [1, 7]]);
    close(values, [2 + bellShaped('item', 4, 3), 2, 2 + bellShaped('user', 0, 3), expectedRating(making, 2, 0, 4)], 1e-6);
    expect([unknownUsers, unknownItems]).toEqual([2, 2]);
  });

  it('falls back on the mean where there are no biases', async () => {
    const model = await madeModel({ ...making, biases: false });
    expect([...model.predict([['nobody', '7'], [1, 'nothing']]).values]).toEqual([3.5, 3.5]);
  });

  it('takes no pairs, and refuses lists of unequal length', async () => {
    const model = await madeModel(making);
    expect(model.predict([])).toEqual({ values: new Float64Array(0), unknownUsers: 0, unknownItems: 0 });
    expect(() => model.predict({ users: ['1'], items: [] })).toThrow('pairs: found 1 users and 0 items, expected as many of each');
  });
});
