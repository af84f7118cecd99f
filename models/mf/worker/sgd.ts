/** Stochastic gradient descent on a worker: each shard's ratings with its block, stratum by stratum. */
import { mf } from '#kernels';
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardParcel, Task } from '../../../src/program.js';
import { GROUPS } from '../cells.js';
import { lengthOfLists, rowsOfTable } from './counts.js';
import type { BlockBuffer, Shards } from './shard.js';
import { handOver, workOnBlocks } from './turn.js';

const CARRIED: readonly BlockBuffer[] = ['factors', 'states'];

export async function* descend(engine: Engine, { ids: [step] }: Task, shards: Shards): AsyncGenerator<ShardParcel> {
  workOnBlocks(shards, step, ({ description, arrays, users }, block, number) => {
    const { shape: { ranks, stride }, rate, nonNegative } = description;
    const buffers = {
      starts: arrays.get('descentStarts')!, rowIds: arrays.get('descentRows')!, columnIds: arrays.get('descentColumns')!, values: arrays.get('descentValues')!,
      rows: users.get('factors')!, columns: block.get('factors')!, rowStates: users.get('states')!, columnStates: block.get('states')!,
    };
    const tables = { rows: rowsOfTable(buffers.rows, stride), columns: rowsOfTable(buffers.columns, stride) };
    for (let stratum = 0; stratum < GROUPS; stratum++) {
      const first = (number * GROUPS + stratum) * GROUPS;
      engine.dispatch({ kernel: mf.sgd, buffers, parameters: { first, count: GROUPS, ranks, stride, rate, nonnegative: Number(nonNegative) }, workgroups: GROUPS, ...lengthOfLists(buffers.starts, first, GROUPS, 'ratings', tables) });
    }
  });
  yield* handOver(engine, shards, step, CARRIED);
}
