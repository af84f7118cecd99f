/** Shards that some workers read for themselves and others get sent: who does what, and that nobody sees a difference. */
import { afterEach, describe, expect, it } from 'vitest';
import { DataError, DuplicateEntryError, type Matrix } from '../../src/data/dataset.js';
import type { ShardPart, WorkerProgram } from '../../src/program.js';
import { Cluster, WorkerError } from '../../src/runtime/cluster.js';
import type { AddressedPart, Cut, Distribution } from '../../src/runtime/distribution.js';
import type { DataAnswer, DataOffer, LocalData } from '../../src/runtime/local-data.js';
import { jsonFrame, Verb } from '../../src/runtime/protocol.js';
import { loopbackWorkers, type LoopbackWorkers } from './loopback-workers.js';
import { only } from './toy-programs.js';

const SHARDS = 5;
const PARTS = 40;
const OFFER: DataOffer = { name: 'x.csv', file: 'x.csv', bytes: 1, digest: '0'.repeat(64), options: {} };
const MATRIX: Matrix = { kind: 'dense', rows: PARTS, columns: 2, entries: 2 * PARTS, columnNames: null, chunks: () => (async function* () {})(), close: () => Promise.resolve() };

/** Part i carries i, the recipe's i-th number and its factor. */
const distribution: Distribution = async function* (matrix, { description, arrays }) {
  for (let i = 0; i < matrix.rows; i++) yield { shard: i % SHARDS, part: [Float64Array.of(i, arrays[0][i], (description as { factor: number }).factor)] };
};

const cut: Cut = { matrix: MATRIX, distribution, recipe: { description: { factor: 7 }, arrays: [Float64Array.from({ length: PARTS }, (_, i) => i / 3)] } };

/** What every shard was opened with, part by part. */
type Ledger = Map<number, number[][]>;

function keeper(ledger: Ledger, change: Partial<WorkerProgram<null>> = {}): WorkerProgram<null> {
  return {
    open: async (_engine, { shard }, parts) => {
      const taken: number[][] = [];
      for await (const [numbers] of parts) taken.push([...numbers]);
      ledger.set(shard, taken);
      return null;
    },
    apply: () => undefined,
    push: () => [],
    ...change,
  };
}

const files = (answer: DataAnswer, change: Partial<LocalData> = {}): LocalData => ({
  look: () => Promise.resolve(answer),
  parts: (_program, recipe) => distribution(MATRIX, recipe),
  ...change,
});

const found = files({ found: '/data/x.csv' });
const missing = files({ missing: 'there is no x.csv' });

let workers: LoopbackWorkers;
afterEach(() => workers.close());

async function clusterOf(localData: readonly (LocalData | null)[], ledger: Ledger = new Map(), change: Partial<WorkerProgram<null>> = {}): Promise<Cluster> {
  workers = await loopbackWorkers(localData.length, () => only('toy', keeper(ledger, change)), (worker) => localData[worker]);
  return new Cluster(workers.members, SHARDS);
}

const distribute = (cluster: Cluster, what: Cut = cut) => cluster.distribute('toy', new Array(SHARDS).fill(null), what);

async function opened(localData: readonly (LocalData | null)[]): Promise<{ ledger: Ledger; cluster: Cluster }> {
  const ledger: Ledger = new Map();
  const cluster = await clusterOf(localData, ledger);
  if (cluster.possibleReaders.length > 0) await cluster.offer(OFFER);
  await distribute(cluster);
  return { ledger, cluster };
}

const sorted = (ledger: Ledger) => [...ledger].sort(([a], [b]) => a - b);

