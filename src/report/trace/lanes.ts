/**
 * Lanes of a track on which spans nest. A viewer needs spans of one thread to lie inside or apart from each other; what would cut across
 * another, as two waits at the same time, goes to a lane of its own. In: spans in the order of their ends. Out: a lane each, from 0.
 */
import type { Interval } from './intervals.js';

/** Spans apart from each other that a lane remembers; what is older than that is over. */
const REMEMBERED = 1024;

export class Lanes {
  readonly #lanes: Interval[][] = [];

  /** The first lane on which the span nests. */
  place(span: Interval): number {
    const found = this.#lanes.findIndex((lane) => nests(lane, span));
    if (found >= 0) return found;
    return this.#lanes.push([span]) - 1;
  }
}

/** Puts the span on the lane, if it nests there; those inside it need not be remembered. */
function nests(lane: Interval[], span: Interval): boolean {
  let inside = lane.length;
  while (inside > 0 && lane[inside - 1].begin >= span.begin && lane[inside - 1].end <= span.end) inside--;
  const before = lane[inside - 1];
  if (before && before.end > span.begin) return false;
  lane.length = inside;
  lane.push(span);
  if (lane.length > REMEMBERED) lane.shift();
  return true;
}
