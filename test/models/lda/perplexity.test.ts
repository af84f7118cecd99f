/** Held-out perplexity is that of document completion as it is defined, whatever the batches. */
import { describe, expect, it } from 'vitest';
import type { LdaInput } from '../../../models/lda/options.js';
import { DataError } from '../../../src/data/dataset.js';
import { fitted, tableOf } from './fits.js';
import { corpusFrom, drawnBags, wordOf, type Bag } from './made-corpora.js';
import { completionPerplexity, phiOf, sumOf } from './reference.js';

const recipe = { documents: 100, words: 60, length: 30, topics: 4, seed: 33, emptyEvery: 12 };
const bags = drawnBags(recipe);
const train = corpusFrom(bags.slice(0, 70), recipe.words);
const validationBags: Bag[] = bags.slice(70, 80);
/** Words in another order than their numbers', some more than once; a word that no training document has, and a document of one token. */
const testBags: Bag[] = [...bags.slice(80).map((bag) => [...bag].reverse()), [[3, 2], [59, 1], [3, 5], [0, 1]], [[7, 1]], []];

/** Bytes for some words' rows: batches of a document or two. */
const SMALL = 0.0004;

const ways: LdaInput[] = [
  {},
  { blockMib: SMALL },
  { topics: 1 },
  { topics: 130, blockMib: SMALL },
  { sampler: 'mh' },
  { alpha: 2, beta: 0.3 },
  { optimizeHyperparameters: true, burnIn: 0, sweeps: 25 },
  { samples: 4, burnIn: 2, sweeps: 12 },
  { samples: 4, burnIn: 2, sweeps: 12, blockMib: SMALL },
];

describe('held-out perplexity', () => {
  for (const way of ways) {
    for (const workers of [1, 3]) {
      it(`is that of document completion under the topics that are kept, with ${workers} workers: ${JSON.stringify(way)}`, async () => {
        const test = corpusFrom(testBags, recipe.words, { unknownTokens: 9, batch: 3 });
        const validation = corpusFrom(validationBags, recipe.words);
        const input = { topics: 7, sweeps: 4, seed: 1, evaluateEvery: 100, ...way };
        const { fit, topics } = await fitted({ train, validation: way.samples ? null : validation, test }, input, { workers });
        const phi = phiOf(tableOf(topics, recipe.words), fit.priors.beta);
        const report = fit.history.at(-1)!;
        const judged = [[report.test, testBags, 9], ...(report.validation ? [[report.validation, validationBags, 0] as const] : [])] as const;
        for (const [found, own, unknown] of judged) {
          const expected = completionPerplexity(own, phi, fit.priors.alpha);
          expect(found!.tokens).toBe(expected.tokens);
          expect(found!.unknownTokens).toBe(unknown);
          expect(Math.abs(found!.perplexity / expected.perplexity - 1)).toBeLessThan(1e-6);
        }
      });
    }
  }

  it('takes a hundred steps to a mixture', async () => {
    const sets = { train, validation: null, test: corpusFrom(testBags, recipe.words) };
    const { fit, topics } = await fitted(sets, { topics: 40, alpha: 0.001, sweeps: 1 });
    const after = (steps: number) => completionPerplexity(testBags, phiOf(tableOf(topics, recipe.words), fit.priors.beta), fit.priors.alpha, steps).perplexity;
    const gap = (steps: number) => Math.abs(fit.best.test!.perplexity / after(steps) - 1);
    expect(gap(100)).toBeLessThan(1e-6);
    for (const steps of [99, 101]) expect(gap(steps)).toBeGreaterThan(2e-5);
  });

  it('does not depend on the batches at all', async () => {
    const test = corpusFrom(testBags, recipe.words);
    const of = async (batch: number) => {
      const sets = { train, validation: null, test: { ...test, batches: () => corpusFrom(testBags, recipe.words, { batch }).batches() } };
      return (await fitted(sets, { topics: 7, sweeps: 3 })).fit.history.at(-1)!.test;
    };
    expect(await of(1)).toEqual(await of(100));
  });

  it('is left out where there is nothing to judge by', async () => {
    const { fit } = await fitted({ train, validation: null, test: null }, { topics: 3, sweeps: 1 });
    expect(fit.best).toMatchObject({ validation: null, test: null });
  });

  it('has to have a second token to score, of some document', async () => {
    const single = corpusFrom([[[1, 1]], [], [[2, 1]]], recipe.words);
    const message = (name: string) => `none of the ${name} documents has two tokens of words that the training documents have, and every second one is scored: hold out more documents, or longer ones`;
    await expect(fitted({ train, validation: single, test: null }, { topics: 3 })).rejects.toThrow(new DataError(message('validation')));
    await expect(fitted({ train, validation: null, test: single }, { topics: 3 })).rejects.toThrow(new DataError(message('test')));
    const { fit } = await fitted({ train, validation: null, test: corpusFrom([[], [[1, 1]], [[2, 1], [3, 1]]], recipe.words) }, { topics: 3, sweeps: 1 });
    expect(fit.best.test!.tokens).toBe(1);
    expect(fit.best.test!.perplexity).toBeGreaterThan(1);
  });

  it('comes close to that of the topics that the documents were drawn from', async () => {
    const many = drawnBags({ ...recipe, documents: 500, emptyEvery: Infinity, length: 60 });
    const rest = many.slice(400);
    const sets = { train: corpusFrom(many.slice(0, 400), recipe.words), validation: null, test: corpusFrom(rest, recipe.words) };
    const truth = drawnTable(many);
    const best = completionPerplexity(rest, phiOf(truth, 0.01), new Float64Array(4).fill(0.1)).perplexity;
    for (const sampler of ['exact', 'mh'] as const) {
      const { fit } = await fitted(sets, { topics: 4, sweeps: 60, sampler, evaluateEvery: 60 });
      expect(fit.best.test!.perplexity).toBeLessThan(1.03 * best);
    }
  });
});

