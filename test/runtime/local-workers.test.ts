/** Workers on this machine, processes and threads, hand blocks to each other directly, and are lost like any worker. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mfShards } from '../../models/mf/distribute.js';
import { fitMf } from '../../models/mf/fit.js';
import { mfOptionsSchema } from '../../models/mf/options.js';
import { readFactors } from '../../models/mf/rows.js';
import { workerModule } from '../../models/workers.js';
import { ISOLATIONS, type Isolation } from '../../src/runtime/seats.js';
import { openWorkers, type WorkerSessionOptions } from '../../src/runtime/session.js';
import { lowRank, setsOf } from '../models/mf/ratings.js';

const sets = setsOf(lowRank({ users: 47, items: 53, rank: 2, density: 0.35, seed: 31 }).train);

const TWO: WorkerSessionOptions = { workers: [{ engine: 'wasm', count: 2 }], workerModule };

/** `swept` is called after each sweep. */
async function trained(algorithm: 'als' | 'sgd', { swept, ...options }: Partial<WorkerSessionOptions> & { readonly swept?: (sweep: number) => void }) {
  const session = await openWorkers({ ...TWO, ...options });
  try {
    const mf = mfOptionsSchema.parse({ algorithm, rank: 4, sweeps: 3, seed: 5 });
    const cluster = session.cluster(mfShards(sets.train.count, sets.train.users.count, mf));
    const { layout, best } = await fitMf(cluster, sets, mf, swept ? { swept: ({ sweep }) => swept(sweep) } : {});
    const tiles: Float32Array[] = [];
    for await (const { rows } of readFactors(cluster, layout, 'item', mf.blockMib)) tiles.push(rows.slice());
    return { tiles, objective: best.objective, direct: cluster.bytesDirect, relayed: cluster.bytesRelayed };
  } finally {
    await session.close();
  }
}

function childrenOfThis(): number[] {
  const text = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
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

  it('that are processes and killed are made up for, to the same bits, and none stays', async () => {
    const before = childrenOfThis();
    const calm = await trained('als', { isolate: 'process' });
    const victims: number[] = [];
    const shaken = await trained('als', {
      isolate: 'process',
      swept: (sweep) => {
        if (sweep > 1) return;
        victims.push(childrenOfThis().find((pid) => !before.includes(pid))!);
        process.kill(victims[0]!, 'SIGKILL');
      },
    });
    expect(victims).toHaveLength(1);
    expect([shaken.tiles, shaken.objective]).toEqual([calm.tiles, calm.objective]);
    expect(childrenOfThis().filter((pid) => !before.includes(pid))).toEqual([]);
  });
});
