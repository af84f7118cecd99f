/** A worker in a process of its own: what runs inside it, and how a parent starts it. */
import { fork, type ChildProcess } from 'node:child_process';
import { isMainThread } from 'node:worker_threads';
import type { LinkClosed } from '../bus/link.js';
import type { ThreadBus } from '../bus/threads.js';
import type { WorkerProgram } from '../program.js';
import { WorkerError } from './cluster.js';
import { DataRoot } from './data-root.js';
import type { Distributions } from './distribution.js';
import { joinRun, type JoinRequest } from './join.js';
import { closedOf, MS_TO_END, outcomeOf, type Outcome, type StartedWorker } from './worker-outcome.js';
import { answerScheduler } from './worker-thread.js';

/**
 * Body of a worker process: waits for its assignment over IPC, serves it, tells the outcome, and ends. It also ends
 * when its parent is gone. Ctrl-C, and a SIGTERM to the whole group, are the scheduler's business. In a worker thread it is the
 * thread's body.
 */
export function runWorkerProcess(programs: ReadonlyMap<string, WorkerProgram>, distributions: Distributions): void {
  answerParent((request, threads) => joinRun(request, { programs, localData: dataRootOf(request, distributions), threads }));
}

/** The same around another way of joining. */
export function answerParent(join: (request: JoinRequest, threads: ThreadBus | null) => Promise<LinkClosed>): void {
  if (!isMainThread) return void answerScheduler(join);
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.once('message', (request: JoinRequest) => void outcomeOf(join(request, null)).then(tell));
}

function dataRootOf({ name, dataRoot }: JoinRequest, distributions: Distributions): DataRoot | null {
  return dataRoot === undefined ? null : new DataRoot({ folder: dataRoot, worker: name, distributions, notice: (sentence) => process.stderr.write(`${sentence}\n`) });
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

/**
 * A worker's data lie outside the JavaScript heap; a small young generation frees what passes through it early, and one thread
 * does that sooner than several have been woken for it.
 */
const SMALL_YOUNG_GENERATION = ['--max-semi-space-size=2', '--no-parallel-scavenge'];

export function startWorkerProcess({ module, env, request }: WorkerStart): StartedWorker {
  const child = fork(module, { env: { ...process.env, ...env }, execArgv: SMALL_YOUNG_GENERATION, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise<LinkClosed>((resolve, reject) => {
    child.on('message', (outcome: Outcome) => {
      try {
        resolve(closedOf(request.name, outcome));
      } catch (error) {
        reject(error as Error);
      }
    });
    child.on('error', (error) => reject(new WorkerError(`worker ${request.name} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => reject(new WorkerError(`worker ${request.name} ended unexpectedly (${signal ?? `exit code ${code}`})`)));
  });
  ended.catch(() => undefined);
  child.send(request);
  return { ended, stop: () => stop(child) };
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
