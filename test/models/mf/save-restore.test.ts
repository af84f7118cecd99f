/** A shard's state is all that push and receive make of it: rolled back and moved in the middle of a training, shards end with the same bits. */
import { describe, it } from 'vitest';
import { Operation } from '../../../models/mf/operations.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import { expectSameBits } from './disturbed-fits.js';
import { fitted, warmFrom } from './fits.js';
import { chosen, lowRank, setsOf } from './ratings.js';
import { common, ways } from './ways.js';

const recipe = { users: 47, items: 53, rank: 2, density: 0.35, seed: 31, noise: 0.4, shift: 3, skewed: true };
const heldOut = ({ train, validation, test }: ReturnType<typeof lowRank>) => setsOf(train, { validation, test });
const rated = heldOut(lowRank(recipe));
const counted = heldOut(chosen(recipe));

describe('shards that are rolled back and moved between tasks', () => {
  for (const way of ways) {
    it(`end with the same bits, and give all their memory back: ${JSON.stringify(way)}`, async () => {
      for (const seed of [1, 2, 3]) await expectSameBits(way.implicit ? counted : rated, { ...common, ...way }, { seed });
    });
  }

  it('keep the factors of the best validation', async () => {
    const { train, validation, test } = lowRank({ users: 40, items: 40, rank: 1, density: 0.3, seed: 51, noise: 1.5, shift: 3 });
    const sets = setsOf(train, { validation, test });
    for (const input of [{ algorithm: 'ccd', rank: 12 }, { algorithm: 'als', rank: 12, cgSteps: 1 }, { algorithm: 'sgd', rank: 8, rate: 0.1 }] as const) {
      await expectSameBits(sets, { ...input, lambda: 0.001, sweeps: 40, validationFraction: 0.1, patience: 3 }, { snapshots: 0.05, rollbacks: () => 0.03 });
    }
  });

  it('go on from a warm start', async () => {
    for (const algorithm of ['ccd', 'als', 'sgd'] as const) {
      const warm = warmFrom(await fitted(rated, { ...common, algorithm }));
      await expectSameBits(rated, { ...common, algorithm }, {}, { warm });
    }
  });

  it('sum a Gram matrix of several slices anew', async () => {
    const engine = () => createWasmEngine({ memoryBytes: 1 << 28 });
    await expectSameBits(counted, { algorithm: 'als', implicit: true, rank: 1028, sweeps: 1, cgSteps: 1 }, { engine, rollbacks: ({ operation }) => (operation === Operation.Gram ? 0.5 : 0) }, { engine });
  });
});
