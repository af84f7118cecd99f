/** Lasso workers inside the test's process, and the conventions that fits are tested under. */
import { Penalty } from '../../../models/lasso/penalty.js';
import { workerPrograms } from '../../../models/workers.js';
import type { Engine } from '../../../src/engine/engine.js';
import { Cluster } from '../../../src/runtime/cluster.js';
import { loopbackWorkers } from '../../runtime/loopback-workers.js';
import { asDense, asSparse, type Conventions } from './problems.js';

interface Hall {
  readonly workers: number;
  readonly shards: number;
  /** wasm where it is not said. */
  readonly engine?: () => Promise<Engine>;
}

/** Runs `use` on a cluster of `workers` workers that host `shards` logical shards. */
export async function withCluster<Result>({ workers, shards, engine }: Hall, use: (cluster: Cluster) => Promise<Result>): Promise<Result> {
  const hall = await loopbackWorkers(workers, () => workerPrograms, undefined, engine);
  try {
    return await use(new Cluster(hall.members, shards));
  } finally {
    await hall.close();
  }
}

export const CONVENTIONS: readonly Conventions[] = [true, false].flatMap((intercept) => [true, false].map((standardize) => ({ intercept, standardize })));

export const titleOf = ({ intercept, standardize }: Conventions) => `${intercept ? 'an intercept' : 'no intercept'}${standardize ? ', standardized' : ''}`;

export const STORAGES = [
  ['dense', asDense],
  ['sparse', asSparse],
] as const;

/** α ||β||₁. */
export const lassoPenalty = (alpha: number) => new Penalty(alpha, { l1Ratio: 1, weights: null, nonNegative: false });
