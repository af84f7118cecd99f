import { describe, expect, it } from 'vitest';
import { Clock } from '../../../src/report/trace/clock.js';

/** An exchange with a clock that is `ahead` of ours, over ways that take `there` and `back`. */
const exchange = (asked: number, ahead: number, there: number, back: number, thinking = 0) => ({ asked, heard: asked + there + ahead, answered: asked + there + thinking + ahead, returned: asked + there + thinking + back });

const told = (clock: Clock, at: number) => clock.reach(at);

describe('a clock', () => {
  it('is told exactly over equal ways, however long the answer takes', () => {
    const clock = new Clock();
    clock.exchanged(exchange(100, 5000, 3, 3, 40));
    expect(clock.estimate).toEqual({ offset: -5000, roundTrip: 6, exchanges: 1 });
    expect(clock.ours(5123)).toBe(123);
  });

  it('is off by at most half of the round trip over unequal ways', () => {
    for (const [there, back] of [[0, 8], [8, 0], [1, 7]] as const) {
      const clock = new Clock();
      clock.exchanged(exchange(100, -300, there, back));
      expect(Math.abs(clock.estimate.offset - 300)).toBeLessThanOrEqual(clock.estimate.roundTrip / 2);
    }
  });

  it('is told by the shortest of recent round trips', () => {
    const clock = new Clock();
    for (const [asked, there, back] of [[0, 9, 1], [10, 1, 1], [20, 1, 30]] as const) clock.exchanged(exchange(asked, 70, there, back));
    expect(clock.estimate).toEqual({ offset: -70, roundTrip: 2, exchanges: 3 });
  });

  it('is told anew when the clocks may have drifted by more than the new round trip', () => {
    const clock = new Clock();
    clock.exchanged(exchange(0, 70, 1, 1));
    clock.exchanged(exchange(1000, 71, 2, 2));
    expect(clock.estimate.offset).toBe(-70);
    clock.exchanged(exchange(100_000, 74, 2, 2));
    expect(clock.estimate.offset).toBe(-74);
  });

  it('keeps the order of times while it slides from one estimate to the next', () => {
    const clock = new Clock();
    clock.exchanged(exchange(0, 70, 1, 1));
    told(clock, 1070);
    const before = clock.ours(1060);
    clock.exchanged(exchange(90_000, 76, 1, 1));
    told(clock, 90_100);
    expect(clock.ours(1060)).toBe(before);
    expect(clock.ours(90_100)).toBe(90_024);
    const times = Array.from({ length: 1000 }, (_, i) => clock.ours(1000 + i * 100));
    expect(times.every((time, i) => i === 0 || time > times[i - 1]!)).toBe(true);
  });
});
