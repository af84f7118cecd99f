/** Generated documents: a pure function of their number, from a topic model that is what it says. */
import { describe, expect, it } from 'vitest';
import { corpusSets } from '../../models/lda/corpora.js';
import { fitLda } from '../../models/lda/fit.js';
import { ldaShards } from '../../models/lda/layout.js';
import { ldaOptionsSchema } from '../../models/lda/options.js';
import { withSession } from '../../models/placement.js';
import { CONCENTRATION, NYTIMES, TopicDocuments } from '../../bench/generated/topic-documents.js';
import { generatedDocuments, truthPerplexity } from '../../bench/generated/topic-corpus.js';
import { TopicTruth } from '../../bench/generated/topic-truth.js';
import { AliasTable, shares } from '../../bench/generated/shares.js';

const SMALL = { words: 2000, topics: 8, seed: 1 };

const copyOf = (documents: TopicDocuments, d: number) => {
  const { tokens, words, topics } = documents.document(d);
  return { words: words.slice(0, tokens), topics: topics.slice(0, tokens) };
};

describe('an alias table', () => {
  it('has every rank as often as its share says', () => {
    const expected = shares(37, { q: 1, s: 1.3 });
    const table = new AliasTable(expected);
    const found = new Float64Array(37);
    const steps = 4096;
    for (let k = 0; k < 37 * 64; k++) for (let part = 0; part < steps; part += 8) found[table.at((k + 0.5) / (37 * 64), (part / steps) * 2 ** 32)]++;
    for (let rank = 0; rank < 37; rank++) expect(found[rank] / (37 * 64 * 512)).toBeCloseTo(expected[rank], 3);
  });
});

describe('the true topics', () => {
  it('are distributions, whose sum over the topics is known', () => {
    const truth = new TopicTruth(SMALL);
    for (let topic = 0; topic < SMALL.topics; topic++) {
      let sum = 0;
      for (let word = 0; word < SMALL.words; word++) sum += truth.phi(topic, word);
      expect(sum).toBeCloseTo(1, 9);
    }
    for (const word of [0, 3, 100, 1999]) {
      let sum = 0;
      for (let topic = 0; topic < SMALL.topics; topic++) sum += truth.phi(topic, word);
      expect(truth.phiOfAllTopics(word)).toBeCloseTo(sum, 12);
    }
  });

  it('are what words are drawn from', () => {
    const truth = new TopicTruth({ ...SMALL, topics: 1 });
    const documents = new TopicDocuments(truth, 1000);
    const counts = new Float64Array(SMALL.words);
    let tokens = 0;
    for (let d = 0; d < 400; d++) for (const word of copyOf(documents, d).words) counts[word] += ++tokens && 1;
    for (const word of [0, 1, 5, 20, 100]) expect(counts[word] / tokens / truth.phi(0, word)).toBeCloseTo(1, 0.8);
    expect(Math.abs(counts[0] / tokens - truth.phi(0, 0))).toBeLessThan(5 * Math.sqrt(truth.phi(0, 0) / tokens));
  });
});

describe('generated documents', () => {
  it('are the same whichever came before, and keep their bits', () => {
    const truth = new TopicTruth({ words: NYTIMES.words, topics: 1024, seed: 1 });
    const moving = new TopicDocuments(truth, NYTIMES.tokensADocument);
    for (const d of [9, 299_999, 9, 0]) expect(copyOf(moving, d)).toEqual(copyOf(new TopicDocuments(truth, NYTIMES.tokensADocument), d));
    expect([...copyOf(moving, 123_456).words.subarray(0, 6)]).toMatchInlineSnapshot(`
      [
        0,
        0,
        1,
        2,
        4,
        5,
      ]
    `);
  });

  it('have the shape of NYTimes', () => {
    const documents = new TopicDocuments(new TopicTruth({ words: NYTIMES.words, topics: 1024, seed: 1 }), NYTIMES.tokensADocument);
    const seen = new Set<number>();
    let [tokens, entries, commonest] = [0, 0, 0];
    const topicsOf: number[] = [];
    for (let d = 0; d < 4000; d++) {
      const { words, topics } = copyOf(documents, d);
      tokens += words.length;
      entries += new Set(words).size;
      commonest += words.filter((word) => word === 0).length;
      topicsOf.push(new Set(topics).size);
      for (const word of words) seen.add(word);
      expect(words.every((word, n) => word < NYTIMES.words && (n === 0 || word >= words[n - 1]))).toBe(true);
    }
    expect(tokens / 4000 / NYTIMES.tokensADocument).toBeCloseTo(1, 1);
    // NYTimes: 232 different words in a document.
    expect(entries / 4000).toBeGreaterThan(200);
    expect(entries / 4000).toBeLessThan(270);
    expect(commonest / tokens).toBeGreaterThan(0.003);
    expect(topicsOf.reduce((sum, count) => sum + count, 0) / 4000).toBeCloseTo(CONCENTRATION * Math.log(1 + NYTIMES.tokensADocument / CONCENTRATION), -1);
    expect(seen.size).toBeGreaterThan(50_000);
  });

  it('have a perplexity that a sampler comes near and does not beat', async () => {
    const documents = new TopicDocuments(new TopicTruth(SMALL), 150);
    const [train, held] = [generatedDocuments(documents, 0, 600), generatedDocuments(documents, 600, 760)];
    const sets = corpusSets(train, held, { filter: {}, testFraction: undefined, validationFraction: undefined, seed: 0 });
    const options = ldaOptionsSchema.parse({ topics: 8, alpha: CONCENTRATION / 8, sweeps: 60, evaluateEvery: 60 });
    const fit = await withSession({}, (session) => fitLda(session.cluster(ldaShards(sets.train.tokens)), sets, options));
    const truth = truthPerplexity(documents, 600, 760);
    const perplexity = fit.best.test!.perplexity;
    expect(truth).toBeLessThan(perplexity);
    expect(perplexity).toBeLessThan(1.25 * truth);
    train.close();
    held.close();
  });
});
