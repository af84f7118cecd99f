/** The final estimate as an average of samples. */
import { describe, expect, it } from 'vitest';
import { Operation } from '../../../models/lda/operations.js';
import type { LdaInput } from '../../../models/lda/options.js';
import { fitted, tableOf } from './fits.js';
import { drawnSets, trainingSets } from './made-corpora.js';
import { sumOf } from './reference.js';
import { rowCounts, watchedPrograms } from './watched.js';

const { train } = drawnSets({ documents: 60, words: 40, length: 25, topics: 4, seed: 61 });

/** What was added when, by position of the word and topic. */
async function sampled(input: LdaInput, observer = {}) {
  const taken: { sweep: number; rows: Awaited<ReturnType<typeof rowCounts>> }[] = [];
  let sweep = 0;
  const programs = watchedPrograms({
    after: async (moment) => {
      if (moment.task.operation === Operation.Finish) sweep++;
      if (moment.task.operation === Operation.AddSample) taken.push({ sweep, rows: await rowCounts(moment) });
    },
  });
  return { taken, ...(await fitted(trainingSets(train), { topics: 6, seed: 2, ...input }, { programs, observer })) };
}

const sweepsOf = ({ taken }: Awaited<ReturnType<typeof sampled>>) => taken.map(({ sweep }) => sweep);

describe('samples', () => {
  for (const sampler of ['exact', 'mh'] as const) {
    it(`are averaged into the topics: ${sampler}`, async () => {
      const found = await sampled({ sweeps: 12, burnIn: 3, samples: 3, sampler, blockMib: 0.0004 });
      expect(sweepsOf(found)).toEqual([6, 9, 12]);
      const { fit, topics, taken } = found;
      expect(fit.samples).toBe(3);
      const table = tableOf(topics, 40);
      for (const [word, row] of table.entries()) {
        for (const [k, mean] of row.entries()) {
          const counts = taken.map(({ rows }) => rows.get(fit.layout.words.positionOf[word])?.get(k) ?? 0);
          expect(mean).toBeCloseTo(sumOf(counts) / 3, 12);
        }
      }
      for (const [k, total] of fit.totals.entries()) expect(total).toBeCloseTo(3 * sumOf(table.map((row) => row[k])), 9);
      expect(sumOf(fit.totals)).toBe(3 * train.tokens);
    });
  }

  it('are the same at any number of tiles', async () => {
    const [large, small] = [await sampled({ sweeps: 8, samples: 3 }), await sampled({ sweeps: 8, samples: 3, blockMib: 0.0004 })];
    expect(large.tiles).toBe(1);
    expect(small.tiles).toBeGreaterThan(1);
    expect(sumOf(large.topics.tokens)).toBeCloseTo(train.tokens, 9);
    expect(sumOf(small.topics.tokens)).toBeCloseTo(train.tokens, 9);
  });

  it('are spaced evenly after the burn-in, and as many as asked for', async () => {
    expect(sweepsOf(await sampled({ sweeps: 20, samples: 4 }))).toEqual([9, 13, 17, 20]);
    expect(sweepsOf(await sampled({ sweeps: 5, burnIn: 0, samples: 5 }))).toEqual([1, 2, 3, 4, 5]);
    expect(sweepsOf(await sampled({ sweeps: 10, burnIn: 8, samples: 2 }))).toEqual([9, 10]);
    expect(sweepsOf(await sampled({ sweeps: 7, burnIn: 0, samples: 2 }))).toEqual([4, 7]);
  });

  it('are the last sweep alone where one is enough', async () => {
    const found = await sampled({ sweeps: 4, samples: 1 });
    expect(found.taken).toEqual([]);
    expect(found.fit.samples).toBe(1);
    expect(sumOf(found.fit.totals)).toBe(train.tokens);
  });

  it('have the last sweep among them where a run is interrupted, also before the burn-in', async () => {
    const after = (sweeps: number) => ({ shouldStop: (() => { let asked = 0; return () => ++asked === sweeps; })() });
    for (const [sweeps, expected] of [[2, [2]], [7, [6, 7]], [9, [6, 9]]] as const) {
      const found = await sampled({ sweeps: 12, burnIn: 3, samples: 3 }, after(sweeps));
      expect(sweepsOf(found)).toEqual(expected);
      expect(found.fit).toMatchObject({ stopped: 'interrupted', samples: expected.length });
      expect(sumOf(found.fit.totals)).toBe(expected.length * train.tokens);
    }
  });
});
