/** Where the library trains: in this process, or on workers that it starts and ends; and what is recorded of it. */
import type { EngineRequest } from '../src/engine/choose-engine.js';
import { assertTraceWritable } from '../src/report/trace/trace-file.js';
import { openInProcess } from '../src/runtime/in-process.js';
import type { CheckpointPlan } from '../src/runtime/checkpoint-plan.js';
import type { CheckpointOptions } from '../src/runtime/planned-fit.js';
import { RunProfile } from '../src/runtime/run-profile.js';
import { openWorkers, type Session } from '../src/runtime/session.js';
import { parseWorkers } from '../src/runtime/worker-request.js';
import { workerModule, workerPrograms } from './workers.js';

/** Where a fit runs: in this process with one wasm worker unless `workers` or `engine` say otherwise. */
export interface Placement {
  /** A number, or a list such as 'webgpu:1,wasm:2'. */
  readonly workers?: number | string | undefined;
  readonly engine?: EngineRequest | undefined;
  /** A file for a trace of every fit, in place of the one before; `strads profile FILE` prints its tables. DataError where it can't be written. */
  readonly profile?: string | undefined;
  /** Checkpoints of the fit, for one to go on from that was interrupted. */
  readonly checkpoint?: CheckpointOptions | undefined;
}

/** Runs `use` with a session that is closed when it ends. `checkpoint`: the plan that was made of the placement's. */
export async function withSession<Result>({ workers, engine, profile: path }: Placement, use: (session: Session) => Promise<Result>, checkpoint?: CheckpointPlan): Promise<Result> {
  if (path !== undefined) await assertTraceWritable(path);
  const profile = path === undefined ? null : new RunProfile(path, 'fit');
  const here = workers === undefined && engine === undefined;
  const session = here ? await openInProcess(workerPrograms, { profile, checkpoint }) : await openWorkers({ workers: parseWorkers(String(workers ?? 1), engine ?? 'auto'), workerModule, profile, checkpoint });
  try {
    const result = await use(session);
    await profile?.finish();
    return result;
  } finally {
    profile?.discard();
    await session.close();
  }
}
