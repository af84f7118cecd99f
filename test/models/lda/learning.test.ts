/** Priors that are learned: each step is that of the formula, and the evidence rises. */
import { describe, expect, it } from 'vitest';
import { Operation } from '../../../models/lda/operations.js';
import type { LdaInput } from '../../../models/lda/options.js';
import { fitted } from './fits.js';
import { drawnSets, trainingSets } from './made-corpora.js';
import { alphaStep, betaStep, logJoint, sumOf, type ReferencePriors, type Token } from './reference.js';
import { plainTokens, tokensOf, watchedPrograms } from './watched.js';

/** A learning: the tokens it learned from, the priors at each of its steps, and those it ended with. */
interface Learned {
  readonly tokens: readonly Token[];
  readonly alphas: Float64Array[];
  readonly betas: number[];
  readonly priors: ReferencePriors;
}

async function learnings(train: ReturnType<typeof drawnSets>['train'], input: LdaInput): Promise<{ learned: Learned[]; fit: Awaited<ReturnType<typeof fitted>>['fit']; sweepsBefore: number[] }> {
  const learned: Learned[] = [];
  const sweepsBefore: number[] = [];
  let [alphas, betas]: [Float64Array[], number[]] = [[], []];
  let sweeps = 0;
  const programs = watchedPrograms({
    after: async (moment) => {
      const { operation, values } = moment.task;
      if (operation === Operation.Finish) sweeps++;
      if (operation === Operation.AlphaTerms) alphas.push(values.slice());
      if (operation === Operation.BetaTerms) betas.push(values[0]);
      if (operation !== Operation.SetPriors || alphas.length === 0) return;
      learned.push({ tokens: plainTokens(await tokensOf(moment)), alphas, betas, priors: { alpha: values.slice(0, -1), beta: values.at(-1)! } });
      sweepsBefore.push(sweeps);
      [alphas, betas] = [[], []];
    },
  });
  const { fit } = await fitted(trainingSets(train), { optimizeHyperparameters: true, ...input }, { programs });
  return { learned, fit, sweepsBefore };
}

const close = (found: number, expected: number) => expect(Math.abs(found / expected - 1)).toBeLessThan(1e-10);

describe('a step of the learning', () => {
  for (const sampler of ['exact', 'mh'] as const) {
    it(`is the fixed point's, for alpha by topic and beta: ${sampler}`, async () => {
      const { train } = drawnSets({ documents: 90, words: 40, length: 30, topics: 3, seed: 8, emptyEvery: 10 });
      const { learned, fit } = await learnings(train, { topics: 6, sweeps: 40, burnIn: 10, seed: 3, sampler });
      expect(learned).toHaveLength(3);
      for (const { tokens, alphas, betas, priors } of learned) {
        const [nextAlphas, nextBetas] = [[...alphas.slice(1), priors.alpha], [...betas.slice(1), priors.beta]];
        for (const [step, alpha] of alphas.entries()) for (const [k, value] of alphaStep(tokens, alpha).entries()) close(nextAlphas[step][k], value);
        for (const [step, beta] of betas.entries()) close(nextBetas[step], betaStep(tokens, beta, 6, train.words.count));
      }
      expect(fit.priors).toEqual(learned.at(-1)!.priors);
    });
  }
});

describe('learned priors', () => {
  it('raise the evidence of the topics that they were learned from, every time', async () => {
    const { train } = drawnSets({ documents: 120, words: 50, length: 30, topics: 4, seed: 21 });
    const { learned } = await learnings(train, { topics: 7, sweeps: 60, burnIn: 0, seed: 5 });
    expect(learned).toHaveLength(6);
    for (const { tokens, alphas, betas, priors } of learned) {
      const evidence = (own: ReferencePriors) => logJoint(tokens, own, train.words.count);
      expect(evidence(priors)).toBeGreaterThan(evidence({ alpha: alphas[0], beta: betas[0] }));
    }
  });

  it('give a topic that is everywhere more weight than one that is rare', async () => {
    const { train } = drawnSets({ documents: 150, words: 60, length: 30, topics: 2, seed: 6 });
    const { fit } = await fitted(trainingSets(train), { topics: 8, sweeps: 60, seed: 1, optimizeHyperparameters: true });
    const byTotal = Array.from(fit.totals, (_, k) => k).sort((a, b) => fit.totals[b] - fit.totals[a]);
    expect(fit.priors.alpha[byTotal[0]]).toBeGreaterThan(2 * fit.priors.alpha[byTotal[7]]);
    expect(sumOf(fit.priors.alpha)).not.toBeCloseTo(0.8, 2);
  });

  it('are never 0, also of a topic that no document has', async () => {
    const { train } = drawnSets({ documents: 30, words: 20, length: 10, topics: 2, seed: 6 });
    const { fit } = await fitted(trainingSets(train), { topics: 150, sweeps: 41, burnIn: 0, seed: 1, optimizeHyperparameters: true });
    expect(fit.totals).toContain(0);
    for (const value of fit.priors.alpha) expect(value).toBeGreaterThan(0);
    expect(fit.priors.beta).toBeGreaterThan(0);
  });

  it('come every ten sweeps from the burn-in on, and not after the last', async () => {
    const { train } = drawnSets({ documents: 30, words: 20, length: 10, topics: 2, seed: 6 });
    const at = async (sweeps: number, burnIn?: number) => (await learnings(train, { topics: 3, sweeps, ...(burnIn !== undefined && { burnIn }) })).sweepsBefore;
    expect(await at(40)).toEqual([10, 20, 30]);
    expect(await at(41, 15)).toEqual([15, 25, 35]);
    expect(await at(10, 0)).toEqual([1]);
    expect(await at(2)).toEqual([1]);
  });

  it('are left as they are unless asked for', async () => {
    const { train } = drawnSets({ documents: 30, words: 20, length: 10, topics: 2, seed: 6 });
    const { fit } = await fitted(trainingSets(train), { topics: 3, sweeps: 30, alpha: 0.7, beta: 0.03 });
    expect([...fit.priors.alpha]).toEqual([0.7, 0.7, 0.7]);
    expect(fit.priors.beta).toBe(0.03);
  });
});
