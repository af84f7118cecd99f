/** What goes to the shards: every token once, documents in their order, held-out documents in the halves that completion is defined by. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roomOf } from '../../../models/lda/count-lists.js';
import { distributeCorpus, type CorpusSets } from '../../../models/lda/distribute.js';
import { layOut } from '../../../models/lda/layout.js';
import { HELD_OUT_SETS } from '../../../models/lda/operations.js';
import { ldaOptionsSchema, MIB, type LdaInput } from '../../../models/lda/options.js';
import { corpusFrom, lengthOf, trainingSets, wordOf, type Bag, type Entry } from './made-corpora.js';
import { arrived, countsOf, documentsOf, pairsOf } from './shards.js';

const WORDS = 25;
const entry = fc.tuple(fc.oneof(fc.nat(2), fc.nat(WORDS - 1)), fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 90 }))) as fc.Arbitrary<Entry>;
const bags = (most: number) => fc.array(fc.array(entry, { maxLength: 10 }), { maxLength: most });
const trainingBags = bags(30).filter((all) => all.some((bag) => bag.length > 0));
const inputs = fc.record({ topics: fc.constantFrom(1, 3, 50), blockMib: fc.constantFrom(16, 0.001, 0.0003), sampler: fc.constantFrom('exact', 'mh') }) as fc.Arbitrary<LdaInput>;

const setsOf = (train: readonly Bag[], validation: readonly Bag[] | null, test: readonly Bag[] | null): CorpusSets => ({
  train: corpusFrom(train, WORDS), validation: validation && corpusFrom(validation, WORDS, { batch: 3 }), test: test && corpusFrom(test, WORDS),
});

describe('training documents', () => {
  it('arrive whole and in order, every token once', async () => {
    await fc.assert(
      fc.asyncProperty(trainingBags, inputs, async (all, input) => {
        const { layout, shards } = await arrived(trainingSets(corpusFrom(all, WORDS)), { ...input, topics: 1 });
        const inCorpus = documentsOf(layout);
        for (const shard of shards) {
          const counts = inCorpus[shard.number].map(() => new Map<number, number>());
          for (const { document, tokens, word } of pairsOf(shard)) {
            const own = layout.words.rowAt[word];
            counts[document].set(own, (counts[document].get(own) ?? 0) + tokens);
          }
          expect(counts.map((own) => new Map([...own].sort(([a], [b]) => a - b)))).toEqual(inCorpus[shard.number].map((d) => countsOf(all[d])));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are numbered through the shards', async () => {
    await fc.assert(
      fc.asyncProperty(trainingBags, inputs, async (all, input) => {
        const { layout, shards } = await arrived(trainingSets(corpusFrom(all, WORDS)), { ...input, topics: 1 });
        let before = 0;
        for (const { description } of shards) {
          expect(description.firstToken).toBe(before);
          before += description.tokens;
        }
        expect(before).toBe(all.reduce((sum, bag) => sum + lengthOf(bag), 0));
        expect(layout.tokens).toEqual(Uint32Array.from(shards, ({ description }) => description.tokens));
      }),
      { numRuns: 20 },
    );
  });
});

describe('held-out documents', () => {
  it('arrive in two halves: of the tokens in the order of the document, numbered from 0, even ones are folded in and odd ones scored', async () => {
    await fc.assert(
      fc.asyncProperty(trainingBags, fc.option(bags(20)), fc.option(bags(20)), inputs, async (train, validation, test, input) => {
        const sets = setsOf(train, validation, test);
        const { layout, shards } = await arrived(sets, { ...input, topics: 1 });
        for (const [name, given] of [['validation', validation], ['test', test]] as const) {
          for (const shard of shards) {
            const own = (given ?? []).filter((_, d) => d % shards.length === shard.number);
            expect(shard.description.heldOut[name]?.documents).toBe(given ? own.length : undefined);
            const found = shard.heldOut.get(name);
            if (!found) {
              expect(own).toHaveLength(0);
              continue;
            }
            const { starts, words, folded, scored } = found;
            expect(starts).toHaveLength(own.length + 1);
            for (const [d, bag] of own.entries()) {
              const entries = Array.from({ length: starts[d + 1] - starts[d] }, (_, e) => starts[d] + e);
              expect(entries.map((e) => layout.words.rowAt[words[e]])).toEqual(bag.map(([word]) => word));
              expect(entries.map((e) => [folded[e], scored[e]])).toEqual(halvesOf(bag));
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('come in batches whose rows fit the budget, or that are one document', async () => {
    await fc.assert(
      fc.asyncProperty(trainingBags, bags(40), fc.constantFrom(16, 40 / MIB, 100 / MIB), async (train, test, blockMib) => {
        const sets = setsOf(train, null, test);
        const { layout: { words }, shards } = await arrived(sets, { topics: 1, blockMib });
        const budget = blockMib * MIB;
        for (const shard of shards) {
          const { documents, batchStarts } = shard.description.heldOut.test!;
          expect([batchStarts[0], batchStarts.at(-1)]).toEqual([0, documents]);
          const own = test.filter((_, d) => d % shards.length === shard.number);
          const bytesOf = (first: number, end: number) => [...countsOf(own.slice(first, end).flat()).keys()].reduce((sum, word) => sum + 8 * roomOf(words.counts[words.positionOf[word]], 1), 0);
          for (let batch = 0; batch + 1 < batchStarts.length; batch++) {
            const [first, end] = [batchStarts[batch], batchStarts[batch + 1]];
            expect(end).toBeGreaterThanOrEqual(first);
            const filled = own.slice(first, end).filter((bag) => bag.length > 0).length;
            if (filled > 1) expect(bytesOf(first, end)).toBeLessThanOrEqual(budget);
            if (end < documents) expect(bytesOf(first, end + 1)).toBeGreaterThan(budget);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are told to no shard where there are none', async () => {
    const { shards } = await arrived(setsOf([[[0, 1]]], null, null), { topics: 1 });
    for (const { description, heldOut } of shards) {
      expect(description.heldOut).toEqual({});
      for (const name of HELD_OUT_SETS) expect(heldOut.has(name)).toBe(false);
    }
  });
});

/** Folded and scored tokens of each entry, counted one token after another. */
function halvesOf(bag: Bag): [number, number][] {
  let number = 0;
  return bag.map(([, count]) => {
    const halves: [number, number] = [0, 0];
    for (let at = 0; at < count; at++) halves[number++ % 2]++;
    return halves;
  });
}

