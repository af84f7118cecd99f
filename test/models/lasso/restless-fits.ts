/** Fits whose shards have no rest, beside the undisturbed ones. */
import { expect } from 'vitest';
import { Operation as ColumnOperation, COLUMN_PROGRAM } from '../../../models/lasso/column-cut/operations.js';
import { Operation } from '../../../models/lasso/row-cut/operations.js';
import { workerPrograms } from '../../../models/workers.js';
import type { Engine } from '../../../src/engine/engine.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import type { WorkerProgram } from '../../../src/program.js';
import { Cluster } from '../../../src/runtime/cluster.js';
import { loopbackWorkers, type Programs } from '../../runtime/loopback-workers.js';
import { bitsOf, fitOn, type Fitted } from './every-fit.js';
import { RestlessShards } from './restless-shards.js';

const SHARDS = 6;
const SEEDS = [1, 2, 3];

const wasmEngine = () => createWasmEngine({ memoryBytes: 1 << 26 });

async function fitWith(programs: Programs, makeEngine: () => Promise<Engine>, fitted: Fitted): Promise<object> {
  const hall = await loopbackWorkers(1, () => programs, undefined, makeEngine);
  try {
    return bitsOf(await fitOn(new Cluster(hall.members, SHARDS), fitted));
  } finally {
    await hall.close();
  }
}

/** The fit's bits, undisturbed and with shards that are disturbed in many ways, are the same. */
export async function expectSameUnderUnrest(fitted: Fitted, makeEngine = wasmEngine, seeds: readonly number[] = SEEDS): Promise<void> {
  const undisturbed = await fitWith(workerPrograms, makeEngine, fitted);
  const unrest = { spoiled: 0, moved: 0, rolledBack: 0, replayed: 0 };
  for (const seed of seeds) {
    const restless = [
      ['lasso', new RestlessShards(workerPrograms.get('lasso')!, makeEngine, seed, [Operation.Scale])],
      [COLUMN_PROGRAM, new RestlessShards(workerPrograms.get(COLUMN_PROGRAM)!, makeEngine, seed, [ColumnOperation.Prepare])],
    ] as const;
    expect(await fitWith(new Map(restless as unknown as [string, WorkerProgram][]), makeEngine, fitted)).toEqual(undisturbed);
    for (const [, { unrest: done }] of restless) for (const kind of Object.keys(unrest) as (keyof typeof unrest)[]) unrest[kind] += done[kind];
  }
  for (const times of Object.values(unrest)) expect(times).toBeGreaterThan(0);
}
