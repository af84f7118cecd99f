/**
 * Keeps the seats of a session filled. In: seats, how a worker is started, what becomes of the run meanwhile. A worker that dies, hangs
 * until its link is given up, or loses its device is started again and joins as a newcomer; one whose data or program fail
 * would fail again and ends the run.
 */
import { WorkerError } from './cluster.js';
import { MOST_DEATHS, Restarts } from './restarts.js';
import type { Seat } from './seats.js';
import type { StartedWorker, WorkerEnd } from './worker-outcome.js';

export interface SupervisorOptions {
  readonly start: (seat: Seat) => StartedWorker;
  /** The worker of this name is dead, and why. */
  readonly gone: (name: string, message: string) => void;
  /** The run can't go on. */
  readonly fail: (error: Error) => void;
  /** Whether others are there to go on with the run. */
  readonly hasOthers: () => boolean;
  /** A number that grows with what the run achieves. */
  readonly achieved: () => number;
  readonly notice: (sentence: string) => void;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #keepers: ReadonlyMap<string, Keeper>;
  #isClosing = false;

  /** Starts a worker for every seat. */
  constructor(seats: readonly Seat[], options: SupervisorOptions) {
    this.#options = options;
    this.#keepers = new Map(seats.map((seat) => [seat.name, new Keeper(seat, options.start)]));
    for (const keeper of this.#keepers.values()) void this.#keep(keeper);
  }

  /** The link of this worker has ended: if its process lives on, it hangs. */
  unlinked(name: string): void {
    if (!this.#isClosing) this.#keepers.get(name)?.worker?.kill();
  }

  /** Starts no more, and waits until all have ended. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.stop()));
  }

  async #keep(keeper: Keeper): Promise<void> {
    while (!this.#isClosing) {
      const { error, why, isFinal } = failureIn(keeper.name, await keeper.serve());
      if (this.#isClosing) return;
      if (isFinal) return this.#options.fail(error);
      this.#options.gone(keeper.name, `it ${why}`);
      const pauseMs = keeper.restarts.died(this.#options.achieved());
      if (keeper.restarts.isHopeless) return this.#giveUp(keeper, error);
      this.#options.notice(`${error.message}: it is started again`);
      await keeper.pause(pauseMs);
    }
  }

  #giveUp(keeper: Keeper, { message, cause }: Error): void {
    keeper.isVacant = true;
    const said = `${message}, ${MOST_DEATHS} times in a row without getting anywhere`;
    const goesOn = this.#options.hasOthers() || [...this.#keepers.values()].some(({ isVacant }) => !isVacant);
    if (goesOn) this.#options.notice(`${said}: the run goes on without it`);
    else this.#options.fail(new WorkerError(said, { cause }));
  }
}

/** A seat and who has it. */
class Keeper {
  readonly name: string;
  readonly restarts = new Restarts();
  worker: StartedWorker | null = null;
  /** Nobody is started for it any more. */
  isVacant = false;
  readonly #start: () => StartedWorker;
  #endPause: () => void = () => undefined;

  constructor(seat: Seat, start: (seat: Seat) => StartedWorker) {
    this.name = seat.name;
    this.#start = () => start(seat);
  }

  serve(): Promise<WorkerEnd> {
    this.worker = this.#start();
    return this.worker.ended;
  }

  /** Resolves in that time, or when the seat is given up. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async stop(): Promise<void> {
    this.#endPause();
    await this.worker?.stop();
  }
}

interface Failure {
  readonly error: Error;
  /** What the worker did. */
  readonly why: string;
  /** Another one would fare the same. */
  readonly isFinal: boolean;
}

function failureIn(name: string, end: WorkerEnd): Failure {
  if (end.how === 'failed') return { error: end.error, why: end.error.message, isFinal: true };
  if (end.how === 'outside') return death(name, `could not join: ${end.error.message}`, end.error);
  return death(name, end.how === 'died' ? end.why : `ended: ${end.closed.message}`);
}

function death(name: string, why: string, cause?: Error): Failure {
  return { error: new WorkerError(`worker ${name} ${why}`, { cause }), why, isFinal: false };
}
