/** In which order coordinate descent visits the ranks. */
import type { SchedulerState } from '../../../src/program.js';
import { PriorityDraw, type Priorities } from '../../../src/schedule/priority-draw.js';
import { seedOfPart } from '../../../src/schedule/random.js';

/** The part of the seed that keys the draws. */
const DRAWS = 3;

export interface RankOrder {
  /** The rank of the next visit; asked before the visit under way has told how much it gained. */
  next(): number;
  /** The objective fell by `decrease` in the visit of `rank`. */
  visited(rank: number, decrease: number): void;
  /** What the order to come depends on; good until the next call. */
  state(): SchedulerState;
  resume(state: SchedulerState): void;
}

/** One after another, again and again. */
export function cyclicRanks(ranks: readonly number[]): RankOrder {
  let at = 0;
  return {
    next: () => ranks[at++ % ranks.length],
    visited: () => undefined,
    state: () => ({ facts: at, arrays: [] }),
    resume({ facts }) {
      at = facts as number;
    },
  };
}

/**
 * After a sweep over all of them, a rank with probability ∝ how far the objective fell when it was last visited, and a
 * little more: ranks that have stopped moving are seldom visited. Never the rank that is under way, unless it is the only one.
 */
export function priorityRanks(ranks: readonly number[], seed: number): RankOrder {
  const draw = new PriorityDraw(seedOfPart(seed, DRAWS), { begin: 0, end: ranks.length });
  const decreases = new Float64Array(ranks.length);
  let visits = 0;
  let underWay = -1;
  const drawn = () => {
    if (visits < ranks.length || ranks.length === 1) return visits % ranks.length;
    if (visits % ranks.length === 0) draw.refresh(decreases);
    const [first, second] = draw.draw(visits, 2);
    const chosen = first === underWay ? second! : first!;
    const other = chosen === first ? second : first;
    if (other !== undefined) draw.release(Uint32Array.of(other));
    return chosen;
  };
  return {
    next() {
      underWay = drawn();
      visits++;
      return ranks[underWay];
    },
    visited(rank, decrease) {
      const at = ranks.indexOf(rank);
      decreases[at] = decrease;
      draw.commit(Uint32Array.of(at), Float64Array.of(decrease));
    },
    state: () => ({ facts: { visits, underWay }, arrays: [decreases, ...draw.priorities()] }),
    resume({ facts, arrays: [decreased, ...drawing] }) {
      ({ visits, underWay } = facts as { visits: number; underWay: number });
      decreases.set(decreased);
      draw.restore(drawing as unknown as Priorities);
    },
  };
}
