/** From ratings to recommendations through the built command: train, recommend, similar, predict. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { MfModel } from '../../models/mf/model.js';
import type { RankedItem } from '../../models/mf/ranking.js';
import { asLines, HEADER, someRatings, trainMf, type Event } from './mf-data.js';
import { mistake, strads, workplace } from './strads.js';

const ratings = someRatings(60, 40, 20);
const folder = await workplace({
  'ratings.csv': asLines(ratings, ',', HEADER),
  'quoted.csv': 'user,item,rating\n"Ann, the first",42,3\nBob,"a ""b""",5\nBob,42,4\n',
  'not these.txt': 'i101\ni102\nnever heard of\ni101\nnever heard of\n',
  'pairs.tsv': 'u3\ti101\nu6\ti102\nu3\ti101\nnobody\ti103\nu9\tnothing\nnobody\tnothing\nu12\tnothing\n',
  'pairs.dat.gz': gzipSync('u3::i101::what the rating was::12\n'),
  'pairs.mtx': '%%MatrixMarket matrix coordinate pattern general\n3 3 2\n1 2\n3 1\n',
  'ragged.csv': 'user,item\nu3,i101\nu3\n',
  'blank.csv': 'user,item\nu3,\n',
  'header.csv': 'user,item\n',
});

let model: MfModel;

beforeAll(async () => {
  await trainMf(folder, 'model', '--data', 'ratings.csv', '--rank', '4', '--biases', '--sweeps', '5');
  model = await MfModel.load(join(folder, 'model'));
});

/** Runs a command that must go well, with --json. → its last event. */
async function told(...args: string[]): Promise<Event> {
  const { code, stdout, stderr } = await strads(folder, ...args, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Event;
}

const ratedBy = (id: string) => ratings.filter(({ user }) => user === id).map(({ item }) => item);

describe('strads recommend', () => {
  it('gives the items that are predicted highest, best first, none that the user has rated', async () => {
    const { items, user } = await told('recommend', '--model', 'model', '--user', 'u42', '--top', '5');
    const rated = new Set(ratedBy('u42'));
    const others = [...model.items].filter((item) => !rated.has(item));
    const { values } = model.predict(others.map((item) => ['u42', item] as const));
    const expected = others.map((item, at) => ({ item, score: values[at] })).sort((a, b) => b.score - a.score).slice(0, 5);
    expect(user).toBe('u42');
    expect((items as RankedItem[]).map(({ item }) => item)).toEqual(expected.map(({ item }) => item));
    for (const [at, { score }] of (items as RankedItem[]).entries()) expect(score).toBeCloseTo(expected[at].score, 5);
  });

  it('gives rated items too where that is asked for', async () => {
    const { items } = await told('recommend', '--model', 'model', '--user', 'u42', '--top', '40', '--include-rated');
    expect((items as RankedItem[]).map(({ item }) => item).sort()).toEqual([...model.items].sort());
  });

  it('leaves out what a file says', async () => {
    const { items } = await told('recommend', '--model', 'model', '--user', 'u42', '--top', '40', '--include-rated', '--exclude', 'not these.txt');
    expect((items as RankedItem[]).map(({ item }) => item).sort()).toEqual([...model.items].filter((item) => !['i101', 'i102'].includes(item)).sort());
  });

  it('says how many of those it does not know', async () => {
    const { stderr } = await strads(folder, 'recommend', '--model', 'model', '--user', 'u42', '--exclude', 'not these.txt');
    expect(stderr).toBe('not these.txt: 1 id of 3 not in the model\n');
  });

  it('says it in a table', async () => {
    const { code, stdout } = await strads(folder, 'recommend', '--model', 'model', '--user', 'u42', '--top', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^item {2}score\n(i\d{3} {2}\d\.\d{4}\n){2}$/);
  });

  it('has nothing left for a user who has rated everything', async () => {
    await trainMf(folder, 'small', '--data', 'quoted.csv', '--rank', '1', '--sweeps', '1');
    const { stdout } = await strads(folder, 'recommend', '--model', 'small', '--user', 'Bob');
    expect(stdout).toBe('no item is left\n');
  });
});

describe('strads similar', () => {
  it('gives the items nearest by the cosine of their factors', async () => {
    const { items, item } = await told('similar', '--model', 'model', '--item', 'i105', '--top', '3');
    expect(item).toBe('i105');
    expect(items).toEqual(model.similarItems('i105', 3));
    expect((items as RankedItem[]).map(({ item }) => item)).not.toContain('i105');
  });

  it('says it in a table', async () => {
    const { stdout } = await strads(folder, 'similar', '--model', 'model', '--item', 'i105', '--top', '1');
    expect(stdout).toMatch(/^item {2}score\ni\d{3} {2}0\.\d{4}\n$/);
  });
});

describe('strads predict', () => {
  const predicted = async (data: string, ...args: string[]) => {
    const out = `${data}.predictions`;
    const done = await told('predict', '--model', 'model', '--data', data, '--out', out, '--overwrite', ...args);
    const [header, ...lines] = (await readFile(join(folder, out), 'utf8')).trimEnd().split('\n');
    expect(header).toBe('user,item,prediction');
    return { done, lines };
  };

  it('gives every pair a line, in its order, and counts ids that the model does not know', async () => {
    const { done, lines } = await predicted('pairs.tsv');
    const pairs = [['u3', 'i101'], ['u6', 'i102'], ['u3', 'i101'], ['nobody', 'i103'], ['u9', 'nothing'], ['nobody', 'nothing'], ['u12', 'nothing']] as const;
    const { values } = model.predict(pairs);
    expect(lines).toEqual(pairs.map(([user, item], at) => `${user},${item},${values[at]}`));
    expect(values[5]).toBe(model.summary.mean);
    expect(done).toMatchObject({ rows: 7, unknownUsers: 2, unknownItems: 3, out: 'pairs.tsv.predictions' });
  });

  it('says how many it does not know', async () => {
    const { stderr } = await strads(folder, 'predict', '--model', 'model', '--data', 'pairs.tsv');
    expect(stderr).toContain('the model, of 60 users and 40 items, does not know the user of 2 pairs and the item of 3: predicted by what it does know, at least the mean');
    expect(stderr).toContain('done: 7 predictions');
  });

  it('passes over what else a line holds', async () => {
    const { lines } = await predicted('pairs.dat.gz');
    expect(lines).toEqual([`u3,i101,${model.predict([['u3', 'i101']]).values[0]}`]);
  });

  it('takes MatrixMarket entries by row and column', async () => {
    const { lines } = await predicted('pairs.mtx');
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([['1', '2'], ['3', '1']]);
  });

  it('quotes ids that a CSV must quote', async () => {
    await trainMf(folder, 'quoted', '--data', 'quoted.csv', '--rank', '1', '--sweeps', '1');
    const { stdout } = await strads(folder, 'predict', '--model', 'quoted', '--data', 'quoted.csv');
    expect(stdout).toMatch(/^user,item,prediction\n"Ann, the first",42,\S+\nBob,"a ""b""",\S+\nBob,42,\S+\n$/);
  });

  it('goes through more pairs than a piece of a file holds', async () => {
    const lines = Array.from({ length: 50_000 }, (_, at) => `u${3 * (1 + (at % 60))},i${101 + (at % 40)}`);
    await writeFile(join(folder, 'many.csv'), `${lines.join('\n')}\n`);
    const found = (await predicted('many.csv')).lines;
    expect(found.map((line) => line.slice(0, line.lastIndexOf(',')))).toEqual(lines);
  });
});

describe('a prediction that cannot be', () => {
  const predict = (...args: string[]) => mistake(folder, 'predict', '--model', 'model', '--out', 'predictions.csv', ...args);

  it('of a line without an item', async () => expect(await predict('--data', 'ragged.csv')).toMatchInlineSnapshot(`"strads: ragged.csv, line 3: found 1 field, expected 2 as in the header (line 1). Correct the line; quote an id that holds what separates fields"`));
  it('of an item without an id', async () => expect(await predict('--data', 'blank.csv')).toMatchInlineSnapshot(`"strads: blank.csv, line 2, column "item" (index 1): found an empty field, expected an id of the item. Fill it in or remove the line"`));
  it('of no pair', async () => expect(await predict('--data', 'header.csv')).toMatchInlineSnapshot(`"strads: header.csv: found no pair, expected lines of user,item. Check that the file was written completely"`));
  it('of rows of features', async () => expect(await predict('--data', 'pairs.tsv', '--target-column', 'y')).toMatchInlineSnapshot(`"strads: --target-column is about rows of features, and the model is a matrix factorization, which predicts for pairs of user and item: leave it out"`));
  it('at an alpha', async () => expect(await predict('--data', 'pairs.tsv', '--alpha', '1')).toMatchInlineSnapshot(`"strads: --alpha is about rows of features, and the model is a matrix factorization, which predicts for pairs of user and item: leave it out"`));
  it('without a header', async () => expect(await predict('--data', 'pairs.tsv', '--no-header')).toMatchInlineSnapshot(`"strads: --no-header is about rows of features, and the model is a matrix factorization, which predicts for pairs of user and item: leave it out"`));
});