/** Counts as if every token had the topic that it was drawn from, which its word tells. */
function drawnTable(all: readonly Bag[]): number[][] {
  const table = Array.from({ length: recipe.words }, () => [0, 0, 0, 0]);
  for (const [word, count] of all.flat()) table[word][word % 4] += count;
  expect(sumOf(table.flat())).toBe(sumOf(all.flat().map(([, count]) => count)));
  return table;
}

describe('early stopping', () => {
  const sets = () => ({ train, validation: corpusFrom(validationBags, recipe.words), test: null });
  const input: LdaInput = { topics: 40, sweeps: 200, patience: 2, evaluateEvery: 2, validationFraction: 0.1, seedWords: { [wordOf(1)]: 4 } };

  for (const sampler of ['exact', 'mh'] as const) {
    it(`ends after the patience and goes back to the best topics: ${sampler}`, async () => {
      const { fit, topics } = await fitted(sets(), { ...input, sampler });
      expect(fit.stopped).toBe('validation');
      expect(fit.sweeps - fit.best.sweep).toBe(4);
      const found = fit.history.map(({ validation }) => validation!.perplexity);
      expect(fit.best.validation!.perplexity).toBe(Math.min(...found));
      const table = tableOf(topics, recipe.words);
      expect(completionPerplexity(validationBags, phiOf(table, fit.priors.beta), fit.priors.alpha).perplexity / fit.best.validation!.perplexity).toBeCloseTo(1, 5);
      expect(table[0].map((_, k) => sumOf(table.map((row) => row[k])))).toEqual([...fit.totals]);
      expect(sumOf(fit.totals)).toBe(train.tokens);
    });
  }

  it('finds the topics of a run that has as many sweeps as the best', async () => {
    const stopped = await fitted(sets(), input);
    const short = await fitted(sets(), { ...input, sweeps: stopped.fit.best.sweep });
    expect(stopped.topics).toEqual(short.topics);
    expect(stopped.fit.totals).toEqual(short.fit.totals);
  });

  it('goes back to the priors of then, too', async () => {
    const learning: LdaInput = { ...input, optimizeHyperparameters: true, burnIn: 0, evaluateEvery: 5, patience: 3 };
    const { fit, topics } = await fitted(sets(), learning);
    expect(fit).toMatchObject({ stopped: 'validation', sweeps: fit.best.sweep + 15 });
    // One sweep more than the best: what is learned after the best sweep, and nothing later.
    const short = await fitted(sets(), { ...learning, sweeps: fit.best.sweep + 1 });
    expect(fit.priors).toEqual(short.fit.priors);
    expect(completionPerplexity(validationBags, phiOf(tableOf(topics, recipe.words), fit.priors.beta), fit.priors.alpha).perplexity / fit.best.validation!.perplexity).toBeCloseTo(1, 5);
  });
});

describe('an interrupted run', () => {
  it('ends after the sweep in hand and is judged', async () => {
    let asked = 0;
    const { fit } = await fitted({ train, validation: null, test: corpusFrom(testBags, recipe.words) }, { topics: 5, sweeps: 100 }, { observer: { shouldStop: () => ++asked === 3 } });
    expect(fit).toMatchObject({ stopped: 'interrupted', sweeps: 3 });
    expect(fit.history.map(({ sweep }) => sweep)).toEqual([3]);
    expect(fit.best.test!.perplexity).toBeGreaterThan(1);
  });

  it('reports what is due, sweep by sweep', async () => {
    const seen: number[] = [];
    const { fit } = await fitted({ train, validation: null, test: null }, { topics: 5, sweeps: 11, evaluateEvery: 4 }, { observer: { swept: ({ sweep }) => seen.push(sweep) } });
    expect(seen).toEqual([4, 8, 11]);
    expect(fit.history.map(({ sweep }) => sweep)).toEqual(seen);
    expect(fit.stopped).toBe('sweeps');
  });
});