describe('shards', () => {
  it('are the same whoever reads them', async () => {
    const { ledger: streamed } = await opened([null]);
    await workers.close();
    expect([...streamed.values()].flat()).toHaveLength(PARTS);
    for (const hall of [[found], [found, null], [null, found, missing], [found, found, found]]) {
      const { ledger } = await opened(hall);
      await workers.close();
      expect(sorted(ledger)).toEqual(sorted(streamed));
    }
  });

  it('are told in the tally as read there or sent', async () => {
    const { cluster } = await opened([found, null, missing]);
    expect(cluster.tally().map(({ name, data }) => [name, data])).toEqual([['worker-0', 'local'], ['worker-1', 'streamed'], ['worker-2', 'streamed']]);
  });

  it('of the matrix itself are not even cut where every worker reads for itself', async () => {
    const cluster = await clusterOf([found, found]);
    await cluster.offer(OFFER);
    await distribute(cluster, { ...cut, distribution: () => { throw new Error('the scheduler cut the matrix'); } });
    expect(cluster.tally().every(({ data }) => data === 'local')).toBe(true);
  });

  it('that a worker reads wait for it to take them in, one at a time', async () => {
    let ahead = 0;
    let most = 0;
    const counted = async function* (parts: AsyncIterable<AddressedPart>) {
      for await (const one of parts) {
        most = Math.max(most, ++ahead);
        yield one;
      }
    };
    const slow = async (_engine: unknown, _header: unknown, parts: AsyncIterable<ShardPart>) => {
      for await (const part of parts) {
        ahead -= Math.min(1, part.length);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return null;
    };
    const cluster = await clusterOf([files({ found: 'x' }, { parts: (_program, recipe) => counted(distribution(MATRIX, recipe)) })], new Map(), { open: slow });
    await cluster.offer(OFFER);
    await distribute(cluster);
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('the event loop', () => {
  /** Parts without a pause between them, and for each whether the loop has turned since the one before. */
  function watched(turned: boolean[]): Distribution {
    return async function* (matrix, recipe) {
      let turns = 1;
      for await (const part of distribution(matrix, recipe)) {
        turned.push(turns > 0);
        turns = 0;
        setImmediate(() => turns++);
        yield part;
      }
    };
  }

  it('turns between the parts that a worker reads, so that heartbeats go on', async () => {
    const turned: boolean[] = [];
    const cluster = await clusterOf([files({ found: 'x' }, { parts: (_program, recipe) => watched(turned)(MATRIX, recipe) })]);
    await cluster.offer(OFFER);
    await distribute(cluster);
    expect(turned).toEqual(new Array(PARTS).fill(true));
  });

  it('turns between the parts that a scheduler passes over', async () => {
    const turned: boolean[] = [];
    const cluster = await clusterOf([found, null]);
    await cluster.offer(OFFER);
    const { shards } = cluster.tally()[0];
    const passedOver: Distribution = async function* (matrix, recipe) {
      for await (const one of watched(turned)(matrix, recipe)) yield { ...one, shard: one.shard % shards };
    };
    await distribute(cluster, { ...cut, distribution: passedOver });
    expect(turned).toEqual(new Array(PARTS).fill(true));
  });
});

describe('an offer', () => {
  it('goes to workers with a data folder that host shards, and tells what they answer', async () => {
    const cluster = await clusterOf([null, found, missing]);
    expect(cluster.possibleReaders).toEqual(['worker-1', 'worker-2']);
    expect(await cluster.offer(OFFER)).toEqual([
      { worker: 'worker-1', answer: { found: '/data/x.csv' } },
      { worker: 'worker-2', answer: { missing: 'there is no x.csv' } },
    ]);
  });

  it('goes to nobody without shards', async () => {
    const cluster = await clusterOf([null, null, null, null, null, null, found]);
    expect(cluster.possibleReaders).toEqual([]);
  });

  it('ends the run when a worker says that its file differs', async () => {
    const cluster = await clusterOf([null, files({ found: '' }, { look: () => Promise.reject(new DataError('two digests')) })]);
    const offered = cluster.offer(OFFER);
    await expect(offered).rejects.toBeInstanceOf(DataError);
    await expect(offered).rejects.toThrow(/^two digests$/);
    await expect(distribute(cluster)).rejects.toThrow('two digests');
  });

  it('ends when a worker leaves before it answers', async () => {
    const cluster = await clusterOf([files({ found: '' }, { look: () => new Promise(() => undefined) })]);
    const failing = expect(cluster.offer(OFFER)).rejects.toThrow(/^worker worker-0 is gone: /);
    await workers.links[0].close();
    await failing;
  });

  it.each([null, {}, { found: 3 }, 'found'])('ends the run when the answer is none: %j', async (answer) => {
    const cluster = await clusterOf([files({ found: '' }, { look: () => new Promise(() => undefined) })]);
    const offered = cluster.offer(OFFER);
    workers.links[0].send(jsonFrame(Verb.Answer, { round: 0, task: 0 }, answer));
    await expect(offered).rejects.toBeInstanceOf(WorkerError);
    await expect(offered).rejects.toThrow(/^worker worker-0 sent what a scheduler can't take: /);
  });

  it('is refused by a worker that has no files', async () => {
    const cluster = await clusterOf([null]);
    workers.members[0].link.send(jsonFrame(Verb.Offer, { round: 0, task: 0 }, OFFER));
    await expect(distribute(cluster)).rejects.toThrow(/^worker worker-0 failed: TypeError: this worker has no data of its own to read$/);
  });
});

describe('a worker that reads for itself', () => {
  const failing = (error: Error, after: number) =>
    files({ found: 'x' }, { parts: async function* (_program: string, recipe) {
      let count = 0;
      for await (const part of distribution(MATRIX, recipe)) {
        if (count++ === after) throw error;
        yield part;
      }
    } });

  it.each([0, 1, PARTS - 1])('ends the run when its data fail after %i parts', async (after) => {
    const cluster = await clusterOf([null, failing(new DataError('the file is gone'), after)]);
    await cluster.offer(OFFER);
    const loading = distribute(cluster);
    await expect(loading).rejects.toBeInstanceOf(DataError);
    await expect(loading).rejects.toThrow(/^the file is gone$/);
  });

  it('names itself when something unforeseen fails', async () => {
    const cluster = await clusterOf([failing(new RangeError('no memory'), 3)]);
    await cluster.offer(OFFER);
    const loading = distribute(cluster);
    await expect(loading).rejects.toBeInstanceOf(WorkerError);
    await expect(loading).rejects.toThrow('worker worker-0 failed: RangeError: no memory');
  });

  it('stops reading when a shard refuses its data, and tells the place', async () => {
    let read = 0;
    const endless = files({ found: 'x' }, { parts: async function* () {
      for (;; read++) yield { shard: read % SHARDS, part: [Float64Array.of(read)] };
    } });
    const cluster = await clusterOf([endless], new Map(), { open: async (_engine, { shard }, parts) => {
      for await (const [numbers] of parts) if (shard === 2 && numbers[0] > 10) throw new DuplicateEntryError(4, 1);
      return null;
    } });
    await cluster.offer(OFFER);
    await expect(distribute(cluster)).rejects.toMatchObject({ name: 'DataError', row: 4, column: 1 });
    const then = read;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBeLessThanOrEqual(then + 1);
  });
});
