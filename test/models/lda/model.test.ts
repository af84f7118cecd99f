/** Documents under a trained model: mixtures and perplexities are what float64 says by definition, one a document, in place. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FittedLda } from '../../../models/lda/estimator.js';
import { inferTopics } from '../../../models/lda/infer.js';
import { corpusOver, documentsFrom } from '../../../src/data/corpus.js';
import { UsageError } from '../../../src/runtime/worker-request.js';
import { temporaryDirectory } from '../../data/files.js';
import { madeContent, madeModel, phiByDefinition, type Making } from './made-models.js';

const directory = temporaryDirectory();

const making: Making = { topics: 6, vocabulary: 15 };
const model = await madeModel(making);
const fitted = new FittedLda(model, null);
const { alpha } = madeContent(making).priors;
const alphaSum = alpha.reduce((sum, value) => sum + value, 0);

/** Words by number; 99 is none that the model knows. A word's tokens stand together, and words in the order of their texts. */
const BAGS: readonly (readonly number[])[] = [[0, 1, 1, 1, 14], [], [2, 3, 4, 5, 6, 7, 7, 8], [99, 99], [9], [10, 10, 99, 3, 3]];
const TEXTS = BAGS.map((bag) => bag.map((word) => `w${word}`));
const known = (bag: readonly number[]) => bag.filter((word) => word < making.vocabulary);

/** theta_k <- (alpha_k + Σ p(k | w)) / (N + Σ alpha) from uniform. */
function thetaByDefinition(words: readonly number[], steps: number): number[] {
  const phi = phiByDefinition(making);
  let theta = phi.map(() => 1 / making.topics);
  for (let step = 0; step < steps; step++) {
    const next = [...alpha];
    for (const word of words) {
      const likelihood = theta.reduce((sum, share, k) => sum + share * phi[k][word], 0);
      theta.forEach((share, k) => (next[k] += (share * phi[k][word]) / likelihood));
    }
    theta = next.map((value) => value / (words.length + alphaSum));
  }
  return theta;
}

