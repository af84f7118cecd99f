/** The tables that a shard makes of its documents: pairs, runs and pieces as the kernels expect them, and first topics. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LdaInput } from '../../../models/lda/options.js';
import { openShard, UNCOUNTED, type LdaShard } from '../../../models/lda/worker/shard.js';
import { DataError } from '../../../src/data/dataset.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import { corpusFrom, drawnBags, lengthOf, trainingSets, wordOf, type Bag, type Entry } from './made-corpora.js';
import { arrived, documentsOf, pairsOf } from './shards.js';

const WORDS = 18;
const entry = fc.tuple(fc.oneof(fc.nat(1), fc.nat(WORDS - 1)), fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom(31, 32, 33, 64, 65, 200))) as fc.Arbitrary<Entry>;
const trainingBags = fc.array(fc.array(entry, { maxLength: 10 }), { minLength: 1, maxLength: 60 }).filter((all) => all.some((bag) => bag.length > 0));
const seeds = fc.constantFrom<Record<string, number>>({}, { [wordOf(0)]: 0 }, { [wordOf(1)]: 0, [wordOf(9)]: 0 });
const inputs = fc.record({ blockMib: fc.constantFrom(16, 0.001, 0.0003), sampler: fc.constantFrom('exact', 'mh'), seedWords: seeds }) as fc.Arbitrary<LdaInput>;

const open = (bags: readonly Bag[], input: LdaInput, words = WORDS) => arrived(trainingSets(corpusFrom(bags, words)), { topics: 1, ...input });

/** Documents of a shard, as its table of tokens has them. */
const lengthsOf = ({ documents }: LdaShard) => Array.from(documents!.tokenStarts.subarray(1), (end, d) => end - documents!.tokenStarts[d]);

