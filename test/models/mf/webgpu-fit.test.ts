/** A training on a GPU rounds in its own way, and finds what the CPU finds. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mfOptionsSchema, type MfInput } from '../../../models/mf/options.js';
import { describeOnWebGpu, makeWebGpuEngine } from '../../engine/lane.js';
import { fitted } from './fits.js';
import { readU1, U1 } from './movielens.js';
import { chosen, lowRank, setsOf } from './ratings.js';
import { objectiveOf, problemOf, tablesOf } from './reference.js';

const recipe = { users: 90, items: 70, rank: 3, density: 0.4, seed: 71, noise: 0.3, shift: 3, skewed: true };
const ways: MfInput[] = [
  { algorithm: 'ccd', biases: true },
  { algorithm: 'ccd', implicit: true },
  { algorithm: 'als', biases: true, blockMib: 0.0002 },
  { algorithm: 'als', implicit: true },
  { algorithm: 'sgd', biases: true },
];

describeOnWebGpu('a factorization', () => {
  for (const way of ways) {
    it(`is trained, and as without a GPU: ${JSON.stringify(way)}`, async () => {
      const { train, test } = way.implicit ? chosen(recipe) : lowRank(recipe);
      const sets = setsOf(train, { test });
      const input = { ...way, rank: 6, sweeps: 3, evaluateEvery: 3, lambda: 0.05 };
      const onGpu = await fitted(sets, input, { engine: makeWebGpuEngine });
      const onCpu = await fitted(sets, input);
      const [gpu, cpu] = [onGpu.fit.best, onCpu.fit.best];
      expect(Math.abs(gpu.objective / cpu.objective - 1)).toBeLessThan(1e-3);
      if (way.implicit) expect(gpu.test!.ndcg).toBeCloseTo(cpu.test!.ndcg!, 2);
      else expect(Math.abs(gpu.test!.rmse - cpu.test!.rmse)).toBeLessThan(1e-3);
      const truth = objectiveOf(problemOf(sets.train, onGpu.fit.layout.shape, onGpu.mean, mfOptionsSchema.parse(input)), tablesOf(onGpu));
      expect(Math.abs(gpu.objective / truth - 1)).toBeLessThan(1e-4);
    });
  }
});

describeOnWebGpu('MovieLens 100K at rank 16', () => {
  for (const input of [{ algorithm: 'ccd', lambda: 0.12, sweeps: 2 }, { algorithm: 'als', lambda: 0.12, sweeps: 1, cgSteps: 2 }, { algorithm: 'sgd', lambda: 0.09, rate: 0.04, sweeps: 2 }] as const) {
    it.skipIf(!existsSync(U1))(`has the test RMSE of a CPU within .001: ${JSON.stringify(input)}`, async () => {
      const sets = await readU1();
      const options = { rank: 16, biases: true, evaluateEvery: input.sweeps, ...input };
      const [onGpu, onCpu] = [await fitted(sets, options, { engine: makeWebGpuEngine }), await fitted(sets, options)];
      expect(Math.abs(onGpu.fit.best.test!.rmse - onCpu.fit.best.test!.rmse)).toBeLessThan(0.001);
    }, 300_000);
  }
});
