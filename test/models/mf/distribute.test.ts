/** The parts that go to the shards, put together again: every rating lands once in each form, in the cell where it belongs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GROUPS, PIECE } from '../../../models/mf/cells.js';
import { describeShards, distributeRatings, layOut, mfShards, type Layout, type RatingSets } from '../../../models/mf/distribute.js';
import { ARRAYS, CELL_FIELDS, type ArrayName } from '../../../models/mf/operations.js';
import { mfOptionsSchema, type MfInput } from '../../../models/mf/options.js';
import { setsOf } from './ratings.js';

type Arrays = Map<ArrayName, Uint32Array | Float32Array>;
type Found = [user: number, item: number, value: number];

async function shardsOf(sets: RatingSets, input: MfInput): Promise<{ layout: Layout; shards: Arrays[] }> {
  const options = mfOptionsSchema.parse(input);
  const layout = layOut(sets.train, options, 0);
  const shards = Array.from({ length: layout.shards }, (): Arrays => new Map());
  for await (const { shard, part: [head, data] } of distributeRatings(layout, sets, options)) {
    const [array, offset, length] = head as Uint32Array;
    const name = ARRAYS[array];
    const kind = data as Uint32Array | Float32Array;
    if (!shards[shard].has(name)) shards[shard].set(name, kind instanceof Float32Array ? new Float32Array(length) : new Uint32Array(length));
    shards[shard].get(name)!.set(kind, offset);
  }
  return { layout, shards };
}

const groupStarts = ({ items, spanStarts }: Layout, by: 'block' | 'span') => (by === 'block' ? items.starts : Uint32Array.from(spanStarts, (block) => items.starts[block]));

/** The ratings of a set of cells, by index of their ids. */
function ofCells({ layout, shards }: { layout: Layout; shards: Arrays[] }, set: 'user' | 'item' | 'validation' | 'test', by: 'block' | 'span'): Found[] {
  const starts = groupStarts(layout, by);
  const found: Found[] = [];
  for (const [shard, arrays] of shards.entries()) {
    const array = (name: string) => arrays.get(`${set}${name}` as ArrayName)!;
    const firstUser = layout.users.starts[shard];
    expect(array('Cells')).toHaveLength((starts.length - 1) * CELL_FIELDS);
    for (let group = 0; group + 1 < starts.length; group++) {
      const [first, , , , count] = array('Cells').subarray(group * CELL_FIELDS, (group + 1) * CELL_FIELDS);
      for (let k = first; k < first + count; k++) {
        const row = array('Pieces')[2 * k];
        for (let e = array('Pieces')[2 * k + 1]; e < array('Pieces')[2 * k + 3]; e++) {
          const [user, item] = set === 'item' ? [array('Ids')[e], row] : [row, array('Ids')[e]];
          expect(starts[group] + item).toBeLessThan(starts[group + 1]);
          expect(firstUser + user).toBeLessThan(layout.users.starts[shard + 1]);
          found.push([layout.users.rowAt[firstUser + user], layout.items.rowAt[starts[group] + item], array('Values')[e]]);
        }
      }
    }
  }
  return found;
}

/** The ratings of gradient descent, each in the sub-cell of its block that its groups give. */
function ofDescent({ layout, shards }: { layout: Layout; shards: Arrays[] }): Found[] {
  const found: Found[] = [];
  const { users, items } = layout;
  for (const [shard, arrays] of shards.entries()) {
    const starts = arrays.get('descentStarts')!;
    for (let cell = 0; cell + 1 < starts.length; cell++) {
      const block = Math.floor(cell / GROUPS ** 2);
      for (let e = starts[cell]; e < starts[cell + 1]; e++) {
        const [user, item] = [arrays.get('descentRows')![e], arrays.get('descentColumns')![e]];
        expect(items.starts[block] + item).toBeLessThan(items.starts[block + 1]);
        expect(user % GROUPS).toBe(cell % GROUPS);
        expect(item % GROUPS).toBe((cell + Math.floor(cell / GROUPS)) % GROUPS);
        found.push([users.rowAt[users.starts[shard] + user], items.rowAt[items.starts[block] + item], arrays.get('descentValues')![e]]);
      }
    }
  }
  return found;
}

