/**
 * The worker's half of a user's own program, by the address of its module: code never travels over the bus.
 * In: the program's name and module. Out: the half, held to its interface.
 */
import type { GpuJs } from '../engine/gpujs.js';
import type { WorkerProgram } from '../program.js';
import { heldWorker } from './contract.js';
import { UsageError } from './worker-request.js';

/** Default export of a worker module: makes the worker's half. `gpujs` makes kernels of plain JavaScript functions. */
export type WorkerFactory<Shard = unknown> = (gpujs: GpuJs) => WorkerProgram<Shard> | Promise<WorkerProgram<Shard>>;

/** Which program a worker serves, in a form that crosses to its process. */
export interface OwnProgram {
  readonly name: string;
  /** Address of the module whose default export is the WorkerFactory. */
  readonly module: string;
}

/** Loads the module. Throws UsageError that says why it is none. */
export async function loadFactory({ name, module }: OwnProgram): Promise<WorkerFactory> {
  const whose = `program ${name}: its worker module ${module}`;
  const loaded = (await import(module).catch((error: Error) => {
    throw new UsageError(`${whose} can't be loaded: ${error.name}: ${error.message.split('\n')[0]}`, { cause: error });
  })) as { default?: unknown };
  if (typeof loaded.default === 'function') return loaded.default as WorkerFactory;
  throw new UsageError(`${whose} has ${loaded.default === undefined ? 'no default export' : `a default export of type ${typeof loaded.default}`}, expected a function: export default (gpujs) => ({ open, push, apply })`);
}

/** Makes the worker's half. Throws UsageError when a function is missing; what the factory throws passes. */
export async function makeWorkerHalf(program: OwnProgram, gpujs: GpuJs): Promise<WorkerProgram> {
  const factory = await loadFactory(program);
  const half = (await factory(gpujs)) as Partial<WorkerProgram> | undefined;
  const missing = (['open', 'push', 'apply'] as const).filter((name) => typeof half?.[name] !== 'function');
  if (missing.length > 0) throw new UsageError(`program ${program.name}: what the default export of ${program.module} returns has no function ${missing.join(', ')}; expected { open, push, apply }`);
  return heldWorker(program.name, half as WorkerProgram);
}
