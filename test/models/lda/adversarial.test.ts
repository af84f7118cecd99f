/** Corpora at the limits: whatever there is to train on is trained on, and counted right. */
import { describe, expect, it } from 'vitest';
import type { LdaInput, Sampler } from '../../../models/lda/options.js';
import { DataError } from '../../../src/data/dataset.js';
import { fitted, tableOf } from './fits.js';
import { corpusFrom, drawnBags, lengthOf, trainingSets, type Bag, type Entry } from './made-corpora.js';
import { sumOf } from './reference.js';

const samplers: readonly Sampler[] = ['exact', 'mh'];

/** Trains, and checks that every word has its tokens; twice with 1 and 3 workers for the same. */
async function counted(bags: readonly Bag[], words: number, input: LdaInput) {
  const train = corpusFrom(bags, words);
  const one = await fitted(trainingSets(train), { sweeps: 3, ...input });
  const three = await fitted(trainingSets(train), { sweeps: 3, ...input }, { workers: 3 });
  expect(three.topics).toEqual(one.topics);
  const byWord = new Float64Array(words);
  for (let e = 0; e < one.topics.words.length; e++) byWord[one.topics.words[e]] += one.topics.tokens[e];
  const expected = new Float64Array(words);
  for (const [word, count] of bags.flat()) expected[word] += count;
  expect(byWord).toEqual(expected);
  expect(sumOf(one.fit.totals)).toBe(train.tokens);
  expect(one.fit.best.logLikelihoodPerToken).toBeLessThan(0.001);
  return one;
}

for (const sampler of samplers) {
  describe(`the sampler ${sampler} on`, () => {
    const bags = drawnBags({ documents: 30, words: 20, length: 12, topics: 3, seed: 5 });
    const tokens = sumOf(bags.map(lengthOf));

    it('one document', () => counted([[[0, 3], [1, 1], [2, 5]]], 3, { topics: 2, sampler }));
    it('one word', () => counted([[[0, 3]], [], [[0, 40]]], 1, { topics: 4, sampler }));
    it('one token', () => counted([[[0, 1]]], 1, { topics: 1, sampler }));
    it('one topic', () => counted(bags, 20, { topics: 1, sampler }));
    it('two topics', () => counted(bags, 20, { topics: 2, sampler }));
    it('as many topics as tokens', () => counted(bags, 20, { topics: tokens, sampler }));
    it('documents that are all empty but one', () => counted([[], [], [[3, 9]], [], [], []], 5, { topics: 3, sampler }));
    it('fewer documents and words than shards', () => counted([[[0, 2]], [[1, 2]]], 2, { topics: 2, sampler, blockMib: 0.0001 }));
    it('words that no document has', () => counted([[[7, 4], [9, 1]], [[9, 2]]], 12, { topics: 3, sampler }));
    it('a word that a document names again and again', () => counted([[[2, 1], [0, 2], [2, 3], [2, 40], [0, 1]], [[2, 1], [2, 1]]], 3, { topics: 4, sampler }));
    it('a word with all tokens but one', () => counted([...Array.from({ length: 300 }, (_, d): Bag => [[1, 1 + (d % 70)]]), [[0, 1]]], 2, { topics: 5, sampler }));
    it('priors that are tiny and large', async () => {
      await counted(bags, 20, { topics: 5, sampler, alpha: 1e-6, beta: 1e-6 });
      await counted(bags, 20, { topics: 5, sampler, alpha: 1000, beta: 1000 });
    });

    it('a document of 200,000 tokens', async () => {
      const long = Array.from({ length: 400 }, (_, word): Entry => [word, 500]);
      await counted([[[0, 2]], long, [[399, 1]]], 400, { topics: 20, sampler, sweeps: 2 });
    });

    it('blocks of a word each', async () => {
      const { fit } = await counted(bags, 20, { topics: 6, sampler, blockMib: 0.00001 });
      expect(fit.layout.words.parts).toBe(20);
    });

    it('more topics than tokens, which is refused', async () => {
      await expect(counted(bags, 20, { topics: tokens + 1, sampler })).rejects.toThrow(new DataError(`${tokens + 1} topics are more than the ${tokens} ${tokens === 1 ? 'token' : 'tokens'} to train on: ask for fewer topics, or give more documents`));
    });

    it('no token, which is refused', async () => {
      await expect(counted([[], []], 2, { topics: 1, sampler })).rejects.toThrow(new DataError('there is no token to train on: give more documents, or hold less of them out'));
    });
  });
}

describe('very many topics', () => {
  const bags = drawnBags({ documents: 900, words: 200, length: 90, topics: 20, seed: 15 });

  it('of which a small corpus can have 10,000', async () => {
    const { fit } = await counted(bags, 200, { topics: 10_000, sweeps: 2 });
    expect(fit.sampler).toBe('mh');
  });

  it('and 65,535, with counts that no entry has room for', async () => {
    const heavy: Bag[] = [...bags, [[0, 200_000]], [[0, 80_000], [1, 2]]];
    const { topics } = await counted(heavy, 200, { topics: 65_535, sweeps: 1, seedWords: { w0: 65_534 } });
    expect(tableRow(topics, 65_534, 0)).toBe(sumOf(heavy.flat().filter(([word]) => word === 0).map(([, count]) => count)));
  });
});

/** Tokens of a word in a topic. */
function tableRow({ starts, words, tokens }: Awaited<ReturnType<typeof fitted>>['topics'], topic: number, word: number): number {
  const at = words.subarray(starts[topic], starts[topic + 1]).indexOf(word);
  return at < 0 ? 0 : tokens[starts[topic] + at];
}

describe('topics that are plain to see', () => {
  /** Documents of one group of words each, at random lengths. */
  const grouped = (groups: number): Bag[] => drawnBags({ documents: 240, words: groups * 12, length: 40, topics: groups, seed: 3 }).map((bag, d) => bag.filter(([word]) => word % groups === d % groups)).filter((bag) => bag.length > 0);

  for (const sampler of samplers) {
    for (const groups of [2, 3]) {
      it(`are found by ${sampler}: ${groups} of them`, async () => {
        const train = corpusFrom(grouped(groups), groups * 12);
        const { topics } = await fitted(trainingSets(train), { topics: groups, sweeps: 80, seed: 7, sampler });
        const table = tableOf(topics, groups * 12);
        const main = Array.from({ length: groups }, (_, group) => {
          const sums = table[0].map((_count, k) => sumOf(table.filter((_row, word) => word % groups === group).map((row) => row[k])));
          const most = Math.max(...sums);
          expect(most).toBeGreaterThan(0.98 * sumOf(sums));
          return sums.indexOf(most);
        });
        expect(new Set(main).size).toBe(groups);
      });
    }
  }
});
