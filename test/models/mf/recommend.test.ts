/** Recommended and similar items against a sort of all items in float64, and what is said of ids that are not in the model. */
import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeMfModel } from '../../../models/mf/files.js';
import { MfModel } from '../../../models/mf/model.js';
import { nearestId } from '../../../models/mf/nearest-id.js';
import { DataError, UsageError } from '../../../models/index.js';
import { Ids } from '../../../src/data/ids.js';
import { randomBits } from '../../../src/schedule/random.js';
import { temporaryDirectory } from '../../data/files.js';
import { bellShaped, expectedRating, madeContent, madeModel, type Making } from './made-models.js';

const directory = temporaryDirectory();

/** Small whole numbers: dots are exact in float32, and many are equal. */
const wholeNumbers = (range: number): NonNullable<Making['value']> => (side, row, column) => (randomBits(side === 'user' ? 5 : 6, row, column) % (2 * range + 1)) - range;

interface Wanted {
  readonly top: number;
  readonly without?: readonly number[];
}

/** Item rows by predicted rating, best first, of equal ones the earlier. */
function bestRows(making: Making, user: number, { top, without = [] }: Wanted): number[] {
  const barred = new Set(without);
  return Array.from({ length: making.items }, (_, item) => item)
    .filter((item) => !barred.has(item))
    .map((item) => ({ item, score: expectedRating(making, 3.5, user, item) }))
    .sort((a, b) => b.score - a.score || a.item - b.item)
    .slice(0, top)
    .map(({ item }) => item);
}

const named = (rows: readonly number[]) => rows.map((row) => `i${row}`);
const itemsOf = (ranking: readonly { item: string }[]) => ranking.map(({ item }) => item);

describe('recommend', () => {
  it('gives the items of highest prediction, of equal ones the earlier', async () => {
    const making: Making = { users: 12, items: 300, rank: 5, value: wholeNumbers(2) };
    const model = await madeModel(making);
    for (let user = 0; user < making.users; user++) {
      const ranking = model.recommend(`u${user}`, { top: 40 });
      expect(itemsOf(ranking)).toEqual(named(bestRows(making, user, { top: 40 })));
      for (const { item, score } of ranking) expect(score).toBe(expectedRating(making, 3.5, user, Number(item.slice(1))));
    }
  });

  it('scores as predict predicts', async () => {
    const model = await madeModel({ users: 3, items: 90, rank: 17 });
    const ranking = model.recommend('u1', { top: 90 });
    const { values } = model.predict(ranking.map(({ item }) => ['u1', item] as const));
    ranking.forEach(({ score }, at) => expect(Math.abs(score - values[at])).toBeLessThan(1e-5));
  });

  it('gives ten unless told', async () => {
    expect((await madeModel({ users: 1, items: 30, rank: 2 })).recommend('u0')).toHaveLength(10);
  });

  it('leaves out what the user has rated, unless that is wanted, and what is not wanted', async () => {
    const making: Making = { users: 4, items: 50, rank: 3, value: wholeNumbers(3), rated: (user) => Array.from({ length: 25 }, (_, at) => 2 * at + (user % 2)) };
    const model = await madeModel(making);
    for (let user = 0; user < making.users; user++) {
      const rated = making.rated!(user);
      const unwanted = [3, 4, 7, 30, 49];
      const exclude = [...named(unwanted), 'i3', 'no such item'];
      expect(itemsOf(model.recommend(`u${user}`))).toEqual(named(bestRows(making, user, { top: 10, without: rated })));
      expect(itemsOf(model.recommend(`u${user}`, { includeRated: true }))).toEqual(named(bestRows(making, user, { top: 10 })));
      expect(itemsOf(model.recommend(`u${user}`, { exclude }))).toEqual(named(bestRows(making, user, { top: 10, without: [...rated, ...unwanted] })));
      expect(itemsOf(model.recommend(`u${user}`, { exclude, includeRated: true, top: 3 }))).toEqual(named(bestRows(making, user, { top: 3, without: unwanted })));
    }
  });

  it('gives all there are where more are wanted', async () => {
    const making: Making = { users: 2, items: 6, rank: 2, rated: (user) => (user === 0 ? [1, 2] : [0, 1, 2, 3, 4, 5]) };
    const model = await madeModel(making);
    expect(itemsOf(model.recommend('u0', { top: 100 }))).toEqual(named(bestRows(making, 0, { top: 100, without: [1, 2] })));
    expect(model.recommend('u1')).toEqual([]);
  });

  it.each([1023, 1024, 1025, 2048, 2600])('ranks %i of 2,600 items', async (top) => {
    const making: Making = { users: 1, items: 2600, rank: 3, value: wholeNumbers(4) };
    expect(itemsOf((await madeModel(making)).recommend('u0', { top }))).toEqual(named(bestRows(making, 0, { top })));
  });

  it('ranks items that do not fit into a tile', async () => {
    const making: Making = { users: 2, items: 4500, rank: 2048, value: (side, row, column) => (column < 6 || column === 2048 ? wholeNumbers(2)(side, row, column) : 0), rated: () => [2046, 2047, 2048, 4499] };
    const model = await madeModel(making);
    expect(itemsOf(model.recommend('u1', { top: 60 }))).toEqual(named(bestRows(making, 1, { top: 60, without: [2046, 2047, 2048, 4499] })));
  });

  it('takes an id as a number or as text', async () => {
    const model = await madeModel({ users: 3, items: 4, rank: 2, id: (_, row) => String(row) });
    expect(model.recommend(2, { exclude: [1] })).toEqual(model.recommend('2', { exclude: ['1'] }));
  });

  it('refuses a user who is not in the model, and says what works', async () => {
    const making: Making = { users: 6040, items: 2, rank: 1, id: (side, row) => (side === 'user' ? String(row + 1) : `i${row}`) };
    const model = await madeModel(making);
    expect(() => model.recommend(4_200_000)).toThrow(DataError);
    expect(() => model.recommend(4_200_000)).toThrow("user 4200000 is not in the model, which knows 6040 users; the nearest is 6040. Try recommend('6040'); for a new user there is foldIn(ratings) in the library");
    const folder = join(directory.path, 'my model');
    await writeMfModel(folder, madeContent(making));
    const loaded = await MfModel.load(folder);
    expect(() => loaded.recommend('0')).toThrow(`the nearest is 1. Try strads recommend --model '${folder}' --user 1;`);
  });

  it.each([0, -1, 1.5, NaN])('refuses a top of %d', async (top) => {
    const model = await madeModel({ users: 1, items: 2, rank: 1 });
    expect(() => model.recommend('u0', { top })).toThrow(UsageError);
    expect(() => model.similarItems('i0', top)).toThrow(`top is ${top}, expected how many items are wanted: 1 or more`);
  });
});

