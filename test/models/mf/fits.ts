/** Factorizations on workers inside the test's process, and their factors by index of the id. */
import { createHash } from 'node:crypto';
import { mfShards, type Layout, type RatingSets } from '../../../models/mf/distribute.js';
import { fitMf, type MfFit, type MfObserver } from '../../../models/mf/fit.js';
import { MF_PROGRAM } from '../../../models/mf/operations.js';
import { mfOptionsSchema, type MfInput } from '../../../models/mf/options.js';
import { readFactors, type WarmStart } from '../../../models/mf/rows.js';
import type { Side } from '../../../models/mf/shape.js';
import { workerPrograms } from '../../../models/workers.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { WorkerProgram } from '../../../src/program.js';
import { Cluster, type Member, type MemberTally } from '../../../src/runtime/cluster.js';
import { loopbackWorkers } from '../../runtime/loopback-workers.js';
import type { Networks } from '../../runtime/peer-networks.js';

/** Rows of a side by index of the id, `stride` numbers each. */
export interface Factors {
  readonly stride: number;
  readonly mean: number;
  readonly user: Float32Array;
  readonly item: Float32Array;
}

export interface Fitted extends Factors {
  readonly fit: MfFit;
  readonly tally: readonly MemberTally[];
}

export interface Circumstances {
  readonly workers?: number;
  /** wasm where it is not said. */
  readonly engine?: () => Promise<Engine>;
  readonly observer?: MfObserver;
  readonly warm?: WarmStart;
  /** How workers reach each other; by the scheduler alone where it is not said. */
  readonly networks?: Networks;
  /** The worker half, where it is not the usual one. */
  readonly half?: WorkerProgram;
  readonly makeCluster?: (members: readonly Member[], shards: number) => Cluster;
}

export async function fitted(sets: RatingSets, input: MfInput, { workers = 1, engine, observer, warm, networks, half, makeCluster = (members, shards) => new Cluster(members, shards) }: Circumstances = {}): Promise<Fitted> {
  const options = mfOptionsSchema.parse(input);
  const hall = await loopbackWorkers(workers, () => (half ? new Map([[MF_PROGRAM, half]]) : workerPrograms), undefined, engine, undefined, networks);
  try {
    const cluster = makeCluster(hall.members, mfShards(sets.train.count, sets.train.users.count, options));
    const fit = await fitMf(cluster, sets, options, observer, warm);
    const [user, item] = [await rowsById(cluster, fit.layout, 'user', options.blockMib), await rowsById(cluster, fit.layout, 'item', options.blockMib)];
    return { fit, tally: cluster.tally(), stride: fit.layout.shape.stride, mean: fit.mean, user, item };
  } finally {
    await hall.close();
  }
}

async function rowsById(cluster: Cluster, layout: Layout, side: Side, blockMib: number): Promise<Float32Array> {
  const { stride } = layout.shape;
  const { rowAt } = side === 'user' ? layout.users : layout.items;
  const found = new Float32Array(rowAt.length * stride);
  for await (const { first, rows } of readFactors(cluster, layout, side, blockMib)) {
    for (let at = 0; at < rows.length / stride; at++) found.set(rows.subarray(at * stride, (at + 1) * stride), rowAt[first + at] * stride);
  }
  return found;
}

/** A training that goes on from these factors. */
export function warmFrom({ stride, mean, user, item }: Factors): WarmStart {
  const tables = { user, item };
  return { mean, row: (side, index) => ((index + 1) * stride <= tables[side].length ? tables[side].slice(index * stride, (index + 1) * stride) : null) };
}

const digest = (rows: Float32Array) => createHash('sha256').update(new Uint8Array(rows.buffer)).digest('hex');

/** Equal where every bit is. */
export const bitsOf = ({ user, item }: Factors) => ({ user: digest(user), item: digest(item) });

/** What is not a clock's, and must be the same at any number of workers. */
export const findingsOf = ({ fit: { history, best, sweeps, stopped, mean } }: Fitted) => ({
  reports: history.map(({ sweep, objective, train, validation, test }) => ({ sweep, objective, train, validation, test })),
  best: best.sweep,
  sweeps,
  stopped,
  mean,
});
