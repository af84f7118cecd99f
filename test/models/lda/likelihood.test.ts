/** The joint likelihood that is reported is that of the tokens' topics. */
import { describe, expect, it } from 'vitest';
import { Operation } from '../../../models/lda/operations.js';
import type { LdaInput } from '../../../models/lda/options.js';
import { fitted } from './fits.js';
import { drawnSets, wordOf } from './made-corpora.js';
import { logJoint } from './reference.js';
import { plainTokens, tokensOf, watchedPrograms } from './watched.js';

const ways: LdaInput[] = [
  {},
  { topics: 1 },
  { topics: 70, blockMib: 0.001 },
  { alpha: 3, beta: 0.5 },
  { optimizeHyperparameters: true, burnIn: 1, sweeps: 24 },
  { seedWords: { [wordOf(2)]: 0 } },
  { topics: 2500, sampler: 'mh' },
];

describe('the joint likelihood', () => {
  for (const [seed, way] of ways.entries()) {
    it(`is that of the definition at every report: ${JSON.stringify(way)}`, async () => {
      const { train } = drawnSets({ documents: 120, words: 50, length: 40, topics: 4, seed: 40 + seed, emptyEvery: 9 });
      const expected: number[] = [];
      const programs = watchedPrograms({
        after: async (moment) => {
          if (moment.task.operation !== Operation.Likelihood) return;
          const { alpha, beta } = moment.tables.priors;
          expected.push(logJoint(plainTokens(await tokensOf(moment)), { alpha, beta }, train.words.count) / train.tokens);
        },
      });
      const { fit } = await fitted({ train, validation: null, test: null }, { topics: 8, sweeps: 4, evaluateEvery: 1, seed, ...way }, { programs });
      expect(expected).toHaveLength(fit.history.length);
      for (const [at, { logLikelihoodPerToken }] of fit.history.entries()) expect(Math.abs(logLikelihoodPerToken / expected[at] - 1)).toBeLessThan(1e-12);
    });
  }

  it('rises while topics form', async () => {
    const { train } = drawnSets({ documents: 200, words: 60, length: 40, topics: 5, seed: 4 });
    for (const sampler of ['exact', 'mh'] as const) {
      const { fit: { history } } = await fitted({ train, validation: null, test: null }, { topics: 5, sweeps: 40, evaluateEvery: 20, seed: 1, sampler });
      const [first] = (await fitted({ train, validation: null, test: null }, { topics: 5, sweeps: 1, seed: 1, sampler })).fit.history;
      expect(history[0].logLikelihoodPerToken).toBeGreaterThan(first.logLikelihoodPerToken + 0.3);
    }
  });
});