/** Cosines with one item in float64, best first. */
function cosines({ items, rank, value = bellShaped }: Making, target: number): { item: string; score: number }[] {
  const dot = (a: number, b: number) => Array.from({ length: rank }, (_, k) => value('item', a, k) * value('item', b, k)).reduce((sum, product) => sum + product, 0);
  return Array.from({ length: items }, (_, item) => item)
    .filter((item) => item !== target && dot(item, item) > 0)
    .map((item) => ({ item, score: dot(item, target) / Math.sqrt(dot(item, item) * dot(target, target)) }))
    .sort((a, b) => b.score - a.score || a.item - b.item)
    .map(({ item, score }) => ({ item: `i${item}`, score }));
}

describe('similarItems', () => {
  it.each<[string, Making]>([
    ['with biases', { users: 1, items: 200, rank: 7 }],
    ['without biases', { users: 1, items: 200, rank: 7, biases: false }],
    ['of one factor', { users: 1, items: 9, rank: 1, value: (_, row) => row - 4.5 }],
  ])('gives the items of highest cosine, biases aside: %s', async (_, making) => {
    const model = await madeModel(making);
    for (const target of [0, 5, making.items - 1]) {
      const expected = cosines(making, target).slice(0, 25);
      const found = model.similarItems(`i${target}`, 25);
      expect(itemsOf(found)).toEqual(itemsOf(expected));
      found.forEach(({ score }, at) => {
        expect(Math.abs(score - expected[at].score)).toBeLessThan(1e-6);
        expect(Math.abs(score)).toBeLessThanOrEqual(1);
      });
    }
  });

  it('leaves out items whose factors are all 0, and equal ones come in order', async () => {
    const directions = [[1, 0], [2, 0], [0, 0], [4, 0], [0, 1], [-1, 0]];
    const model = await madeModel({ users: 1, items: 6, rank: 2, value: (_, row, column) => (column === 2 ? 9 - row : directions[row][column]) });
    expect(model.similarItems('i1')).toEqual([{ item: 'i0', score: 1 }, { item: 'i3', score: 1 }, { item: 'i4', score: 0 }, { item: 'i5', score: -1 }]);
    expect(() => model.similarItems('i2')).toThrow(DataError);
    expect(() => model.similarItems('i2')).toThrow('item i2 has no factors but 0, so it is no nearer to one item than to another. Ask about an item with more ratings');
  });

  it('refuses an item that is not in the model, and says what works', async () => {
    const model = await madeModel({ users: 1, items: 30, rank: 1 });
    expect(() => model.similarItems('i300')).toThrow("item i300 is not in the model, which knows 30 items; the nearest is i0. Try similarItems('i0')");
  });
});

describe('the nearest id', () => {
  const ids = (...list: string[]) => {
    const all = new Ids();
    for (const id of list) all.add(id);
    return all;
  };

  it.each<[string, string[], string]>([
    ['42', ['1', '40', '45', '44'], '40'],
    ['42', ['anna', '1000'], '1000'],
    ['ana', ['bob', 'anna', 'nn'], 'anna'],
    ['Bob', ['anna', 'bob'], 'bob'],
    ['', ['anna', 'bo'], 'bo'],
    ['x', ['only'], 'only'],
  ])('of %j among %j is %j', (id, known, nearest) => expect(nearestId(id, ids(...known))).toBe(nearest));

  it('of a known id is that id', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 }), fc.nat(), (known, at) => {
      const id = known[at % known.length];
      expect(nearestId(id, ids(...known))).toBe(id);
    }));
  });
});
