/** A worker in a thread of its scheduler's process: what runs inside it, and how the scheduler starts it. */
import { parentPort, Worker, workerData, type MessagePort } from 'node:worker_threads';
import { ThreadBus, type Exchange } from '../bus/threads.js';
import type { Join, JoinRequest } from './join.js';
import { LastWords, MS_TO_END, outcomeOf, type StartedWorker, type WorkerEnd, type Word } from './worker-outcome.js';

/** What a thread is given. */
interface Assignment {
  readonly request: JoinRequest;
  /** Its line to the scheduler and the other threads. */
  readonly line: MessagePort;
}

/** A thread serves as long as its process, so nobody asks it to leave. */
const NEVER = new Promise<never>(() => undefined);

/** Body of a worker thread: serves its assignment, tells the outcome, and ends. */
export async function answerScheduler(join: Join): Promise<void> {
  const { request, line } = workerData as Assignment;
  const threads = new ThreadBus(request.name, line);
  const attendance = { leaving: NEVER, joined: () => parentPort!.postMessage('joined' satisfies Word) };
  parentPort!.postMessage((await outcomeOf(join(request, threads, attendance))) satisfies Word);
  threads.hangUp();
}

export interface ThreadStart {
  /** The module that a worker process would run. */
  readonly module: URL;
  readonly request: JoinRequest;
  readonly exchange: Exchange;
}

/** Data lie outside the JavaScript heap; a small young generation frees what passes through it early. */
const SMALL_YOUNG_GENERATION = { maxYoungGenerationSizeMb: 6 };

export function startWorkerThread({ module, request, exchange }: ThreadStart): StartedWorker {
  const { name } = request;
  const line = exchange.line(name);
  const thread = new Worker(module, { workerData: { request, line } satisfies Assignment, transferList: [line], resourceLimits: SMALL_YOUNG_GENERATION });
  const hasJoined = new Promise<boolean>((resolve) => thread.on('message', (word: Word) => word === 'joined' && resolve(true)));
  const ended = new Promise<WorkerEnd>((resolve) => {
    const words = new LastWords(name);
    thread.on('message', (word: Word) => words.heard(word));
    thread.once('error', (error) => resolve({ how: 'died', why: `failed: ${error.message}` }));
    thread.once('exit', (code) => resolve(words.end(code)));
  });
  const over = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  return {
    joined: Promise.race([hasJoined, ended.then(() => false)]),
    ended,
    leave: () => undefined,
    kill: () => void thread.terminate(),
    stop: () => stop(thread, over),
  };
}

async function stop(thread: Worker, over: Promise<void>): Promise<void> {
  const timer = setTimeout(() => void thread.terminate(), MS_TO_END);
  await over;
  clearTimeout(timer);
}
