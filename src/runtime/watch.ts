/** Keeps an eye on workers whose links live: one may hang all the same, or be much slower than the others. */
import type { Flight } from './flight.js';
import type { Hosting } from './hosting.js';
import { Pace } from './pace.js';
import type { Seat } from './seat.js';

export interface WatchOptions {
  readonly hosting: Hosting;
  readonly flight: Flight;
  /** A push that takes longer than this, and than the run's pace lets expect, is taken for dead, ms. */
  readonly deadlineMs: number;
  /** Nobody can be expected to answer now. */
  readonly isPaused: () => boolean;
  /** This worker holds the others up. */
  readonly slow: (seat: Seat) => void;
}

/** A push takes this much longer than the longest so far before it counts as hung. */
const PATIENT = 20;
const MS_BETWEEN_LOOKS = 1000;
/** So many looks make a window in which workers are compared. */
const LOOKS_A_WINDOW = 5;

export class Watch {
  readonly #options: WatchOptions;
  readonly #pace = new Pace();
  #timer: ReturnType<typeof setInterval> | null = null;
  #looks = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** How fast workers are that were found to differ; undefined where all count as their kind does. */
  get rateOf(): ((seat: Seat) => number) | undefined {
    return this.#pace.rateOf;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), MS_BETWEEN_LOOKS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** A worker has pushed a task. */
  pushed(seat: Seat, task: number): void {
    const now = performance.now();
    const sentAt = this.#options.flight.sentAt(task);
    if (sentAt !== null) {
      const ms = now - Math.max(sentAt, seat.pushedAt);
      seat.longestPush = Math.max(seat.longestPush, ms);
      this.#pace.pushed(seat, ms);
    }
    seat.pushedTask = task;
    seat.pushedAt = now;
  }

  #look(): void {
    if (this.#options.isPaused()) return;
    const { present } = this.#options.hosting;
    if (++this.#looks % LOOKS_A_WINDOW === 0) this.#compare(present);
    const longest = present.reduce((most, { longestPush }) => Math.max(most, longestPush), 0);
    for (const seat of present) this.#judge(seat, longest);
  }

  /** Who is much slower than the others gets fewer shards. */
  #compare(present: readonly Seat[]): void {
    for (const kind of new Set(present.map(({ member }) => member.kind))) {
      const slowest = this.#pace.slowest(present.filter(({ member }) => member.kind === kind));
      if (slowest) this.#options.slow(slowest);
    }
  }

  #judge(seat: Seat, longest: number): void {
    const { flight, deadlineMs } = this.#options;
    const sentAt = seat.shards.length === 0 ? null : flight.sentAfter(seat.pushedTask);
    if (sentAt === null) return;
    const silent = performance.now() - Math.max(sentAt, seat.pushedAt);
    if (silent < Math.max(deadlineMs, PATIENT * longest)) return;
    seat.member.link.drop(`it has not answered a task for ${Math.round(silent / 1000)} s, and no task took more than ${(longest / 1000).toFixed(1)} s before`);
  }
}
