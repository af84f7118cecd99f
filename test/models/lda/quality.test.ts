/** How good topics get on real documents, with margins that only a mistake uses up. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitted } from './fits.js';
import { KOS, readKos } from './kos.js';

describe('KOS at 100 topics', () => {
  it.skipIf(!existsSync(KOS))('has a held-out perplexity below 1680 after 30 sweeps of the exact sampler', async () => {
    const { train, test, close } = await readKos();
    const { fit } = await fitted({ train, validation: null, test }, { topics: 100, sweeps: 30, seed: 1, evaluateEvery: 30, sampler: 'exact' }, { workers: 2 });
    close();
    expect(fit.best.test!.perplexity).toBeLessThan(1680);
    expect(fit.best.test!.tokens).toBeGreaterThan(27_000);
  });

  it.skipIf(!existsSync(KOS))('has one below 1600 after 40 sweeps of Metropolis–Hastings', async () => {
    const { train, test, close } = await readKos();
    const { fit } = await fitted({ train, validation: null, test }, { topics: 100, sweeps: 40, seed: 1, evaluateEvery: 40, sampler: 'mh' }, { workers: 2 });
    close();
    expect(fit.best.test!.perplexity).toBeLessThan(1600);
  });
});
