/** A worker in a process of its own: what runs inside it, and how a parent starts it. */
import { fork, type ChildProcess } from 'node:child_process';
import { BusError, type BusErrorReason } from '../bus/error.js';
import type { LinkClosed } from '../bus/link.js';
import type { WorkerProgram } from '../program.js';
import { DataError } from '../data/dataset.js';
import { WorkerError } from './cluster.js';
import { DataRoot } from './data-root.js';
import type { Distributions } from './distribution.js';
import { joinRun, type JoinRequest } from './join.js';

/** An error as it crosses to the parent: what it was of ours, if it was. */
interface Failed {
  readonly message: string;
  readonly bus: BusErrorReason | null;
  readonly data: boolean;
}

/** How a worker process ended its work, as it tells its parent. */
type Outcome = { readonly closed: LinkClosed } | { readonly failed: Failed };

/**
 * Body of a worker process: waits for its assignment over IPC, serves it, tells the outcome, and ends. It also ends
 * when its parent is gone. Ctrl-C, and a SIGTERM to the whole group, are the scheduler's business.
 */
export function runWorkerProcess(programs: ReadonlyMap<string, WorkerProgram>, distributions: Distributions): void {
  answerParent((request) => joinRun(request, programs, undefined, dataRootOf(request, distributions)));
}

/** The same around another way of joining. */
export function answerParent(join: (request: JoinRequest) => ReturnType<typeof joinRun>): void {
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.once('message', (request: JoinRequest) => {
    join(request).then(
      (closed) => tell({ closed }),
      (error: unknown) => tell({ failed: failedOf(error) }),
    );
  });
}

function dataRootOf({ name, dataRoot }: JoinRequest, distributions: Distributions): DataRoot | null {
  return dataRoot === undefined ? null : new DataRoot({ folder: dataRoot, worker: name, distributions, notice: (sentence) => process.stderr.write(`${sentence}\n`) });
}

function failedOf(error: unknown): Failed {
  return { message: error instanceof Error ? error.message : String(error), bus: error instanceof BusError ? error.reason : null, data: error instanceof DataError };
}

function tell(outcome: Outcome): void {
  process.send!(outcome, () => process.exit('closed' in outcome ? 0 : 1));
}

export interface WorkerStart {
  /** Module that calls `runWorkerProcess`. */
  readonly module: URL;
  /** Variables beside those inherited: a GPU is chosen by environment before the process starts. */
  readonly env: Readonly<Record<string, string>>;
  readonly request: JoinRequest;
}

/** A worker process that has been started. */
export interface WorkerProcess {
  /** How its link ended; rejects with BusError or WorkerError when it could not start or died. */
  readonly ended: Promise<LinkClosed>;
  /** Waits for it to end by itself, then makes it. */
  stop(): Promise<void>;
}

const MS_TO_END = 3000;

/**
 * A worker's data lie outside the JavaScript heap; a small young generation frees what passes through it early, and one thread
 * does that sooner than several have been woken for it.
 */
const SMALL_YOUNG_GENERATION = ['--max-semi-space-size=2', '--no-parallel-scavenge'];

export function startWorkerProcess({ module, env, request }: WorkerStart): WorkerProcess {
  const child = fork(module, { env: { ...process.env, ...env }, execArgv: SMALL_YOUNG_GENERATION, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise<LinkClosed>((resolve, reject) => {
    child.on('message', (outcome: Outcome) => ('closed' in outcome ? resolve(outcome.closed) : reject(revive(request.name, outcome.failed))));
    child.on('error', (error) => reject(new WorkerError(`worker ${request.name} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => reject(new WorkerError(`worker ${request.name} ended unexpectedly (${signal ?? `exit code ${code}`})`)));
  });
  ended.catch(() => undefined);
  child.send(request);
  return { ended, stop: () => stop(child) };
}

function revive(name: string, { message, bus, data }: Failed): Error {
  if (data) return new DataError(message);
  return bus ? new BusError(bus, message) : new WorkerError(`worker ${name} failed: ${message}`);
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), MS_TO_END);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
