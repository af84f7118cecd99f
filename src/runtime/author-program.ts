/** A program as its author writes it: the scheduler's half as a class, and the address of the worker's half. */
import type { Commit, SchedulerProgram, Sums, Task, VariableRange } from '../program.js';
import type { OwnProgram } from './own-program.js';
import { UsageError } from './worker-request.js';

/** Where a program's worker half lies. */
export interface WorkerHalf {
  /** Name of the program in messages and reports; the same on every machine of a run. */
  readonly name: string;
  /** Module whose default export is a WorkerFactory, as in `new URL('./worker.mjs', import.meta.url)`. */
  readonly worker: URL;
}

export interface ProgramOptions extends WorkerHalf {
  /** Most variables in a task and in a commit. */
  readonly block: number;
}

/** The scheduler's half; a subclass keeps the model's state and writes `schedule` and `pull`. */
export abstract class Program implements SchedulerProgram, ProgramOptions {
  readonly name: string;
  readonly worker: URL;
  readonly block: number;

  /** Throws UsageError when an option makes no sense. */
  constructor({ name, worker, block }: ProgramOptions) {
    ownProgram({ name, worker });
    if (!Number.isSafeInteger(block) || block < 1) throw new UsageError(`program ${name}: block is ${String(block)}, expected 1, 2, …: the most variables that a task updates`);
    this.name = name;
    this.worker = worker;
    this.block = block;
  }

  abstract schedule(round: number, range: VariableRange): Iterable<Task>;
  abstract pull(round: number, task: Task, sums: readonly Sums[]): Commit;
}

/** The worker's half in the form that crosses to a process. Throws UsageError. */
export function ownProgram({ name, worker }: WorkerHalf): OwnProgram {
  if (typeof name !== 'string' || name === '') throw new UsageError(`a program's name is ${JSON.stringify(name)}, expected a word that messages can call it by`);
  if (!(worker instanceof URL)) throw new UsageError(`program ${name}: worker is ${String(worker)}, expected the URL of the module with its worker half: new URL('./worker.mjs', import.meta.url)`);
  return { name, module: worker.href };
}
