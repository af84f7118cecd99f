/** Every token is counted once by documents and once by rows, after every sweep; workers know the topics' totals, and shards err little in between. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Operation } from '../../../models/lda/operations.js';
import type { LdaInput } from '../../../models/lda/options.js';
import { ldaWorker } from '../../../models/lda/worker/program.js';
import { fitted } from './fits.js';
import { KOS, readKos } from './kos.js';
import { drawnSets, wordOf } from './made-corpora.js';
import { sumOf } from './reference.js';
import { afterSweeps, counted, documentCounts, rowCounts, tokensOf, type Moment } from './watched.js';

const sets = drawnSets({ documents: 90, words: 60, length: 25, topics: 5, seed: 17, emptyEvery: 11 });

/** Tokens of each topic by documents, by rows and as the worker knows them. */
interface Audited {
  readonly documents: number[];
  readonly rows: number[];
  readonly known: number[];
}

/** What a worker's audit finds. */
async function auditOf({ engine, shards, tables }: Moment): Promise<Audited> {
  const sums = [0, 1].map(() => new Array<number>(tables.description.topics).fill(0));
  const task = { operation: Operation.Audit, ids: new Uint32Array(0), values: new Float64Array(0) };
  for await (const pushed of ldaWorker.push(engine, task, shards)) {
    if (!('chunk' in pushed)) throw new Error('an audit hands nothing over');
    for (const [k, count] of pushed.chunk.values.entries()) sums[pushed.chunk.channel][k] += count;
  }
  return { documents: sums[0], rows: sums[1], known: [...tables.priors.truth] };
}

/** What all workers find, by sweep. */
async function audited(train: typeof sets, input: LdaInput, workers: number): Promise<{ audits: Audited[][]; fit: Awaited<ReturnType<typeof fitted>>['fit'] }> {
  const audits: Audited[][] = [];
  const sweepOf = new Map<unknown, number>();
  const programs = afterSweeps(async (moment) => {
    const sweep = (sweepOf.get(moment.engine) ?? -1) + 1;
    sweepOf.set(moment.engine, sweep);
    (audits[sweep] ??= []).push(await auditOf(moment));
  });
  const { fit } = await fitted(train, input, { workers, programs });
  return { audits, fit };
}

const added = (lists: readonly (readonly number[])[]) => lists[0].map((_, k) => sumOf(lists.map((list) => list[k])));

const ways: [workers: number, input: LdaInput][] = (['exact', 'mh'] as const).flatMap((sampler): [number, LdaInput][] => [
  [1, { sampler }],
  [3, { sampler, blockMib: 0.0005 }],
  [2, { sampler, optimizeHyperparameters: true, burnIn: 2, sweeps: 12 }],
  [4, { sampler, blockMib: 0.0005, seedWords: { [wordOf(1)]: 2 } }],
  [3, { sampler, blockMib: 0.0005, strategy: 'data-parallel', lag: 2 }],
]);

describe('after every sweep', () => {
  for (const [workers, way] of ways) {
    it(`documents and rows count the same tokens, and every worker knows it, with ${workers} workers: ${JSON.stringify(way)}`, async () => {
      const sweeps = way.sweeps ?? 6;
      const input = { topics: 9, sweeps, seed: 2, evaluateEvery: 1, ...way };
      const { audits, fit } = await audited(sets, input, workers);
      expect(audits).toHaveLength(sweeps);
      for (const found of audits) {
        expect(found).toHaveLength(workers);
        const [documents, rows] = [added(found.map((audit) => audit.documents)), added(found.map((audit) => audit.rows))];
        expect(sumOf(documents)).toBe(sets.train.tokens);
        expect(rows).toEqual(documents);
        for (const { known } of found) expect(known).toEqual(documents);
      }
      expect([...fit.totals]).toEqual(added(audits[fit.best.sweep - 1].map((audit) => audit.rows)));
      for (const { sError } of fit.history) {
        expect(sError).toBeGreaterThan(0);
        expect(sError).toBeLessThanOrEqual(2);
      }
    });
  }
});

describe('the lists of a worker', () => {
  for (const sampler of ['exact', 'mh'] as const) {
    it(`count what the tokens are, document by document and word by word: ${sampler}`, async () => {
      let looks = 0;
      const programs = afterSweeps(async (moment) => {
        const tokens = await tokensOf(moment);
        expect(tokens.map(({ number }) => number)).toEqual(tokens.map((_, number) => number));
        expect(tokens).toHaveLength(sets.train.tokens);
        for (const token of tokens) expect(token.counted).toBe(token.current);
        expect(await rowCounts(moment)).toEqual(counted(tokens, ({ word }) => word));
        for (const place of moment.tables.places) {
          const own = tokens.filter(({ shard }) => shard === place.shard.number);
          expect(await documentCounts(moment, place)).toEqual(counted(own, ({ document }) => document));
        }
        looks++;
      });
      await fitted(sets, { topics: 9, sweeps: 4, seed: 2, sampler, blockMib: 0.0005 }, { programs });
      expect(looks).toBe(4);
    });

    it(`are sorted, full entries first, also where a count does not fit one: ${sampler}`, async () => {
      const programs = afterSweeps(async ({ engine, tables: { documents, documentCount, bits } }) => {
        const [bytes] = await engine.read([{ buffer: documents }]);
        const region = new Uint32Array(bytes);
        for (let d = 0; d < documentCount; d++) {
          const entries = [...region.subarray(region[d], region[d] + region[documentCount + 1 + d])];
          expect(region[d] + entries.length).toBeLessThanOrEqual(region[d + 1]);
          const topics = entries.map((entry) => entry & (2 ** bits - 1));
          expect(topics).toEqual([...topics].sort((a, b) => a - b));
          expect(new Set(topics).size).toBe(topics.length);
          for (const entry of entries) expect(entry >>> bits).toBeGreaterThan(0);
        }
      });
      await fitted(sets, { topics: 9, sweeps: 2, seed: 2, sampler }, { programs });
    });
  }
});

describe('KOS at 100 topics', () => {
  it.skipIf(!existsSync(KOS))('has an s-error below .01 from the second sweep on', async () => {
    const { train, close } = await readKos();
    const { fit } = await fitted({ train, validation: null, test: null }, { topics: 100, sweeps: 4, seed: 1, evaluateEvery: 1 });
    close();
    for (const { sError } of fit.history.slice(1)) expect(sError).toBeLessThan(0.01);
  });
});
