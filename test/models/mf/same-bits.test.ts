/** One seed gives one model, whoever computes it. */
import { describe, expect, it } from 'vitest';
import type { MfInput } from '../../../models/mf/options.js';
import { memoryNetworks } from '../../runtime/peer-networks.js';
import { bitsOf, findingsOf, fitted } from './fits.js';
import { chosen, lowRank, setsOf } from './ratings.js';
import { common, SMALL_BLOCKS, ways } from './ways.js';

const recipe = { users: 47, items: 53, rank: 2, density: 0.35, seed: 31, noise: 0.4, shift: 3, skewed: true };
const heldOut = ({ train, validation, test }: ReturnType<typeof lowRank>) => setsOf(train, { validation, test });
const rated = heldOut(lowRank(recipe));
const counted = heldOut(chosen(recipe));

describe('a model', () => {
  for (const way of ways) {
    it(`has the same bits for 1, 2, 3, 5 and 9 workers: ${JSON.stringify(way)}`, async () => {
      const sets = way.implicit ? counted : rated;
      const input = { ...common, ...way };
      const alone = await fitted(sets, input);
      if (way.blockMib) expect(alone.fit.layout.blocksAShard).toBeGreaterThan(1);
      for (const workers of [2, 3, 5, 9]) {
        const together = await fitted(sets, input, { workers });
        expect(bitsOf(together)).toEqual(bitsOf(alone));
        expect(findingsOf(together)).toEqual(findingsOf(alone));
        expect(together.tally.filter(({ shards, pushes }) => shards > 0 && pushes > 0)).toHaveLength(Math.min(workers, 8));
      }
    });
  }

  it('has them whichever way blocks go from worker to worker', async () => {
    for (const way of ways) {
      const sets = way.implicit ? counted : rated;
      const input = { ...common, ...way };
      const relayed = await fitted(sets, input, { workers: 3 });
      for (const listens of [() => true, (worker: number) => worker === 1]) {
        const direct = await fitted(sets, input, { workers: 3, networks: memoryNetworks(listens) });
        expect(bitsOf(direct)).toEqual(bitsOf(relayed));
        expect(findingsOf(direct)).toEqual(findingsOf(relayed));
      }
    }
  });

  it('depends on the seed', async () => {
    for (const algorithm of ['ccd', 'als', 'sgd'] as const) {
      const [first, second, again] = [await fitted(rated, { ...common, algorithm, seed: 1 }), await fitted(rated, { ...common, algorithm, seed: 2 }), await fitted(rated, { ...common, algorithm, seed: 1 })];
      expect(bitsOf(first)).not.toEqual(bitsOf(second));
      expect(bitsOf(first)).toEqual(bitsOf(again));
    }
  });
});

describe('the block budget', () => {
  it('changes which blocks travel, and where training ends hardly at all', async () => {
    for (const algorithm of ['ccd', 'als'] as const) {
      const input: MfInput = { rank: 4, lambda: 0.1, algorithm, sweeps: 200, tol: 1e-7, evaluateEvery: 4 };
      const [large, small] = [await fitted(rated, input), await fitted(rated, { ...input, blockMib: SMALL_BLOCKS / 2 })];
      expect(small.fit.layout.items.parts).toBeGreaterThan(large.fit.layout.items.parts);
      expect(Math.abs(small.fit.best.objective / large.fit.best.objective - 1)).toBeLessThan(1e-3);
    }
  });

  it('moves factors between workers only where there are several', async () => {
    const [one, two] = [await fitted(rated, { ...common, algorithm: 'sgd' }), await fitted(rated, { ...common, algorithm: 'sgd' }, { workers: 2 })];
    expect(one.fit.bytesMovedPerSweep).toBeGreaterThan(0);
    // 8 blocks in 8 steps each cross from one worker to the other twice, over two links.
    const factors = rated.train.items.count * (one.stride + 4) * 4;
    expect(two.fit.bytesMovedPerSweep - one.fit.bytesMovedPerSweep).toBeGreaterThan(2 * 2 * factors);
  });
});