describe('what a shard is told of the words', () => {
  it('is the tokens of those at home, of all of them where rows are copied', async () => {
    const all: Bag[] = [[[0, 5], [3, 2]], [[7, 1], [3, 9]], [[24, 2]]];
    for (const strategy of ['rotation', 'data-parallel'] as const) {
      const { layout: { words, blocksAShard }, shards } = await arrived(trainingSets(corpusFrom(all, WORDS)), { topics: 2, strategy });
      for (const { number, wordTokens } of shards) {
        const home = words.counts.subarray(words.starts[number * blocksAShard], words.starts[(number + 1) * blocksAShard]);
        expect([...wordTokens]).toEqual([...(strategy === 'rotation' ? home : words.counts)]);
      }
    }
  });

  it('is the position and the topic of its seeds; words that the corpus does not have are left out', async () => {
    const { layout, shards } = await arrived(trainingSets(corpusFrom([[[0, 5], [3, 2]]], WORDS)), { topics: 5, seedWords: { [wordOf(3)]: 4, nowhere: 1, [wordOf(9)]: 0 } });
    for (const { description: { pinned } } of shards) expect(pinned).toEqual([layout.words.positionOf[3], 4, layout.words.positionOf[9], 0]);
  });

  it('is the longest row that there may be', async () => {
    const { shards } = await arrived(trainingSets(corpusFrom([[[0, 50], [3, 2]], [[0, 8]]], WORDS)), { topics: 40 });
    for (const { description } of shards) expect(description.longestRow).toBe(40);
  });
});

describe('a part', () => {
  it('is bounded, or one document', async () => {
    const long = Array.from({ length: 300_000 }, (_, e): Entry => [e % WORDS, 1]);
    const all: Bag[] = [...Array.from({ length: 70_000 }, (): Bag => [[1, 1], [2, 2], [5, 1]]), long, [[3, 1]]];
    const train = corpusFrom(all, WORDS, { batch: 10_000 });
    const options = ldaOptionsSchema.parse({ topics: 3 });
    let numbers = 0;
    for await (const { part } of distributeCorpus(layOut(train, options), trainingSets(train), options)) {
      const [head, ...arrays] = part as readonly Uint32Array[];
      if (head.length > 1) continue;
      numbers += arrays[1].length;
      expect(arrays[0].length + arrays[1].length).toBeLessThan(2 ** 18 + 300_001);
      if (arrays[1].length < 300_000) expect(arrays[0].length + arrays[1].length).toBeLessThan(2 ** 18 + 4);
    }
    expect(numbers).toBe(all.reduce((sum, bag) => sum + bag.length, 0));
  });
});