const ordered = (triples: Found[]) => triples.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
const given = ({ userOf, itemOf, values }: RatingSets['train']): Found[] => ordered(Array.from(userOf, (user, p): Found => [user, itemOf[p], values[p]]));

/** Unique pairs with ratings, most of a few users and items. */
const anyRatings = (most: number) =>
  fc.uniqueArray(fc.tuple(fc.oneof(fc.nat(3), fc.nat(50)), fc.oneof(fc.nat(3), fc.nat(50)), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: most, selector: ([user, item]) => `${user} ${item}` });
const anySets = fc.tuple(anyRatings(150), fc.option(anyRatings(30)), fc.option(anyRatings(30))).map(([train, validation, test]) => setsOf(train, { ...(validation && { validation }), ...(test && { test }) }));
const anyBlocks = fc.constantFrom(16, 0.0004, 0.0001);

describe('ratings on their way to the shards', () => {
  for (const algorithm of ['ccd', 'als', 'sgd'] as const) {
    it(`arrive once in each form, in their cell: ${algorithm}`, async () => {
      await fc.assert(
        fc.asyncProperty(anySets, anyBlocks, async (sets, blockMib) => {
          const arrived = await shardsOf(sets, { algorithm, rank: 3, mean: false, blockMib });
          const by = algorithm === 'ccd' ? 'span' : 'block';
          if (algorithm === 'sgd') expect(ordered(ofDescent(arrived))).toEqual(given(sets.train));
          else for (const side of ['user', 'item'] as const) expect(ordered(ofCells(arrived, side, by))).toEqual(given(sets.train));
          for (const name of ['validation', 'test'] as const) {
            if (sets[name]) expect(ordered(ofCells(arrived, name, 'block'))).toEqual(given(sets[name]));
            else expect(arrived.shards.some((arrays) => arrays.has(`${name}Cells`))).toBe(false);
          }
        }),
        { numRuns: 25 },
      );
    });
  }

  it('come with how many ratings each user and item has', async () => {
    await fc.assert(
      fc.asyncProperty(anySets, anyBlocks, async (sets, blockMib) => {
        const { layout, shards } = await shardsOf(sets, { rank: 3, blockMib });
        const end = (name: ArrayName) => shards.flatMap((arrays) => [...arrays.get(name)!]);
        expect(end('userCounts')).toEqual([...layout.users.counts]);
        expect(end('itemCounts')).toEqual([...layout.items.counts]);
        expect(layout.users.counts.reduce((sum, count) => sum + count, 0)).toBe(sets.train.count);
      }),
      { numRuns: 20 },
    );
  });

  it('bring, for implicit feedback, who is judged, what he would choose, and what he has', async () => {
    await fc.assert(
      fc.asyncProperty(anySets, anyBlocks, fc.constantFrom('als' as const, 'ccd' as const), async (sets, blockMib, algorithm) => {
        const { layout, shards } = await shardsOf(sets, { rank: 3, implicit: true, confidence: 2, algorithm, blockMib });
        const { users, items } = layout;
        for (const name of ['validation', 'test'] as const) {
          const held = sets[name];
          if (!held) continue;
          const relevant: [number, number][] = [];
          const excluded: [number, number][] = [];
          for (const [shard, arrays] of shards.entries()) {
            const judged = Array.from(arrays.get(`${name}Users`)!, (user) => users.rowAt[users.starts[shard] + user]);
            const array = (rest: 'RelevantStarts' | 'Relevant' | 'ExcludedStarts' | 'Excluded') => arrays.get(`${name}${rest}`)!;
            for (const [at, user] of judged.entries()) {
              for (let e = array('RelevantStarts')[at]; e < array('RelevantStarts')[at + 1]; e++) relevant.push([user, items.rowAt[array('Relevant')[e]]]);
              for (let block = 0; block < items.parts; block++) {
                const row = block * judged.length + at;
                const own = array('Excluded').subarray(array('ExcludedStarts')[row], array('ExcludedStarts')[row + 1]);
                expect([...own]).toEqual([...own].sort((a, b) => a - b));
                for (const item of own) excluded.push([user, items.rowAt[items.starts[block] + item]]);
              }
            }
          }
          const order = (list: [number, number][]) => list.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
          const judged = new Set(held.userOf);
          expect(order(relevant)).toEqual(order(Array.from(held.userOf, (user, p) => [user, held.itemOf[p]])));
          expect(order(excluded)).toEqual(order(Array.from(sets.train.userOf, (user, p): [number, number] => [user, sets.train.itemOf[p]]).filter(([user]) => judged.has(user))));
        }
        if (algorithm === 'ccd') for (const arrays of shards) expect(arrays.get('userValues')!.every((value) => value === 1)).toBe(true);
        const confidences = shards.reduce((sum, arrays) => sum + [...arrays.get(algorithm === 'ccd' ? 'itemConfidence' : 'itemValues')!].reduce((all, value) => all + value, 0), 0);
        expect(confidences).toBe(2 * sets.train.values.reduce((sum, value) => sum + value, 0));
      }),
      { numRuns: 20 },
    );
  });
});

