/** Where documents and words are: nearly equal parts, blocks within the budget, and nothing that depends on workers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regionLength } from '../../../models/lda/count-lists.js';
import { layOut, ldaShards, type Layout } from '../../../models/lda/layout.js';
import { ldaOptionsSchema, MIB } from '../../../models/lda/options.js';
import { DataError } from '../../../src/data/dataset.js';
import { corpusFrom, drawnBags, lengthOf, type Bag, type Entry } from './made-corpora.js';
import { sumOf } from './reference.js';

const WORDS = 30;
const entry = fc.tuple(fc.nat(WORDS - 1), fc.integer({ min: 1, max: 40 })) as fc.Arbitrary<Entry>;
const someBags = fc.array(fc.array(entry, { maxLength: 12 }), { minLength: 1, maxLength: 40 }).filter((bags) => bags.some((bag) => bag.length > 0));
const budgets = fc.constantFrom(16, 0.002, 0.0005, 0.0001);
const topicNumbers = fc.constantFrom(1, 2, 10, 300);

const laidOut = (bags: readonly Bag[], topics: number, blockMib: number, words = WORDS): Layout => layOut(corpusFrom(bags, words), ldaOptionsSchema.parse({ topics, blockMib }));

describe('the number of shards', () => {
  it('grows with the tokens, from 4 on', () => {
    for (const [tokens, shards] of [[1, 4], [2 ** 24, 4], [2 ** 24 + 1, 5], [2 ** 30, 256]]) expect(ldaShards(tokens)).toBe(shards);
  });
});

describe('a layout', () => {
  it('has each document in one shard, and says how much each shard has', () => {
    fc.assert(
      fc.property(someBags, topicNumbers, budgets, (bags, topics, blockMib) => {
        const { shards, shardOf, documents, entries, tokens } = laidOut(bags, topics, blockMib);
        expect(shards).toBe(4);
        expect(shardOf).toHaveLength(bags.length);
        for (let shard = 0; shard < shards; shard++) {
          const own = bags.filter((_, d) => shardOf[d] === shard);
          expect([documents[shard], entries[shard], tokens[shard]]).toEqual([own.length, sumOf(own.map((bag) => bag.length)), sumOf(own.map(lengthOf))]);
        }
      }),
    );
  });

  it('has each word in one block, and counts its tokens', () => {
    fc.assert(
      fc.property(someBags, topicNumbers, budgets, (bags, topics, blockMib) => {
        const { words, shards, blocksAShard } = laidOut(bags, topics, blockMib);
        expect(words.parts).toBe(shards * blocksAShard);
        expect(words.starts[words.parts]).toBe(WORDS);
        expect([...words.rowAt].sort((a, b) => a - b)).toEqual(Array.from({ length: WORDS }, (_, word) => word));
        for (let word = 0; word < WORDS; word++) {
          const tokens = sumOf(bags.flat().filter(([own]) => own === word).map(([, count]) => count));
          expect(words.counts[words.positionOf[word]]).toBe(tokens);
        }
      }),
    );
  });

  it('has as few blocks as keep the largest within the budget', () => {
    fc.assert(
      fc.property(someBags, topicNumbers, budgets, (bags, topics, blockMib) => {
        const layout = laidOut(bags, topics, blockMib);
        const { words: { parts, starts, counts }, slotLength, blocksAShard } = layout;
        const regions = Array.from({ length: parts }, (_, block) => regionLength(counts.subarray(starts[block], starts[block + 1]), topics));
        expect(Math.max(...regions)).toBe(slotLength);
        if (parts < WORDS) expect(slotLength * 4).toBeLessThanOrEqual(blockMib * MIB);
        if (blocksAShard === 1) return;
        // One block a shard fewer would break it.
        const fewer = laidOut(bags, topics, 128);
        expect(fewer.blocksAShard).toBeLessThan(blocksAShard);
        expect(fewer.slotLength * 4).toBeGreaterThan(blockMib * MIB);
      }),
    );
  });

  it('has shards and blocks of nearly equal tokens', () => {
    const bags = drawnBags({ documents: 800, words: 400, length: 50, topics: 10, seed: 2 });
    const { tokens, words } = laidOut(bags, 20, 16, 400);
    const inBlocks = Array.from({ length: words.parts }, (_, block) => sumOf(words.counts.subarray(words.starts[block], words.starts[block + 1])));
    for (const parts of [[...tokens], inBlocks]) expect(Math.max(...parts) / Math.min(...parts)).toBeLessThan(1.03);
  });

  it('is there for one document, for one word, and for documents that are all empty but one', () => {
    expect(laidOut([[[4, 3]]], 3, 16)).toMatchObject({ shards: 4, blocksAShard: 1, tokens: Uint32Array.of(3, 0, 0, 0) });
    expect(laidOut([[[0, 3]], [[0, 1]]], 2, 0.0001, 1).words.parts).toBe(4);
    expect(sumOf(laidOut([[], [], [[2, 1]], []], 1, 16).documents)).toBe(4);
  });

  it('refuses a document that 32 bits cannot number, and names it', () => {
    const bags: Bag[] = [[[0, 1]], [[0, 2 ** 31], [1, 1]]];
    expect(() => laidOut(bags, 2, 16)).toThrow(new DataError('document 2 has 2147483649 tokens, and one document may have 2147483648: cut it into several'));
  });
});