describe('the tokens of a shard', () => {
  it('stand in document order, words of a document by position, each in one pair', async () => {
    await fc.assert(
      fc.asyncProperty(trainingBags, inputs, async (bags, input) => {
        const { layout, shards } = await open(bags, input);
        const inCorpus = documentsOf(layout);
        for (const shard of shards) {
          expect(lengthsOf(shard)).toEqual(inCorpus[shard.number].map((d) => lengthOf(bags[d])));
          const tokens = pairsOf(shard).flatMap(({ document, first, tokens: count, word }) => Array.from({ length: count }, (_, at) => ({ token: first + at, document, word })));
          tokens.sort((a, b) => a.token - b.token);
          expect(tokens.map(({ token }) => token)).toEqual(tokens.map((_, token) => token));
          expect(tokens).toHaveLength(shard.description.tokens);
          for (const [at, { document, word }] of tokens.entries()) {
            expect(shard.documents!.tokenStarts[document]).toBeLessThanOrEqual(at);
            expect(shard.documents!.tokenStarts[document + 1]).toBeGreaterThan(at);
            if (at > 0 && tokens[at - 1].document === document) expect(word).toBeGreaterThanOrEqual(tokens[at - 1].word);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the tables of a shard', () => {
  it('have pairs of 1 to 32 tokens of one word and one document, as few as hold them, the longest documents first in a run', async () => {
    await fc.assert(
      fc.asyncProperty(trainingBags, inputs, async (bags, input) => {
        for (const shard of (await open(bags, input)).shards) {
          const pairs = pairsOf(shard);
          const { tokenStarts } = shard.documents!;
          const lengthOf = (document: number) => tokenStarts[document + 1] - tokenStarts[document];
          for (const [at, { document, tokens, word }] of pairs.entries()) {
            expect(tokens).toBeGreaterThan(0);
            expect(tokens).toBeLessThanOrEqual(32);
            if (at === 0 || pairs[at - 1].word !== word) continue;
            const before = pairs[at - 1];
            expect(lengthOf(document)).toBeLessThanOrEqual(lengthOf(before.document));
            if (lengthOf(document) === lengthOf(before.document)) expect(document).toBeGreaterThanOrEqual(before.document);
            if (document === before.document) expect(before.tokens).toBe(32);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('have one run a word, by block, and pieces of 1 to 256 pairs of the words that have no topic of their own', async () => {
    await fc.assert(
      fc.asyncProperty(trainingBags, inputs, async (bags, input) => {
        const { layout: { words }, shards } = await open(bags, input);
        const pinned = new Set(Object.keys(input.seedWords!).map((word) => words.positionOf[Number(word.slice(1))]));
        for (const { documents, description: { blockStarts } } of shards) {
          const { runs, pieces, runStarts, pieceStarts } = documents!;
          expect([...runStarts, ...pieceStarts].every((start) => Number.isInteger(start))).toBe(true);
          expect([runStarts.length, pieceStarts.length]).toEqual([blockStarts.length, blockStarts.length]);
          expect([runStarts.at(-1), pieceStarts.at(-1)]).toEqual([runs.length / 3, pieces.length / 3]);
          for (let block = 0; block + 1 < blockStarts.length; block++) {
            const wordsOfRuns = rows(runs, runStarts[block], runStarts[block + 1]).map(([list]) => list);
            expect(wordsOfRuns).toEqual([...new Set(wordsOfRuns)].sort((a, b) => a - b));
            for (const list of wordsOfRuns) expect(blockStarts[block] + list).toBeLessThan(blockStarts[block + 1]);
            const free = rows(runs, runStarts[block], runStarts[block + 1]).filter(([list]) => !pinned.has(blockStarts[block] + list));
            const ofRuns = free.flatMap(([list, first, count]) => Array.from({ length: count }, (_, at) => [list, first + at]));
            const ofPieces = rows(pieces, pieceStarts[block], pieceStarts[block + 1]);
            expect(ofPieces.flatMap(([list, first, count]) => Array.from({ length: count }, (_, at) => [list, first + at]))).toEqual(ofRuns);
            for (const [, , count] of ofPieces) {
              expect(count).toBeGreaterThan(0);
              expect(count).toBeLessThanOrEqual(256);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('cut a word that every document has, and a document of many tokens, at their limits', async () => {
    const bags: Bag[] = [...Array.from({ length: 4 * 257 }, (): Bag => [[0, 1]]), Array.from({ length: WORDS }, (_, word): Entry => [word, 500])];
    const { shards } = await open(bags, { sampler: 'mh' });
    const pieceSizes = shards.flatMap(({ documents }) => rows(documents!.pieces, 0, documents!.pieces.length / 3).map(([, , count]) => count));
    expect(Math.max(...pieceSizes)).toBe(256);
    const stretches = shards.flatMap(({ documents }) => rows(documents!.documentPieces, 0, documents!.documentPieces.length / 3).map(([, , count]) => count));
    expect(Math.max(...stretches)).toBe(1024);
    expect(stretches.filter((count) => count === 1024)).toHaveLength(Math.floor((WORDS * 500) / 1024));
  });
});

describe('stretches of documents', () => {
  it('cover the tokens that may change, within documents, 1 to 1,024 at a time, where they are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(trainingBags, inputs, async (bags, input) => {
        const { layout: { words }, shards } = await open(bags, input);
        const pinned = new Set(Object.keys(input.seedWords!).map((word) => words.positionOf[Number(word.slice(1))]));
        for (const shard of shards) {
          const { documentPieces, tokenStarts } = shard.documents!;
          const free = pairsOf(shard).filter(({ word }) => !pinned.has(word)).flatMap(({ first, tokens }) => Array.from({ length: tokens }, (_, at) => first + at)).sort((a, b) => a - b);
          const found = rows(documentPieces, 0, documentPieces.length / 3);
          expect(found.flatMap(([, first, count]) => Array.from({ length: count }, (_, at) => first + at))).toEqual(input.sampler === 'mh' ? free : []);
          for (const [document, first, count] of found) {
            expect(count).toBeGreaterThan(0);
            expect(count).toBeLessThanOrEqual(1024);
            expect(first).toBeGreaterThanOrEqual(tokenStarts[document]);
            expect(first + count).toBeLessThanOrEqual(tokenStarts[document + 1]);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('first topics', () => {
  const bags = drawnBags({ documents: 400, words: WORDS, length: 50, topics: 3, seed: 12 });
  const topicsOf = ({ documents }: LdaShard) => [...documents!.topics].map((token) => token >>> 16);

  it('are counted nowhere yet', async () => {
    for (const { documents } of (await open(bags, { topics: 10 })).shards) for (const token of documents!.topics) expect(token & 0xffff).toBe(UNCOUNTED);
  });

  it('are six draws a document, in turn, and the draws are spread evenly', async () => {
    const { shards } = await open(bags, { topics: 10 });
    const draws: number[] = [];
    for (const shard of shards) {
      const topics = topicsOf(shard);
      const { tokenStarts } = shard.documents!;
      for (let d = 0; d + 1 < tokenStarts.length; d++) {
        const own = topics.slice(tokenStarts[d], tokenStarts[d + 1]);
        for (let t = 6; t < own.length; t++) expect(own[t]).toBe(own[t - 6]);
        draws.push(...own.slice(0, 6));
      }
    }
    const firsts = shards.map((shard) => topicsOf(shard).slice(0, 6).join());
    expect(new Set(firsts).size).toBe(shards.length);
    const expected = draws.length / 10;
    const chiSquare = Array.from({ length: 10 }, (_, k) => (draws.filter((topic) => topic === k).length - expected) ** 2 / expected).reduce((sum, value) => sum + value, 0);
    // 9 degrees of freedom: beyond this with a probability of 10^-4.
    expect(chiSquare).toBeLessThan(33.7);
  });

  it('depend on the seed, are the same with other blocks, and are their seeds\' where words have one', async () => {
    const [first, again, other] = [await open(bags, { topics: 10 }), await open(bags, { topics: 10 }), await open(bags, { topics: 10, seed: 1 })];
    expect(again.shards.map(topicsOf)).toEqual(first.shards.map(topicsOf));
    expect(other.shards.map(topicsOf)).not.toEqual(first.shards.map(topicsOf));
    const { layout: { words }, shards } = await open(bags, { topics: 10, seedWords: { [wordOf(4)]: 7 } });
    for (const shard of shards) {
      for (const { first: begin, tokens, word } of pairsOf(shard)) {
        if (words.rowAt[word] === 4) expect(topicsOf(shard).slice(begin, begin + tokens)).toEqual(new Array(tokens).fill(7));
      }
    }
  });
});

describe('a part of no known kind', () => {
  it('is refused, and its shard named', async () => {
    const { shards: [{ description }] } = await open([[[0, 1]]], {});
    const engine = await createWasmEngine({ memoryBytes: 2 ** 20 });
    const parts = (async function* () {
      yield [Uint32Array.of(9)];
    })();
    await expect(openShard(engine, { shard: 2, shards: 4, description }, parts)).rejects.toThrow(new DataError('shard 2 of the documents has a part of kind 9, which there is none of'));
    await engine.close();
  });
});

/** Rows of three numbers. */
function rows(table: Uint32Array, first: number, end: number): number[][] {
  return Array.from({ length: end - first }, (_, at) => [...table.subarray(3 * (first + at), 3 * (first + at) + 3)]);
}
