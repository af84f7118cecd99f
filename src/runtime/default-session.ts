/** Workers when nobody says how many: one for a GPU, else one a core, and for a small run one in this process. */
import { availableParallelism } from 'node:os';
import { chooseEngine, type EngineRequest } from '../engine/choose-engine.js';
import type { WorkerProgram } from '../program.js';
import { openInProcess } from './in-process.js';
import { openWorkers, type Session, type WorkerSessionOptions } from './session.js';

/** What a run without a word about workers is given by. */
export interface DefaultSession {
  readonly engine: EngineRequest;
  /** The run would be over in this process before worker processes had been started and loaded. */
  readonly isSmall: boolean;
  readonly programs: ReadonlyMap<string, WorkerProgram>;
}

export async function openDefault(options: Omit<WorkerSessionOptions, 'workers'>, { engine, isSmall, programs }: DefaultSession): Promise<Session> {
  const { kind, why } = await chooseEngine(engine);
  if (kind === 'webgpu' || options.listen || !isSmall) return openWorkers({ ...options, workers: [{ engine, count: kind === 'webgpu' ? 1 : availableParallelism() }] });
  options.notice?.(why);
  options.notice?.('the run is small: one worker, in this process (--workers N for more)');
  return openInProcess(programs, options);
}
