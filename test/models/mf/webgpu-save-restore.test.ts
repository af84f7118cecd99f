/** Shards that move from GPU to GPU in the middle of a training end with the same bits. */
import { it } from 'vitest';
import type { MfInput } from '../../../models/mf/options.js';
import { describeOnWebGpu, makeWebGpuEngine } from '../../engine/lane.js';
import { expectSameBits } from './disturbed-fits.js';
import { chosen, lowRank, setsOf } from './ratings.js';

const recipe = { users: 20, items: 24, rank: 2, density: 0.4, seed: 31, noise: 0.4, shift: 3 };
const ways: MfInput[] = [{ algorithm: 'ccd', biases: true }, { algorithm: 'als', implicit: true }, { algorithm: 'sgd', blockMib: 0.0002 }];

describeOnWebGpu('shards that are rolled back and moved between tasks', () => {
  for (const way of ways) {
    it(`end with the same bits: ${JSON.stringify(way)}`, async () => {
      const { train, validation, test } = way.implicit ? chosen(recipe) : lowRank(recipe);
      await expectSameBits(setsOf(train, { validation, test }), { ...way, rank: 3, sweeps: 1 }, { engine: makeWebGpuEngine, crews: 2 }, { engine: makeWebGpuEngine });
    });
  }
});
