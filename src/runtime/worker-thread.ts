/** A worker in a thread of its scheduler's process: what runs inside it, and how the scheduler starts it. */
import { parentPort, Worker, workerData, type MessagePort } from 'node:worker_threads';
import type { LinkClosed } from '../bus/link.js';
import { ThreadBus, type Exchange } from '../bus/threads.js';
import { WorkerError } from './cluster.js';
import type { JoinRequest } from './join.js';
import { closedOf, MS_TO_END, outcomeOf, type Outcome, type StartedWorker } from './worker-outcome.js';

/** What a thread is given. */
interface Assignment {
  readonly request: JoinRequest;
  /** Its line to the scheduler and the other threads. */
  readonly line: MessagePort;
}

/** Body of a worker thread: serves its assignment, tells the outcome, and ends. */
export async function answerScheduler(join: (request: JoinRequest, threads: ThreadBus) => Promise<LinkClosed>): Promise<void> {
  const { request, line } = workerData as Assignment;
  const threads = new ThreadBus(request.name, line);
  parentPort!.postMessage(await outcomeOf(join(request, threads)));
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
  const ended = new Promise<LinkClosed>((resolve, reject) => {
    thread.once('message', (outcome: Outcome) => {
      try {
        resolve(closedOf(name, outcome));
      } catch (error) {
        reject(error as Error);
      }
    });
    thread.once('error', (error) => reject(new WorkerError(`worker ${name} failed: ${error.message}`, { cause: error })));
    thread.once('exit', (code) => reject(new WorkerError(`worker ${name} ended unexpectedly (exit code ${code})`)));
  });
  ended.catch(() => undefined);
  const over = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  return { ended, stop: () => stop(thread, over) };
}

async function stop(thread: Worker, over: Promise<void>): Promise<void> {
  const timer = setTimeout(() => void thread.terminate(), MS_TO_END);
  await over;
  clearTimeout(timer);
}
