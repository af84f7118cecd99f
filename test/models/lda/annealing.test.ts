/** Beta falls to that of the prior while a training begins, and no later than anything is made of the samples. */
import { describe, expect, it } from 'vitest';
import { annealedBeta, annealingOf, NO_ANNEALING } from '../../../models/lda/schedule/annealing.js';
import { Operation } from '../../../models/lda/operations.js';
import { ldaOptionsSchema, type LdaInput } from '../../../models/lda/options.js';
import { fitted } from './fits.js';
import { drawnSets, trainingSets } from './made-corpora.js';
import { watchedPrograms } from './watched.js';

const annealing = (input: LdaInput) => annealingOf(40_000, 500, ldaOptionsSchema.parse({ topics: 10, ...input }));

describe('annealing', () => {
  it('begins where half a topic\'s tokens are smoothing, and falls by one factor a sweep', () => {
    const start = annealing({ sweeps: 10 });
    const betas = Array.from({ length: start.sweeps + 2 }, (_, sweep) => annealedBeta(start, 0.01, sweep));
    expect(betas[0]).toBeCloseTo((0.5 * 40_000) / (10 * 500), 12);
    for (let sweep = 2; sweep <= start.sweeps; sweep++) expect(betas[sweep]! / betas[sweep - 1]!).toBeCloseTo(betas[1]! / betas[0]!, 9);
    expect(betas[1]!).toBeLessThan(betas[0]!);
    expect(betas.slice(-2)).toEqual([0.01, 0.01]);
  });

  it('does not depend on the number of sweeps, so that a run is the beginning of a longer one', () => {
    expect(annealing({ sweeps: 10 })).toEqual(annealing({ sweeps: 1000 }));
  });

  it.each([{ optimizeHyperparameters: true, burnIn: 20 }, { samples: 5, burnIn: 20 }])('is over when the burn-in is: %o', (input) => {
    expect(annealing({ sweeps: 200, ...input }).sweeps).toBe(20);
    expect(annealing({ sweeps: 1000, ...input, burnIn: 900 }).sweeps).toBe(annealing({}).sweeps);
  });

  it('leaves a beta alone that is larger than what it would begin with, and any where topics are known', () => {
    expect(annealedBeta(annealing({}), 5, 0)).toBe(5);
    expect(annealedBeta(NO_ANNEALING, 0.01, 0)).toBe(0.01);
  });

  it('is what the workers sample with, while they judge with the prior', async () => {
    const { train, test } = drawnSets({ documents: 60, words: 40, length: 30, topics: 4, seed: 17, emptyEvery: 14 });
    const [sampled, priors]: [number[], Set<number>] = [[], new Set()];
    const programs = watchedPrograms({
      after: async ({ task: { operation, ids: [step] }, tables: { priors: { beta, sampledBeta } } }) => {
        if (operation === Operation.Sample && step === 0) sampled.push(sampledBeta);
        priors.add(beta);
      },
    });
    await fitted({ ...trainingSets(train), test }, { topics: 4, sweeps: 3, beta: 0.02 }, { programs });
    const start = annealingOf(train.tokens, train.words.count, ldaOptionsSchema.parse({ topics: 4 }));
    expect(sampled).toEqual([0, 1, 2].map((sweep) => annealedBeta(start, 0.02, sweep)));
    expect(sampled[0]!).toBeGreaterThan(0.2);
    expect([...priors]).toEqual([0.02]);
  });
});
