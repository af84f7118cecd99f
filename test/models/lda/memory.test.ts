/** Memory a worker needs falls as workers are added: documents and the word-topic table are both sharded. */
import { describe, expect, it } from 'vitest';
import { Operation } from '../../../models/lda/operations.js';
import type { LdaInput } from '../../../models/lda/options.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import { fitted } from './fits.js';
import { corpusFrom, drawnBags, trainingSets } from './made-corpora.js';
import { sumOf } from './reference.js';
import { watchedPrograms } from './watched.js';

const WORDS = 9000;
const train = corpusFrom(drawnBags({ documents: 2500, words: WORDS, length: 150, topics: 40, seed: 19 }), WORDS, { batch: 1000 });
const engine = () => createWasmEngine({ memoryBytes: 2 ** 29 });

describe('at 4 workers each of them', () => {
  const ways: LdaInput[] = [
    { sampler: 'exact', topics: 100 },
    { sampler: 'mh', topics: 1000 },
    { sampler: 'mh', topics: 1000, samples: 2, burnIn: 0 },
    { sampler: 'exact', topics: 300, blockMib: 0.25 },
  ];
  for (const way of ways) {
    it(`holds at most .35 of what one alone does: ${JSON.stringify(way)}`, async () => {
      const input = { sweeps: 2, ...way };
      const [one, four] = [(await fitted(trainingSets(train), input, { engine })).fit, (await fitted(trainingSets(train), input, { engine, workers: 4 })).fit];
      expect(one.bytesPerWorker).toHaveLength(1);
      expect(four.bytesPerWorker).toHaveLength(4);
      // At least a topic a token, and what the rows count.
      const least = 4 * train.tokens + sumOf(one.layout.words.counts.map((tokens) => 4 * Math.min(tokens, way.topics!)));
      expect(one.bytesPerWorker[0]).toBeGreaterThan(least);
      expect(sumOf(four.bytesPerWorker)).toBeGreaterThan(least);
      expect(Math.max(...four.bytesPerWorker) / one.bytesPerWorker[0]).toBeLessThanOrEqual(0.35);
    });
  }
});

describe('the word-topic table', () => {
  for (const blockMib of [16, 0.25]) {
    it(`is with no worker as a whole, and with all of them together, at ${blockMib} MiB a block`, async () => {
      const workers = 4;
      const held: number[][] = [];
      const bytes = new Set<number>();
      const programs = watchedPrograms({
        before: async ({ task: { operation, ids }, tables: { rotation, slots } }) => {
          if (operation !== Operation.Sample) return;
          const own = Array.from({ length: rotation.blocks }, (_, block) => block).filter((block) => slots.has(block));
          expect(own.length).toBeLessThanOrEqual(rotation.blocksAShard);
          (held[ids[1] * rotation.blocks + ids[0]] ??= []).push(...own);
          bytes.add(slots.buffer.bytes);
        },
      });
      const { fit: { layout } } = await fitted(trainingSets(train), { topics: 100, sweeps: 2, blockMib }, { engine, programs, workers });
      for (const blocks of held) expect(new Set(blocks).size).toBe(blocks.length);
      for (const size of bytes) expect(size).toBe(layout.blocksAShard * layout.slotLength * 4);
      const whole = sumOf(layout.words.counts.map((tokens) => Math.min(tokens, 100) + 2)) * 4;
      expect(Math.max(...bytes)).toBeLessThan(0.3 * whole);
      if (blockMib < 1) expect(layout.blocksAShard).toBeGreaterThan(1);
    });
  }
});

describe('bytes moved', () => {
  it('are the rows\' way round the workers, and next to nothing with one', async () => {
    const of = async (workers: number) => (await fitted(trainingSets(train), { topics: 100, sweeps: 3 }, { engine, workers })).fit;
    const [one, two] = [await of(1), await of(2)];
    // Each of 4 blocks crosses between 2 workers twice in its 4 steps, over two links each time.
    const rows = 4 * (sumOf(two.layout.words.counts.map((tokens) => Math.min(tokens, 20))) + 2 * WORDS);
    expect(one.bytesMovedPerSweep).toBeLessThan(rows / 10);
    expect(two.bytesMovedPerSweep).toBeGreaterThan(one.bytesMovedPerSweep + rows);
  });
});
