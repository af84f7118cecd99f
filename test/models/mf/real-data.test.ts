/** MovieLens, where it lies beside the repository, against what other solvers reach. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MfInput } from '../../../models/mf/options.js';
import { fitted } from './fits.js';
import { readU1, U1 } from './movielens.js';

interface Reached {
  readonly input: MfInput;
  /** Test RMSE. */
  readonly most: number;
}

const reached: Reached[] = [
  { input: { algorithm: 'ccd', lambda: 0.12, sweeps: 15 }, most: 0.927 },
  { input: { algorithm: 'als', lambda: 0.12, sweeps: 15 }, most: 0.927 },
  { input: { algorithm: 'sgd', lambda: 0.09, rate: 0.04, sweeps: 20 }, most: 0.9195 },
];

describe('MovieLens 100K, the u1 split', () => {
  for (const { input, most } of reached) {
    it.skipIf(!existsSync(U1))(`is predicted with an RMSE of ${most} at most: rank 64, biases, ${JSON.stringify(input)}`, async () => {
      const { fit } = await fitted(await readU1(), { rank: 64, biases: true, evaluateEvery: input.sweeps!, ...input });
      expect(fit.best.test!.count).toBe(20_000);
      expect(fit.best.test!.rmse).toBeLessThanOrEqual(most);
      expect(fit.best.test!.rmse).toBeGreaterThan(0.9);
    });
  }
});
