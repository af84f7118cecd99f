/** Where the library trains: in this process, or on workers that it starts and ends. */
import type { EngineRequest } from '../src/engine/choose-engine.js';
import { openInProcess, openProcesses, type Session } from '../src/runtime/session.js';
import { parseWorkers } from '../src/runtime/worker-request.js';
import { workerModule, workerPrograms } from './workers.js';

/** Where a fit runs: in this process with one wasm worker unless `workers` or `engine` say otherwise. */
export interface Placement {
  /** A number, or a list such as 'webgpu:1,wasm:2'. */
  readonly workers?: number | string | undefined;
  readonly engine?: EngineRequest | undefined;
}

/** Runs `use` with a session that is closed when it ends. */
export async function withSession<Result>({ workers, engine }: Placement, use: (session: Session) => Promise<Result>): Promise<Result> {
  const here = workers === undefined && engine === undefined;
  const session = here ? await openInProcess(workerPrograms) : await openProcesses({ workers: parseWorkers(String(workers ?? 1), engine ?? 'auto'), workerModule });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
