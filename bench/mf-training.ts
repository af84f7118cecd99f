/**
 * A factorization trained as the command does it. In: ratings in memory, options, how many workers of which kind. Out: the report of every
 * sweep, and what the run cost. Every training has workers of its own.
 */
import { mfShards } from '../models/mf/distribute.js';
import { fitMf, type MfFit, type SweepReport } from '../models/mf/fit.js';
import { mfOptionsSchema, type MfInput } from '../models/mf/options.js';
import { workerModule } from '../models/workers.js';
import { openWorkers } from '../src/runtime/session.js';
import { parseWorkers } from '../src/runtime/worker-request.js';
import type { MeasuredSets } from './mf-sets.js';
import type { Context } from './runner/benchmark.js';

/** Test errors are part of every report: the measurement always has a test set. */
export type Sweep = Pick<SweepReport, 'sweep' | 'objective' | 'seconds' | 'wallSeconds' | 'ratingsPerSecond'> & {
  readonly trainRmse: number;
  readonly validationRmse: number | null;
  readonly testRmse: number;
};

export interface Training extends Pick<MfFit, 'sweeps' | 'stopped' | 'seconds' | 'wallSeconds' | 'bytesPerWorker' | 'bytesMovedPerSweep'> {
  readonly engine: string;
  readonly adapter: string;
  readonly history: readonly Sweep[];
  /** The sweep whose factors were kept. */
  readonly best: Sweep;
}

export async function train(sets: MeasuredSets, input: MfInput, { workers, engine: { kind } }: Pick<Context, 'workers' | 'engine'>): Promise<Training> {
  const options = mfOptionsSchema.parse(input);
  const session = await openWorkers({ workers: parseWorkers(String(workers), kind), workerModule });
  try {
    const fit = await fitMf(session.cluster(mfShards(sets.train.count, sets.train.users.count, options)), sets, options);
    const { sweeps, stopped, seconds, wallSeconds, bytesPerWorker, bytesMovedPerSweep } = fit;
    const [{ kind: engine, adapter }] = session.members;
    return { engine, adapter, sweeps, stopped, seconds, wallSeconds, bytesPerWorker, bytesMovedPerSweep, history: fit.history.map(sweepOf), best: sweepOf(fit.best) };
  } finally {
    await session.close();
  }
}

function sweepOf({ sweep, objective, seconds, wallSeconds, ratingsPerSecond, train: own, validation, test }: SweepReport): Sweep {
  return { sweep, objective, seconds, wallSeconds, ratingsPerSecond, trainRmse: own.rmse, validationRmse: validation && validation.rmse, testRmse: test!.rmse };
}
