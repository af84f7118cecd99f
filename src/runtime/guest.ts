/**
 * A worker for a scheduler elsewhere, kept running until that says goodbye: each of its sessions is a process of its own, which joins,
 * serves, and ends when its link does. When the scheduler is lost, has lost it, or another run answers there, the next process
 * joins anew with nothing kept; when a process dies, another one takes its place.
 */
import { randomBytes } from 'node:crypto';
import { BusError } from '../bus/error.js';
import { WorkerError } from './cluster.js';
import type { JoinRequest } from './join.js';
import { MOST_DEATHS, pauseBefore, Restarts } from './restarts.js';
import type { StartedWorker, WorkerEnd } from './worker-outcome.js';
import { startWorkerProcess, type WorkerStart } from './worker-process.js';

export interface GuestOptions extends Omit<WorkerStart, 'request'> {
  readonly request: Omit<JoinRequest, 'patienceMs' | 'origin'>;
  /** How long to try where nobody answers, s: 10 to join first and 600 to join again, unless given. */
  readonly patience?: number | undefined;
  readonly notice: (sentence: string) => void;
}

const FIRST_PATIENCE = 10;
const LATER_PATIENCE = 600;

/** So much service, ms, shows that a worker gets somewhere. */
const MS_OF_PROGRESS = 60_000;

export class Guest {
  /**
   * Resolves when the scheduler has said goodbye: "the run is over", or it was asked to leave: "this worker has left". Rejects with BusError when there is no scheduler or it refuses,
   * DataError when its own data are at fault, WorkerError when its program fails or it dies again and again.
   */
  readonly over: Promise<string>;
  readonly #options: GuestOptions;
  readonly #origin = randomBytes(16).toString('hex');
  readonly #deaths = new Restarts();
  #worker: StartedWorker | null = null;
  #hasServed = false;
  #msServed = 0;
  /** Sessions that were lost since one has got somewhere. */
  #losses = 0;
  #isLeaving = false;
  #endPause: () => void = () => undefined;

  constructor(options: GuestOptions) {
    this.#options = options;
    this.over = this.#serve();
  }

  /** Asks to leave the run, which goes on with the others; where it takes part in none, it is over at once. */
  leave(): void {
    this.#isLeaving = true;
    this.#endPause();
    this.#worker?.leave();
  }

  async #serve(): Promise<string> {
    while (!this.#isLeaving) {
      const end = await this.#session();
      if (this.#isLeaving) break;
      if (isGoodbye(end)) return 'the run is over';
      await this.#pause(this.#pauseAfter(end));
    }
    return 'this worker has left';
  }

  async #session(): Promise<WorkerEnd> {
    const { request, patience, module, env } = this.#options;
    const patienceMs = 1000 * (patience ?? (this.#hasServed ? LATER_PATIENCE : FIRST_PATIENCE));
    const worker = startWorkerProcess({ module, env, request: { ...request, patienceMs, origin: this.#origin } });
    this.#worker = worker;
    const hasJoined = await worker.joined;
    if (!hasJoined) return worker.ended;
    const begin = performance.now();
    this.#hasServed = true;
    const end = await worker.ended;
    this.#msServed += performance.now() - begin;
    if (performance.now() - begin > MS_OF_PROGRESS) this.#losses = 0;
    return end;
  }

  /** How long to wait with the next session, ms. Throws when there should be none. */
  #pauseAfter(end: WorkerEnd): number {
    const { request: { name, url }, notice } = this.#options;
    if (end.how === 'closed' && end.closed.reason !== 'protocol') {
      notice(`the scheduler at ${url} is lost to worker ${name} (${end.closed.message}): joining anew`);
      return pauseBefore(this.#losses++);
    }
    if (end.how === 'failed') throw end.error;
    if (end.how === 'outside' && end.error instanceof BusError) throw this.#hasServed && end.error.reason === 'unreachable' ? new BusError('lost', `the scheduler was lost and did not come back: ${end.error.message}`) : end.error;
    const why = whyOf(end);
    const pauseMs = this.#deaths.died(Math.floor(this.#msServed / MS_OF_PROGRESS));
    if (this.#deaths.isHopeless) throw new WorkerError(`worker ${name} ${why}, ${MOST_DEATHS} times in a row without getting anywhere`);
    notice(`worker ${name} ${why}: it is started again`);
    return pauseMs;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isGoodbye(end: WorkerEnd): boolean {
  return end.how === 'closed' && (end.closed.reason === 'closed' || end.closed.reason === 'peer-closed');
}

function whyOf(end: WorkerEnd): string {
  if (end.how === 'died') return end.why;
  return end.how === 'closed' ? `lost its link: ${end.closed.message}` : `could not join: ${end.error.message}`;
}
