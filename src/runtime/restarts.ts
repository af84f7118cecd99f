/**
 * When a worker that died is started again: at once, then after pauses whose bound doubles, drawn anew each time so that many which
 * died together don't come back together; and no more after too many deaths in a row between which nothing was achieved.
 */
import { randomInt } from 'node:crypto';

/** Deaths in a row that end it. */
export const MOST_DEATHS = 3;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

export class Restarts {
  #achieved = 0;
  #inARow = 0;

  /** The worker died when this much had been achieved, a number that only grows. → how long to wait with the next one, ms. */
  died(achieved: number): number {
    this.#inARow = achieved > this.#achieved ? 1 : this.#inARow + 1;
    this.#achieved = achieved;
    return pauseBefore(this.#inARow - 1);
  }

  get isHopeless(): boolean {
    return this.#inARow >= MOST_DEATHS;
  }
}

/** Full jitter, ms: anything up to a bound that doubles with every try; nothing before the first. */
export function pauseBefore(attempt: number): number {
  return attempt === 0 ? 0 : randomInt(1 + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
}
