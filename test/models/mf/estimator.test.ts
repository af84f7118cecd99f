/** The library class: what it takes, what it refuses, where it trains, and what a saved model is good for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError, FittedMatrixFactorization, MatrixFactorization, splitRatings, UsageError, type MfInput, type RatingInput } from '../../../models/index.js';
import { parseMfOptions } from '../../../models/mf/estimator.js';
import type { Side } from '../../../models/mf/shape.js';
import { setsOf } from '../../../models/mf/split.js';
import { ratingsFrom, type Ratings } from '../../../src/data/ratings.js';
import { temporaryDirectory } from '../../data/files.js';
import { lowRank } from './ratings.js';

const directory = temporaryDirectory();
const recipe = { users: 24, items: 18, rank: 2, density: 0.5, seed: 8, noise: 0.2, shift: 3 };
const { train, test } = lowRank(recipe);
const SMALL: MfInput = { rank: 4, lambda: 0.05, sweeps: 4 };

const rowsOf = ({ model }: FittedMatrixFactorization, side: Side): Float32Array => [...model.tiles(side)][0];
const lists = { users: train.map(([user]) => user), items: train.map(([, item]) => item), ratings: train.map(([, , rating]) => rating) };

describe('fit', () => {
  it('takes tuples, lists and ratings that were read', async () => {
    const inputs: RatingInput[] = [train, lists, ratingsFrom(train, { duplicates: 'last' })];
    const [first, ...others] = await Promise.all(inputs.map((ratings) => new MatrixFactorization(SMALL).fit(ratings)));
    for (const other of others) for (const side of ['user', 'item'] as const) expect(rowsOf(other, side)).toEqual(rowsOf(first, side));
  });

  it.each<MfInput['algorithm']>(['ccd', 'als', 'sgd'])('reports every sweep and keeps the training errors it reports: %s', async (algorithm) => {
    const reported: number[] = [];
    const model = await new MatrixFactorization({ ...SMALL, algorithm, biases: true }).fit(train, { swept: ({ sweep }) => reported.push(sweep) });
    expect(reported).toEqual([1, 2, 3, 4]);
    expect(model.history.map(({ sweep }) => sweep)).toEqual(reported);
    const predictions = model.predict(train.map(([user, item]) => [user, item] as const));
    const squares = train.reduce((sum, [, , rating], at) => sum + (rating - predictions[at]) ** 2, 0);
    expect(Math.sqrt(squares / train.length)).toBeCloseTo(model.best!.train.rmse, 4);
    expect(model.model.summary.train.rmse).toBe(model.best!.train.rmse);
  });

  it('reports the errors of test ratings, and drops ids that only they have', async () => {
    const strange = [...test, [999, 0, 3] as const, [0, 998, 3] as const];
    const model = await new MatrixFactorization({ ...SMALL, biases: true }).fit(train, { test: strange });
    expect(model.best!.test!.count).toBe(strange.length);
    const predictions = model.predict(strange.map(([user, item]) => [user, item] as const));
    const squares = strange.reduce((sum, [, , rating], at) => sum + (rating - predictions[at]) ** 2, 0);
    expect(Math.sqrt(squares / strange.length)).toBeCloseTo(model.best!.test!.rmse, 4);
    expect(model.model.users.indexOf(999)).toBe(-1);
    expect(model.model.items.indexOf(998)).toBe(-1);
    expect([model.model.users.count, model.model.items.count]).toEqual([recipe.users, recipe.items]);
    expect(model.model.predict([[999, 0], [0, 998]])).toMatchObject({ unknownUsers: 1, unknownItems: 1 });
  });

  it('takes test ratings that were read over the same ids, and no others', async () => {
    const ratings = ratingsFrom(train, { duplicates: 'last' });
    const own = ratingsFrom(test, { duplicates: 'last', users: ratings.users, items: ratings.items });
    const fitting = new MatrixFactorization(SMALL);
    expect((await fitting.fit(ratings, { test: own })).best!.test).toEqual((await fitting.fit(train, { test })).best!.test);
    const other: Ratings = ratingsFrom(test, { duplicates: 'last' });
    await expect(fitting.fit(ratings, { test: other })).rejects.toThrow(UsageError);
    await expect(fitting.fit(ratings, { test: other })).rejects.toThrow('test: its ids are not those of the training ratings: read it with { users: ratings.users, items: ratings.items }');
  });

  it('keeps a part aside where it is to validate', async () => {
    const model = await new MatrixFactorization({ ...SMALL, validationFraction: 0.25 }).fit(train);
    const { best } = model;
    expect(best!.validation!.count).toBe(Math.round(0.25 * train.length));
    expect(best!.train.count + best!.validation!.count).toBe(train.length);
    expect(model.model.summary.ratings).toBe(train.length);
    const others = await new MatrixFactorization({ ...SMALL, validationFraction: 0.25, seed: 1 }).fit(train);
    expect(others.best!.validation!.rmse).not.toBe(best!.validation!.rmse);
    await expect(new MatrixFactorization({ ...SMALL, validationFraction: 0.25 }).fit([['u', 'i', 1]])).rejects.toThrow('MatrixFactorization: validationFraction: 0.25 of 1 ratings leaves 1 to train on and 0 to validate with');
  });

  it('draws the validation by the seed, apart from a test set', () => {
    const ratings = ratingsFrom(train, { duplicates: 'last' });
    const pairsOf = ({ userOf, itemOf }: Ratings) => Array.from(userOf, (user, p) => `${user} ${itemOf[p]}`);
    const validation = (seed: number) => pairsOf(setsOf(ratings, null, parseMfOptions({ validationFraction: 0.3, seed })).validation!);
    expect(validation(5)).toEqual(validation(5));
    expect(validation(5)).not.toEqual(validation(6));
    expect(validation(5)).not.toEqual(pairsOf(splitRatings(ratings, { testFraction: 0.3, seed: 5 }).test));
    const { train: rest } = setsOf(ratings, null, parseMfOptions({ validationFraction: 0.3, seed: 5 }));
    expect([...pairsOf(rest), ...validation(5)].sort()).toEqual(pairsOf(ratings).sort());
  });

  it('takes the parts of a split', async () => {
    const ratings = ratingsFrom(train.map(([user, item, rating], at) => [user, item, rating, -at] as const), { duplicates: 'last' });
    const parts = splitRatings(ratings, { testFraction: 0.2, seed: 3 });
    expect(parts.test.count).toBe(Math.round(0.2 * train.length));
    expect(splitRatings(ratings, { testFraction: 0.2 })).toEqual(splitRatings(ratings, { testFraction: 0.2, seed: 0 }));
    const model = await new MatrixFactorization(SMALL).fit(parts.train, { test: parts.test });
    expect([model.best!.train.count, model.best!.test!.count]).toEqual([parts.train.count, parts.test.count]);
    const last = splitRatings(ratings, { lastPerUser: true }).test;
    const firstOf = (user: string) => train.find(([by]) => String(by) === user)![1];
    for (let p = 0; p < last.count; p++) expect(last.items.of(last.itemOf[p])).toBe(String(firstOf(last.users.of(last.userOf[p]))));
    expect(last.count).toBe(new Set(train.map(([user]) => user)).size);
    expect(() => splitRatings(ratings, { testFraction: 1 })).toThrow(DataError);
  });

  it('remembers whom what was recommended for has rated, validation included', async () => {
    for (const validationFraction of [undefined, 0.3]) {
      const model = await new MatrixFactorization({ ...SMALL, validationFraction }).fit(train);
      for (const user of [0, 5, 23]) {
        const rated = new Set(train.filter(([by]) => by === user).map(([, item]) => String(item)));
        const recommended = model.recommend(user, { top: recipe.items }).map(({ item }) => item);
        expect(recommended).toHaveLength(recipe.items - rated.size);
        expect(recommended.filter((item) => rated.has(item))).toEqual([]);
      }
    }
  });

  it('says that an interrupted training is not reproducible', async () => {
    const stopped = await new MatrixFactorization(SMALL).fit(train, { shouldStop: () => true });
    expect(stopped.model.summary).toMatchObject({ stopped: 'interrupted', sweeps: 1, reproducible: false });
    expect((await new MatrixFactorization(SMALL).fit(train)).model.summary.reproducible).toBe(true);
  });

  it('gives the same bits on worker processes', async () => {
    const options: MfInput = { ...SMALL, algorithm: 'sgd', biases: true };
    const here = await new MatrixFactorization(options).fit(train);
    const there = await new MatrixFactorization({ ...options, workers: 'wasm:2' }).fit(train);
    for (const side of ['user', 'item'] as const) expect(rowsOf(there, side)).toEqual(rowsOf(here, side));
  });
});

describe('a warm start', () => {
  const fitting = new MatrixFactorization({ ...SMALL, biases: true });

  it('goes on from a model in memory or in a folder, by id', async () => {
    const first = await fitting.fit(train);
    const folder = join(directory.path, 'first');
    await first.save(folder);
    const reversed = [...train].reverse();
    const fromMemory = await fitting.fit(reversed, { warmStart: first.model });
    const fromFolder = await fitting.fit(reversed, { warmStart: folder });
    expect(fromMemory.history[0].objective).toBeLessThan(first.best!.objective);
    for (const side of ['user', 'item'] as const) expect(rowsOf(fromFolder, side)).toEqual(rowsOf(fromMemory, side));
    expect(fromFolder.history[0].objective).toBe(fromMemory.history[0].objective);
  });

  it('lets newcomers in', async () => {
    const first = await fitting.fit(train);
    const more = await fitting.fit([...train, ['new', 1, 4], [0, 'newer', 2]], { warmStart: first.model });
    expect(more.model.users.indexOf('new')).toBeGreaterThanOrEqual(0);
    const cold = await fitting.fit([...train, ['new', 1, 4], [0, 'newer', 2]]);
    expect(more.history[0].objective).toBeLessThan(cold.history[0].objective);
    for (const pair of [['new', 2], [1, 'newer']] as const) expect(more.predict([pair])[0]).not.toBeCloseTo(more.predict([[pair[0] === 'new' ? 'nobody' : 1, pair[0] === 'new' ? 2 : 'nothing']])[0], 3);
  });

  it('keeps nothing of those who are not rated any more: they are predicted by the mean and the biases', async () => {
    const first = await fitting.fit(train);
    const folder = join(directory.path, 'before');
    await first.save(folder);
    const ratings = ratingsFrom(train, { duplicates: 'last' });
    const left = train.filter(([user, item]) => user !== 3 && item !== 5);
    const rest = ratingsFrom(left, { duplicates: 'last', users: ratings.users, items: ratings.items });
    for (const warmStart of [first.model, folder]) {
      const then = await fitting.fit(rest, { warmStart });
      const { model } = then;
      expect(model.users.indexOf(3)).toBeGreaterThanOrEqual(0);
      expect(then.predict([[3, 5]])[0]).toBe(model.summary.mean);
      expect(then.predict([[3, 7]])).toEqual(then.predict([['nobody', 7]]));
      expect(then.predict([[4, 5]])).toEqual(then.predict([[4, 'nothing']]));
    }
  });

  it('without negative factors needs a model without them', async () => {
    const bounded = new MatrixFactorization({ ...SMALL, nonNegative: true });
    const free = new MatrixFactorization(SMALL);
    const first = await bounded.fit(train);
    expect((await bounded.fit(train, { warmStart: first.model })).history[0].objective).toBeLessThan(first.best!.objective);
    await expect(free.fit(train, { warmStart: first.model })).resolves.toBeDefined();
    const refused = bounded.fit(train, { warmStart: (await free.fit(train)).model });
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    await expect(refused).rejects.toThrow('the model to start from may have factors below 0, and this training asks for none: start from a model that was trained without them, allow them here too, or start without a model');
  });

  it('needs a model of the same kind', async () => {
    const first = await fitting.fit(train);
    const starting = new MatrixFactorization({ ...SMALL, rank: 5 }).fit(train, { warmStart: first.model });
    await expect(starting).rejects.toBeInstanceOf(UsageError);
    await expect(starting).rejects.toThrow('the model to start from has rank 4, biases and explicit feedback, and this training asks for rank 5, no biases and explicit feedback: ask for the same, or start without a model');
    await expect(fitting.fit(train, { warmStart: join(directory.path, 'nowhere') })).rejects.toThrow(DataError);
  });
});

describe('a saved factorization', () => {
  it('comes back to the bit, and predicts and recommends the same', async () => {
    const model = await new MatrixFactorization({ ...SMALL, biases: true }).fit(train, { test });
    const folder = join(directory.path, 'model');
    await model.save(folder);
    const loaded = await FittedMatrixFactorization.load(folder);
    for (const side of ['user', 'item'] as const) expect(rowsOf(loaded, side)).toEqual(rowsOf(model, side));
    expect(loaded.model.summary).toEqual(model.model.summary);
    expect(loaded.predict([[0, 1], [3, 4]])).toEqual(model.predict([[0, 1], [3, 4]]));
    expect(loaded.recommend(3)).toEqual(model.recommend(3));
    expect(loaded.similarItems(2, 5)).toEqual(model.similarItems(2, 5));
    expect(loaded.foldIn([[1, 5], [2, 1]]).recommend()).toEqual(model.foldIn([[1, 5], [2, 1]]).recommend());
    expect([loaded.history, loaded.best]).toEqual([[], null]);
  });

  it('has the same bytes after the same training, but for nothing', async () => {
    const folders = ['one', 'two'].map((name) => join(directory.path, name));
    for (const folder of folders) await (await new MatrixFactorization({ ...SMALL, validationFraction: 0.2 }).fit(train)).save(folder);
    for (const file of readdirSync(folders[0])) expect(readFileSync(join(folders[1], file)), file).toEqual(readFileSync(join(folders[0], file)));
  });

  it('is not replaced unless that is asked for', async () => {
    const model = await new MatrixFactorization(SMALL).fit(train);
    const folder = join(directory.path, 'kept');
    await model.save(folder);
    await expect(model.save(folder)).rejects.toThrow('the folder exists. Choose another output folder or add --overwrite');
    await model.save(folder, { overwrite: true });
  });
});

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['rank 0', { rank: 0 }, /^MatrixFactorization: rank: /],
    ['half a rank', { rank: 1.5 }, /rank: /],
    ['a negative lambda', { lambda: -1 }, /lambda: /],
    ['an unknown algorithm', { algorithm: 'svd' }, /algorithm: /],
    ['a schedule of another algorithm', { algorithm: 'sgd', schedule: 'cyclic' }, /schedule: sgd runs under the schedule rotation, not cyclic: change one of the two/],
    ['implicit feedback by gradient descent', { algorithm: 'sgd', implicit: true }, /implicit: gradient descent visits observed entries only/],
    ['confidence without implicit feedback', { confidence: 2 }, /confidence: is for implicit feedback/],
    ['patience without validation', { patience: 3 }, /patience: waits for a better validation/],
    ['an option that is none', { alpha: 1 }, /alpha/],
  ])('refuse %s at once, by name', (_what, options, message) => {
    expect(() => new MatrixFactorization(options as MfInput)).toThrow(UsageError);
    expect(() => new MatrixFactorization(options as MfInput)).toThrow(message);
  });
});

describe('data', () => {
  it.each<[string, RatingInput, string]>([
    ['no ratings', [], 'ratings: found none, expected at least one'],
    ['a rating that is no number', [['u', 'i', NaN]], 'ratings, entry 0: found rating NaN'],
    ['lists of unequal length', { users: ['u'], items: ['i', 'j'] }, 'ratings: found 1 users and 2 items, expected as many of each'],
  ])('refuse %s', async (_what, ratings, message) => {
    const fitting = new MatrixFactorization(SMALL).fit(ratings);
    await expect(fitting).rejects.toBeInstanceOf(DataError);
    await expect(fitting).rejects.toThrow(message);
  });

  it('refuse a rank beyond what memory holds, before it is allocated', async () => {
    const fitting = new MatrixFactorization({ rank: 65_536 }).fit(Array.from({ length: 20_000 }, (_, at) => [at, at, 1] as const));
    await expect(fitting).rejects.toBeInstanceOf(UsageError);
    await expect(fitting).rejects.toThrow(/^rank 65,536 is beyond what memory holds: 20,000 users, 20,000 items and 20,000 ratings take about \d+(\.\d)? GiB.*; the largest that fits is rank [\d,]+: ask for that or less, or use /);
  });
});
