/** A training that goes on from an earlier model: the same bits at any number of workers, and a better start than none. */
import { describe, expect, it } from 'vitest';
import { LatentDirichletAllocation, type FittedLda } from '../../../models/lda/estimator.js';

/** Documents of two subjects with 10 words each. */
const texts = Array.from({ length: 60 }, (_, d) => Array.from({ length: 20 }, (_, t) => `${d % 2 === 0 ? 'a' : 'b'}${(d * 7 + t * t) % 10}`).join(' '));
const likelihoods = ({ history }: FittedLda) => history.map(({ logLikelihoodPerToken }) => logLikelihoodPerToken);

const earlier = await new LatentDirichletAllocation({ topics: 2, sweeps: 60, optimizeHyperparameters: true }).fit(texts);

describe.each(['exact', 'mh'] as const)('%s', (sampler) => {
  describe.each(['rotation', 'data-parallel'] as const)('%s', (strategy) => {
    const input = { topics: 2, sampler, strategy, sweeps: 3, evaluateEvery: 1 } as const;

    it('has the same bits at any number of workers', async () => {
      const alone = await new LatentDirichletAllocation(input).fit(texts, { warmStart: earlier.model });
      const together = await new LatentDirichletAllocation({ ...input, workers: 3 }).fit(texts, { warmStart: earlier.model });
      expect(likelihoods(together)).toEqual(likelihoods(alone));
      expect(together.topicWord()).toEqual(alone.topicWord());
    });

    it('is where the earlier model was after a sweep, new documents and words among them', async () => {
      const more = [...texts, 'a1 a2 new', 'b3 new b4 b5'];
      const [warm] = likelihoods(await new LatentDirichletAllocation(input).fit(more, { warmStart: earlier.model }));
      const [cold] = likelihoods(await new LatentDirichletAllocation(input).fit(more));
      expect(warm).toBeGreaterThan(cold);
      expect(warm).toBeGreaterThan(likelihoods(earlier).at(-1)! - 0.3);
    });

    it('leaves words that keep a topic with theirs', async () => {
      const words = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`a${n}`, 1]));
      const { model } = await new LatentDirichletAllocation({ ...input, seedWords: words }).fit(texts, { warmStart: earlier.model });
      const [, second] = model.topics(20);
      expect(Object.keys(words).every((word) => second.words.some((found) => found.word === word))).toBe(true);
      const tokens = second.words.filter(({ word }) => word.startsWith('a')).reduce((sum, found) => sum + found.tokens, 0);
      expect(tokens).toBe(30 * 20);
    });
  });
});

describe('priors', () => {
  it('go on from those that were learned, unless others are asked for', async () => {
    const on = await new LatentDirichletAllocation({ topics: 2, sweeps: 1 }).fit(texts, { warmStart: earlier.model });
    expect(on.model.priors).toEqual(earlier.model.priors);
    const anew = await new LatentDirichletAllocation({ topics: 2, sweeps: 1, alpha: 3, beta: 2 }).fit(texts, { warmStart: earlier.model });
    expect(anew.model.priors).toEqual({ alpha: Float64Array.of(3, 3), beta: 2 });
  });
});
