/** Shards that are saved, restored and moved in the middle of a training end in the model that shards at rest end in. */
import { describe, expect, it } from 'vitest';
import { ldaShards } from '../../../models/lda/layout.js';
import type { LdaInput } from '../../../models/lda/options.js';
import type { WarmStart } from '../../../models/lda/warm-start.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import { bitsOf, findingsOf, fitted, fittedOn } from './fits.js';
import { drawnSets, wordOf } from './made-corpora.js';
import { MovingShards, type Checkpoint, type Happenings } from './moving-shards.js';

const sets = drawnSets({ documents: 120, words: 90, length: 30, topics: 6, seed: 3, emptyEvery: 13 });

/** Several blocks a shard, and several batches of held-out documents. */
const SMALL_BLOCKS = 0.0006;
const common: LdaInput = { topics: 12, sweeps: 5, seed: 5, evaluateEvery: 2 };

const refinements: LdaInput[] = [
  {},
  { blockMib: SMALL_BLOCKS },
  { optimizeHyperparameters: true, validationFraction: 0.1, patience: 12, sweeps: 22, burnIn: 1, alpha: 0.01, seed: 8 },
  { validationFraction: 0.1, patience: 1, sweeps: 60, evaluateEvery: 1, blockMib: SMALL_BLOCKS },
  { samples: 3, burnIn: 1, blockMib: SMALL_BLOCKS },
  { seedWords: { [wordOf(0)]: 3, [wordOf(7)]: 11 }, blockMib: SMALL_BLOCKS },
  { strategy: 'data-parallel' },
  { strategy: 'data-parallel', lag: 3, blockMib: SMALL_BLOCKS, optimizeHyperparameters: true, sweeps: 12, burnIn: 0 },
  { strategy: 'data-parallel', lag: 1, samples: 3, burnIn: 1, blockMib: SMALL_BLOCKS },
];
const starts = ['cold', 'warm'] as const;
const ways = (['exact', 'mh'] as const).flatMap((sampler) => refinements.flatMap((refinement) => starts.map((start) => ({ start, input: { ...common, sampler, ...refinement } }))));

const earlier = await fitted(sets, { ...common, seed: 8, optimizeHyperparameters: true, burnIn: 1 });
const warmStart: WarmStart = {
  priors: earlier.fit.priors,
  words: sets.train.words,
  async *tiles() {
    yield { first: 0, ...earlier.topics };
  },
};

async function disturbed(input: LdaInput, warm: WarmStart | null, seed: number, percent: number, from: Checkpoint | null = null) {
  const engines = await Promise.all(Array.from({ length: WORKERS }, () => createWasmEngine({ memoryBytes: 2 ** 26 })));
  const moving = new MovingShards(engines, ldaShards(sets.train.tokens), seed, percent, from);
  const ended = await fittedOn(moving.cluster, sets, input, undefined, warm);
  for (const engine of engines) await engine.close();
  return { moving, ended };
}

const WORKERS = 3;
const SEEDS = [1, 2, 3];

describe('a topic model whose shards are saved, restored and moved', () => {
  for (const { start, input } of ways) {
    it(`has the bits of an undisturbed one: ${start}, ${JSON.stringify(input)}`, async () => {
      const warm = start === 'warm' ? warmStart : null;
      const undisturbed = await fitted(sets, input, { warm });
      const happened: Happenings[] = [];
      for (const seed of SEEDS) {
        const { moving, ended } = await disturbed(input, warm, seed, 12);
        expect(bitsOf(ended)).toEqual(bitsOf(undisturbed));
        expect(findingsOf(ended)).toEqual(findingsOf(undisturbed));
        happened.push(moving.happened);
      }
      for (const what of ['moves', 'saves', 'restores', 'cuts', 'replayed'] as const) expect(happened.some((one) => one[what] > 0)).toBe(true);
    });
  }
});

describe('a topic model that goes on from a checkpoint', () => {
  for (const { start, input } of ways) {
    it(`has the bits and the history of the one that went through, wherever it goes on: ${start}, ${JSON.stringify(input)}`, async () => {
      const warm = start === 'warm' ? warmStart : null;
      const through = await disturbed(input, warm, 1, 0);
      expect(through.moving.checkpoints).toHaveLength(through.ended.fit.sweeps - 1);
      for (const [at, checkpoint] of through.moving.checkpoints.entries()) {
        const { ended } = await disturbed(input, warm, at, at % 2 === 0 ? 0 : 10, checkpoint);
        expect(bitsOf(ended)).toEqual(bitsOf(through.ended));
        expect(findingsOf(ended)).toEqual(findingsOf(through.ended));
        const before = through.ended.fit.history.filter(({ sweep }) => sweep <= at + 1);
        expect(ended.fit.history.slice(0, before.length)).toEqual(before);
      }
    });
  }
});