describe('a layout', () => {
  it('has spans whose columns stay within the budget, unless a block alone does not', () => {
    fc.assert(
      fc.property(anySets, fc.constantFrom(0.0002, 0.0008, 0.01), (sets, blockMib) => {
        const { items, spanStarts, blocksAShard, shards } = layOut(sets.train, mfOptionsSchema.parse({ rank: 3, blockMib }), 0);
        expect(items.parts).toBe(blocksAShard * shards);
        expect([spanStarts[0], spanStarts.at(-1)]).toEqual([0, items.parts]);
        for (let span = 0; span + 1 < spanStarts.length; span++) {
          const [begin, end] = [spanStarts[span], spanStarts[span + 1]];
          expect(end).toBeGreaterThan(begin);
          if (end - begin > 1) expect((items.starts[end] - items.starts[begin]) * 64).toBeLessThanOrEqual(blockMib * 2 ** 20);
          expect(items.starts[begin + 1]).toBeGreaterThan(items.starts[begin]);
        }
      }),
    );
  });

  it('has blocks as small as the budget asks for', () => {
    const sets = setsOf(Array.from({ length: 400 }, (_, p) => [p % 40, p, 1 + (p % 5)] as const));
    for (const [algorithm, bytes] of [['ccd', 32], ['als', 64], ['sgd', 48]] as const) {
      for (const [items, blocks] of [[400, 8], [50, 8], [25, 16], [17, 24]]) {
        const { parts, starts } = layOut(sets.train, mfOptionsSchema.parse({ algorithm, rank: 7, blockMib: (items * bytes) / 2 ** 20 }), 0).items;
        expect(parts).toBe(blocks);
        for (let block = 0; block < parts; block++) expect(starts[block + 1] - starts[block]).toBeLessThanOrEqual(items);
      }
    }
  });

  it('does not know the number of workers: 8 shards, and one for every 2^21 ratings or 64 MiB of user factors', () => {
    const narrow = { rank: 8, biases: false };
    expect([1, 2 ** 24, 2 ** 24 + 1, 20_000_000].map((ratings) => mfShards(ratings, 1, narrow))).toEqual([8, 8, 9, 10]);
    expect(mfShards(1, 2 ** 24, narrow)).toBe(8);
    expect(mfShards(1, 2 ** 24 + 1, narrow)).toBe(9);
    expect(mfShards(1, 2 ** 23, { rank: 16, biases: true })).toBe(10);
  });

  it('leaves room for all parts of cut rows', () => {
    const triples = [5000, 3000, 1100].flatMap((length, item) => Array.from({ length }, (_, user) => [user, item, 1] as const));
    const sets = setsOf(triples);
    for (const algorithm of ['ccd', 'als'] as const) {
      const options = mfOptionsSchema.parse({ algorithm, rank: 2 });
      const layout = layOut(sets.train, options, 0);
      for (const { mostCut } of describeShards(layout, sets, options)) expect(mostCut).toBe(Math.floor((2 * (algorithm === 'ccd' ? 1138 : 625)) / PIECE));
    }
  });
});