describe('transform', () => {
  it.each([1, 30, 200])('finds the mixture of each document in %i steps, as its definition says', async (steps) => {
    const { topics, values } = await fitted.transform(TEXTS, { steps });
    expect(topics).toBe(6);
    expect(values).toHaveLength(6 * BAGS.length);
    const expected = BAGS.flatMap((bag) => thetaByDefinition(known(bag), steps));
    values.forEach((value, at) => expect(Math.abs(value - expected[at])).toBeLessThan(1e-5));
  });

  it('takes 30 steps unless told', async () => {
    expect(await fitted.transform(TEXTS)).toEqual(await fitted.transform(TEXTS, { steps: 30 }));
  });

  it('keeps documents without a known word in place: they have the prior', async () => {
    const { values, unknownTokens } = await fitted.transform(TEXTS);
    for (const document of [1, 3]) alpha.forEach((value, k) => expect(values[6 * document + k]).toBeCloseTo(value / alphaSum, 6));
    expect(unknownTokens).toBe(3);
  });

  it('gives rows that add up to 1, and no row for no document', async () => {
    const { values } = await fitted.transform(TEXTS);
    for (let d = 0; d < BAGS.length; d++) expect(values.subarray(6 * d, 6 * d + 6).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect((await fitted.transform([])).values).toHaveLength(0);
  });

  it('takes texts, lists of words, and documents that were read, which stay open', async () => {
    const documents = documentsFrom(TEXTS);
    const first = await fitted.transform(documents);
    expect(await fitted.transform(documents)).toEqual(first);
    expect(await fitted.transform(TEXTS.map((words) => words.join(' ')))).toEqual(first);
    documents.close();
  });

  it('gives the same bits after the model was saved and loaded', async () => {
    const folder = join(directory.path, 'model');
    await fitted.save(folder);
    const loaded = await FittedLda.load(folder);
    expect(await loaded.transform(TEXTS)).toEqual(await fitted.transform(TEXTS));
    expect(await loaded.perplexity(TEXTS)).toEqual(await fitted.perplexity(TEXTS));
    expect([loaded.history, loaded.best, loaded.training]).toEqual([[], null, null]);
  });

  it('refuses what is no number of steps, and one text in place of documents', async () => {
    for (const steps of [0, 1.5, NaN]) {
      await expect(fitted.transform(TEXTS, { steps })).rejects.toBeInstanceOf(UsageError);
      await expect(fitted.transform(TEXTS, { steps })).rejects.toThrow(`steps is ${steps}, expected how many steps a mixture is found by: 1 or more`);
    }
    await expect(fitted.transform('w1 w2')).rejects.toThrow('found one text, expected documents: give a list of texts');
  });
});

describe('perplexity', () => {
  it('is that of document completion: even tokens decide on the mixture, odd ones are scored', async () => {
    const phi = phiByDefinition(making);
    let [logLikelihood, tokens] = [0, 0];
    for (const bag of BAGS) {
      // Words in the order of the vocabulary as documents in memory have it, by code unit.
      const words = known(bag).sort((a, b) => (`w${a}` < `w${b}` ? -1 : 1));
      const theta = thetaByDefinition(words.filter((_, at) => at % 2 === 0), 100);
      for (const word of words.filter((_, at) => at % 2 === 1)) {
        logLikelihood += Math.log(theta.reduce((sum, share, k) => sum + share * phi[k][word], 0));
        tokens++;
      }
    }
    const found = await fitted.perplexity(TEXTS);
    expect(found).toMatchObject({ tokens, unknownTokens: 3 });
    expect(found.perplexity / Math.exp(-logLikelihood / tokens)).toBeCloseTo(1, 6);
  });

  it('is no number where nothing is scored', async () => {
    expect(await fitted.perplexity([['w1'], ['nobody']])).toEqual({ perplexity: NaN, tokens: 0, unknownTokens: 1 });
  });
});

describe('a stream of documents', () => {
  it('has each of them once, in order', async () => {
    const count = 70_000;
    const documents = documentsFrom(Array.from({ length: count }, (_, document) => (document % 3 === 0 ? [] : [`w${document % 15}`])));
    const corpus = corpusOver(documents, model.words);
    const { values: whole } = await fitted.transform(documents, { steps: 3 });
    const patterns = await Promise.all(Array.from({ length: 15 }, async (_, word) => (await fitted.transform([[`w${word}`]], { steps: 3 })).values));
    const { values: prior } = await fitted.transform([[]], { steps: 3 });
    let [next, batches, wrong] = [0, 0, 0];
    for await (const { first, count: own, mixtures } of inferTopics(model, corpus, { steps: 3 })) {
      expect(first).toBe(next);
      expect(mixtures).toHaveLength(own * 6);
      for (let d = 0; d < own; d++) {
        const expected = (first + d) % 3 === 0 ? prior : patterns[(first + d) % 15];
        if (mixtures.subarray(6 * d, 6 * d + 6).some((value, k) => value !== expected[k] || value !== whole[6 * (first + d) + k])) wrong++;
      }
      next += own;
      batches++;
    }
    expect([next, wrong]).toEqual([count, 0]);
    expect(batches).toBeGreaterThan(1);
    corpus.close();
  });

  it('may be left before its end', async () => {
    const corpus = corpusOver(documentsFrom(TEXTS), model.words);
    for await (const { first } of inferTopics(model, corpus)) {
      expect(first).toBe(0);
      break;
    }
    corpus.close();
  });

  it('is over the words of the model', async () => {
    const other = corpusOver(documentsFrom(TEXTS), (await madeModel(making)).words);
    const asked = inferTopics(model, other).next();
    await expect(asked).rejects.toBeInstanceOf(UsageError);
    await expect(asked).rejects.toThrow('the corpus is over other words than the model: make it with corpusOver(documents, model.words)');
  });
});
