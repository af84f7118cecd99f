/** A topic model trained on a GPU has the same bits when its shards are saved, restored and moved. */
import { expect, it } from 'vitest';
import { ldaShards } from '../../../models/lda/layout.js';
import type { LdaInput } from '../../../models/lda/options.js';
import { describeOnWebGpu, makeWebGpuEngine } from '../../engine/lane.js';
import { bitsOf, findingsOf, fitted, fittedOn } from './fits.js';
import { drawnSets } from './made-corpora.js';
import { MovingShards } from './moving-shards.js';

const sets = drawnSets({ documents: 40, words: 24, length: 25, topics: 3, seed: 5, emptyEvery: 11 });
const ways: LdaInput[] = [
  { sampler: 'exact', topics: 5, blockMib: 0.0002 },
  { sampler: 'mh', topics: 40, samples: 2, burnIn: 0 },
  { sampler: 'mh', topics: 5, strategy: 'data-parallel' },
];

describeOnWebGpu('a topic model whose shards are saved, restored and moved', () => {
  for (const way of ways) {
    it(`has the bits of an undisturbed one: ${JSON.stringify(way)}`, async () => {
      const input: LdaInput = { sweeps: 3, evaluateEvery: 3, seed: 3, ...way };
      const undisturbed = await fitted(sets, input, { engine: makeWebGpuEngine });
      const engines = [await makeWebGpuEngine(), await makeWebGpuEngine()];
      const moving = new MovingShards(engines, ldaShards(sets.train.tokens), 2, 25);
      const disturbed = await fittedOn(moving.cluster, sets, input);
      expect(bitsOf(disturbed)).toEqual(bitsOf(undisturbed));
      expect(findingsOf(disturbed)).toEqual(findingsOf(undisturbed));
      expect(Math.min(...Object.values(moving.happened) as number[])).toBeGreaterThan(0);
      for (const engine of engines) await engine.close();
    });
  }
});
