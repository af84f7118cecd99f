/** Workers on this machine, processes and threads, hand blocks to each other directly, and are lost like any worker. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { mfShards } from '../../models/mf/distribute.js';
import { fitMf } from '../../models/mf/fit.js';
import { mfOptionsSchema } from '../../models/mf/options.js';
import { readFactors } from '../../models/mf/rows.js';
import { workerModule } from '../../models/workers.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { ISOLATIONS, type Isolation } from '../../src/runtime/seats.js';
import { openWorkers, type WorkerSessionOptions } from '../../src/runtime/session.js';
import { lowRank, setsOf } from '../models/mf/ratings.js';

const sets = setsOf(lowRank({ users: 47, items: 53, rank: 2, density: 0.35, seed: 31 }).train);

const TWO: WorkerSessionOptions = { workers: [{ engine: 'wasm', count: 2 }], workerModule };

interface Course {
  readonly sweeps?: number;
  /** Goes on beside the training. */
  readonly during?: (cluster: Cluster) => Promise<void>;
}

async function trained(algorithm: 'als' | 'sgd', options: Partial<WorkerSessionOptions>, { sweeps = 3, during = () => Promise.resolve() }: Course = {}) {
  const session = await openWorkers({ ...TWO, ...options });
  try {
    const mf = mfOptionsSchema.parse({ algorithm, rank: 4, sweeps, evaluateEvery: sweeps, seed: 5 });
    const cluster = session.cluster(mfShards(sets.train.count, sets.train.users.count, mf));
    const [{ layout, best }] = await Promise.all([fitMf(cluster, sets, mf), during(cluster)]);
    const tiles: Float32Array[] = [];
    for await (const { rows } of readFactors(cluster, layout, 'item', mf.blockMib)) tiles.push(rows.slice());
    return { tiles, objective: best.objective, direct: cluster.bytesDirect, relayed: cluster.bytesRelayed, lost: cluster.incidents.filter(({ what }) => what === 'lost').length };
  } finally {
    await session.close();
  }
}

async function childrenOfThis(): Promise<number[]> {
  const text = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

describe.each(ISOLATIONS)('workers that are each a %s', (isolate: Isolation) => {
  it.each(['als', 'sgd'] as const)('send blocks directly unless told otherwise, to the same bits: %s', async (algorithm) => {
    const [direct, relayed] = [await trained(algorithm, { isolate }), await trained(algorithm, { isolate, parcels: 'relayed' })];
    expect(direct.tiles).toEqual(relayed.tiles);
    expect(direct.objective).toBe(relayed.objective);
    expect([direct.relayed, relayed.direct]).toEqual([0, 0]);
    expect(direct.direct).toBe(relayed.relayed);
    expect(direct.direct).toBeGreaterThan(0);
  });

  it('end the run before it begins where they can’t start', async () => {
    await expect(openWorkers({ ...TWO, workerModule: new URL('./dying-worker.mjs', import.meta.url), isolate })).rejects.toThrow(/^worker wasm-\d ended unexpectedly \(exit code 3\), 3 times in a row without getting anywhere$/);
  });
});

describe('workers', () => {
  it('give the same bits as threads and as processes', async () => {
    const [threads, processes] = [await trained('als', { isolate: 'thread' }), await trained('als', { isolate: 'process' })];
    expect(threads).toEqual(processes);
  });

  it('that are processes and killed one after the other leave the bits of the undisturbed run', async () => {
    const before = await childrenOfThis();
    const workers = async () => (await childrenOfThis()).filter((pid) => !before.includes(pid));
    const killBoth = async (cluster: Cluster) => {
      const first = await workers();
      for (const [at, pid] of first.entries()) {
        while (cluster.completed < 100 * (at + 1)) await new Promise((resolve) => setTimeout(resolve, 5));
        process.kill(pid, 'SIGKILL');
      }
    };
    const undisturbed = await trained('als', { isolate: 'process' }, { sweeps: 40 });
    const disturbed = await trained('als', { isolate: 'process' }, { sweeps: 40, during: killBoth });
    expect(disturbed.tiles).toEqual(undisturbed.tiles);
    expect(disturbed.lost).toBeGreaterThan(0);
    expect(await workers()).toEqual([]);
  });
});
