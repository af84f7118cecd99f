/** A worker in a process of its own: what runs inside it, and how a parent starts it. */
import { fork, type ChildProcess } from 'node:child_process';
import { isMainThread } from 'node:worker_threads';
import type { WorkerProgram } from '../program.js';
import { DataRoot } from './data-root.js';
import type { Distributions } from './distribution.js';
import { joinRun, type Join, type JoinRequest } from './join.js';
import { LastWords, MS_TO_END, outcomeOf, type Outcome, type StartedWorker, type WorkerEnd, type Word } from './worker-outcome.js';
import { answerScheduler } from './worker-thread.js';

/** What a parent says to a process, after the request. */
const LEAVE = 'leave';

/**
 * Body of a worker process: waits for its assignment over IPC, serves it, tells the outcome, and ends. It also ends
 * when its parent is gone. Ctrl-C, and a SIGTERM to the whole group, are the parent's business. In a worker thread it is the
 * thread's body.
 */
export function runWorkerProcess(programs: ReadonlyMap<string, WorkerProgram>, distributions: Distributions): void {
  answerParent((request, threads, attendance) => joinRun(request, { programs, localData: dataRootOf(request, distributions), threads }, attendance));
}

/** The same around another way of joining. */
export function answerParent(join: Join): void {
  if (!isMainThread) return void answerScheduler(join);
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.once('message', (request: JoinRequest) => {
    let hasJoined = false;
    // Where there is no run yet, nobody is to be asked.
    const leaving = new Promise<void>((resolve) => process.on('message', (said) => said === LEAVE && (hasJoined ? resolve() : process.exit(0))));
    const joined = () => {
      hasJoined = true;
      process.send!('joined' satisfies Word);
    };
    const attendance = { leaving, joined };
    void outcomeOf(join(request, null, attendance)).then(tell);
  });
}

function dataRootOf({ name, dataRoot }: JoinRequest, distributions: Distributions): DataRoot | null {
  return dataRoot === undefined ? null : new DataRoot({ folder: dataRoot, worker: name, distributions, notice: (sentence) => process.stderr.write(`${sentence}\n`) });
}

function tell(outcome: Outcome): void {
  process.send!(outcome satisfies Word, () => process.exit('closed' in outcome ? 0 : 1));
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
  const { name } = request;
  const child = fork(module, { env: { ...process.env, ...env }, execArgv: SMALL_YOUNG_GENERATION, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const hasJoined = new Promise<boolean>((resolve) => child.on('message', (word: Word) => word === 'joined' && resolve(true)));
  const ended = new Promise<WorkerEnd>((resolve) => {
    const words = new LastWords(name);
    child.on('message', (word: Word) => words.heard(word));
    child.on('error', (error) => resolve({ how: 'died', why: `could not be started: ${error.message}` }));
    child.on('exit', (code, signal) => resolve(words.end(code, signal)));
  });
  child.send(request);
  return {
    joined: Promise.race([hasJoined, ended.then(() => false)]),
    ended,
    leave: () => void (child.connected && child.send(LEAVE)),
    kill: () => void child.kill('SIGKILL'),
    stop: () => stop(child),
  };
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
