/** A topic model trained on a GPU counts every token, has the same bits at any number of workers, and finds what a CPU finds. */
import { expect, it } from 'vitest';
import type { LdaInput } from '../../../models/lda/options.js';
import { describeOnWebGpu, makeWebGpuEngine } from '../../engine/lane.js';
import { bitsOf, findingsOf, fitted, tableOf } from './fits.js';
import { corpusFrom, drawnBags, wordOf } from './made-corpora.js';
import { completionPerplexity, logJoint, phiOf, sumOf } from './reference.js';
import { afterSweeps, counted, documentCounts, plainTokens, rowCounts, tokensOf } from './watched.js';

const WORDS = 24;
const bags = drawnBags({ documents: 40, words: WORDS, length: 25, topics: 3, seed: 5, emptyEvery: 11 });
const held = bags.slice(30);
const sets = { train: corpusFrom(bags.slice(0, 30), WORDS), validation: null, test: corpusFrom(held, WORDS) };
const ways: LdaInput[] = [
  { sampler: 'exact', topics: 5, seedWords: { [wordOf(1)]: 2 } },
  { sampler: 'mh', topics: 40, samples: 2, burnIn: 0 },
];

describeOnWebGpu('a topic model', () => {
  for (const way of ways) {
    it(`counts every token, is the same from 2 workers, and close to a CPU's: ${JSON.stringify(way)}`, async () => {
      const input: LdaInput = { sweeps: 3, evaluateEvery: 3, seed: 3, ...way };
      let likelihood = 0;
      const programs = afterSweeps(async (moment) => {
        const tokens = await tokensOf(moment);
        expect(tokens).toHaveLength(sets.train.tokens);
        expect(await rowCounts(moment)).toEqual(counted(tokens, ({ word }) => word));
        for (const place of moment.tables.places) {
          expect(await documentCounts(moment, place)).toEqual(counted(tokens.filter(({ shard }) => shard === place.shard.number), ({ document }) => document));
        }
        const { alpha, beta } = moment.tables.priors;
        likelihood = logJoint(plainTokens(tokens), { alpha, beta }, WORDS) / sets.train.tokens;
      });
      const one = await fitted(sets, input, { engine: makeWebGpuEngine, programs });
      const { fit: { best, priors } } = one;
      expect(best.logLikelihoodPerToken).toBeCloseTo(likelihood, 10);
      const truth = completionPerplexity(held, phiOf(tableOf(one.topics, WORDS), priors.beta), priors.alpha);
      expect(Math.abs(best.test!.perplexity / truth.perplexity - 1)).toBeLessThan(1e-4);
      expect(sumOf(one.topics.tokens)).toBeCloseTo(sets.train.tokens, 9);

      const two = await fitted(sets, input, { engine: makeWebGpuEngine, workers: 2 });
      expect(bitsOf(two)).toEqual(bitsOf(one));
      expect(findingsOf(two)).toEqual(findingsOf(one));

      const cpu = await fitted(sets, input);
      expect(Math.abs(best.test!.perplexity / cpu.fit.best.test!.perplexity - 1)).toBeLessThan(0.1);
    });
  }
});
