/** One seed gives one model, whoever computes it. */
import { describe, expect, it } from 'vitest';
import type { LdaInput } from '../../../models/lda/options.js';
import { memoryNetworks } from '../../runtime/peer-networks.js';
import { bitsOf, findingsOf, fitted } from './fits.js';
import { drawnSets, wordOf } from './made-corpora.js';

const sets = drawnSets({ documents: 120, words: 90, length: 30, topics: 6, seed: 3, emptyEvery: 13 });

/** Several blocks a shard, and several batches of held-out documents. */
const SMALL_BLOCKS = 0.0006;
const common: LdaInput = { topics: 12, sweeps: 6, seed: 5, evaluateEvery: 2 };

const refinements: LdaInput[] = [
  {},
  { blockMib: SMALL_BLOCKS },
  { optimizeHyperparameters: true, sweeps: 22, burnIn: 4, evaluateEvery: 11 },
  { validationFraction: 0.1, patience: 1, sweeps: 60, evaluateEvery: 1, blockMib: SMALL_BLOCKS },
  { samples: 3, burnIn: 1, blockMib: SMALL_BLOCKS },
  { seedWords: { [wordOf(0)]: 3, [wordOf(7)]: 11 }, blockMib: SMALL_BLOCKS },
  { strategy: 'data-parallel' },
  { strategy: 'data-parallel', lag: 3, blockMib: SMALL_BLOCKS, optimizeHyperparameters: true, sweeps: 12, burnIn: 0 },
  { strategy: 'data-parallel', lag: 1, samples: 3, burnIn: 1, blockMib: SMALL_BLOCKS },
];
const ways = (['exact', 'mh'] as const).flatMap((sampler) => refinements.map((refinement): LdaInput => ({ sampler, ...refinement })));

describe('a topic model', () => {
  for (const way of ways) {
    it(`has the same bits for 1, 2, 3, 4 and 5 workers: ${JSON.stringify(way)}`, async () => {
      const input = { ...common, ...way };
      const alone = await fitted(sets, input);
      if (way.blockMib) expect(alone.fit.layout.blocksAShard).toBeGreaterThan(1);
      if (way.patience) {
        expect(alone.fit.stopped).toBe('validation');
        expect(alone.fit.best.sweep).toBeLessThan(alone.fit.sweeps);
      }
      for (const workers of [2, 3, 4, 5]) {
        const together = await fitted(sets, input, { workers });
        expect(bitsOf(together)).toEqual(bitsOf(alone));
        expect(findingsOf(together)).toEqual(findingsOf(alone));
        expect(together.tally.filter(({ shards, pushes }) => shards > 0 && pushes > 0)).toHaveLength(Math.min(workers, 4));
      }
    });
  }

  it('has them whichever way blocks go from worker to worker', async () => {
    for (const sampler of ['exact', 'mh'] as const) {
      const input: LdaInput = { ...common, sampler, blockMib: SMALL_BLOCKS };
      const relayed = await fitted(sets, input, { workers: 3 });
      for (const listens of [() => true, (worker: number) => worker === 1]) {
        const direct = await fitted(sets, input, { workers: 3, networks: memoryNetworks(listens) });
        expect(bitsOf(direct)).toEqual(bitsOf(relayed));
        expect(findingsOf(direct)).toEqual(findingsOf(relayed));
      }
    }
  });

  it('depends on the seed', async () => {
    for (const sampler of ['exact', 'mh'] as const) {
      const [first, second, again] = [await fitted(sets, { ...common, sampler, seed: 1 }), await fitted(sets, { ...common, sampler, seed: 2 }), await fitted(sets, { ...common, sampler, seed: 1 })];
      expect(bitsOf(first).topics).not.toEqual(bitsOf(second).topics);
      expect(bitsOf(first)).toEqual(bitsOf(again));
    }
  });

  it('depends on the sampler, and names it', async () => {
    const [exact, mh, auto] = [await fitted(sets, { ...common, sampler: 'exact' }), await fitted(sets, { ...common, sampler: 'mh' }), await fitted(sets, common)];
    expect(exact.fit.sampler).toBe('exact');
    expect(mh.fit.sampler).toBe('mh');
    expect(bitsOf(auto)).toEqual(bitsOf(exact));
    expect(bitsOf(mh).topics).not.toEqual(bitsOf(exact).topics);
  });
});

describe('the order of what a corpus hands over', () => {
  it('counts where the documents do, not in which batches they come', async () => {
    const one = drawnSets({ documents: 60, words: 40, length: 20, topics: 3, seed: 9 });
    const whole = { ...one, train: { ...one.train, batches: () => [joinedBatch([...one.train.batches()])] } };
    expect(bitsOf(await fitted(whole, common))).toEqual(bitsOf(await fitted(one, common)));
  });
});

function joinedBatch(batches: readonly { readonly starts: Uint32Array; readonly words: Uint32Array; readonly counts: Uint32Array }[]) {
  const starts = [0];
  for (const batch of batches) {
    const before = starts.at(-1)!;
    starts.push(...[...batch.starts.subarray(1)].map((start) => before + start));
  }
  const join = (of: 'words' | 'counts') => Uint32Array.from(batches.flatMap((batch) => [...batch[of]]));
  return { first: 0, starts: Uint32Array.from(starts), words: join('words'), counts: join('counts') };
}
