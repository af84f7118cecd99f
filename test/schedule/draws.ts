/** What every draw must do, and the draws there are. */
import fc from 'fast-check';
import type { Draw } from '../../src/schedule/draw.js';
import { PriorityDraw } from '../../src/schedule/priority-draw.js';
import { RandomDraw } from '../../src/schedule/random-draw.js';
import { RoundRobinDraw } from '../../src/schedule/round-robin.js';
import type { VariableRange } from '../../src/program.js';

export const DRAWS: readonly (readonly [string, (seed: number, range: VariableRange) => Draw])[] = [
  ['round-robin', (_, range) => new RoundRobinDraw(range)],
  ['random', (seed, range) => new RandomDraw(seed, range)],
  ['priority', (seed, range) => new PriorityDraw(seed, range)],
];

/** What happens to a draw's variables in the rounds of a scene: part of them released, the rest committed `delay` rounds later. */
export interface Scene {
  readonly seed: number;
  readonly begin: number;
  readonly length: number;
  readonly count: number;
  readonly delay: number;
  readonly keepEvery: number;
}

export const scenes: fc.Arbitrary<Scene> = fc.record({
  seed: fc.nat(2 ** 32 - 1),
  begin: fc.nat(1000),
  length: fc.integer({ min: 1, max: 120 }),
  count: fc.integer({ min: 1, max: 40 }),
  delay: fc.nat(4),
  keepEvery: fc.integer({ min: 1, max: 3 }),
});

export interface Event {
  readonly drawn: Uint32Array;
  /** Taken before the draw. */
  readonly taken: ReadonlySet<number>;
}

/** Plays `rounds` rounds and tells what was drawn while what was taken. */
export function play(draw: Draw, { count, delay, keepEvery }: Scene, rounds = 15): Event[] {
  const taken = new Set<number>();
  const inFlight: Uint32Array[] = [];
  return Array.from({ length: rounds }, (_, round) => {
    const drawn = draw.draw(round, count);
    const event = { drawn, taken: new Set(taken) };
    drawn.forEach((id) => taken.add(id));
    const kept = drawn.filter((_, k) => k % keepEvery === 0);
    const released = drawn.filter((_, k) => k % keepEvery !== 0);
    draw.release(released);
    released.forEach((id) => taken.delete(id));
    inFlight.push(kept);
    if (inFlight.length > delay) {
      const landed = inFlight.shift()!;
      draw.commit(landed, Float64Array.from(landed, (id) => (id % 7) / 10));
      landed.forEach((id) => taken.delete(id));
    }
    return event;
  });
}

/** χ² of counts against what is expected of each. */
export function chiSquare(counts: ArrayLike<number>, expected: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < counts.length; k++) sum += (counts[k]! - expected(k)) ** 2 / expected(k);
  return sum;
}
