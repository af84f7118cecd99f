import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/runtime/pace.js';
import { seatOf, type Seat } from '../../src/runtime/seat.js';
import { FakeLink } from './fake-link.js';

const seats = (...counts: number[]): Seat[] => counts.map((count, i) => Object.assign(seatOf({ name: `worker-${i}`, kind: 'wasm', software: false, adapter: 'test', link: new FakeLink() }), { shards: Array.from({ length: count }, (_, s) => 100 * i + s) }));

/** A window in which worker i takes ms[i] for each of its shards. */
function window(pace: Pace, crew: readonly Seat[], ms: readonly number[], pushes = 20): Seat | null {
  for (let push = 0; push < pushes; push++) crew.forEach((seat, i) => pace.pushed(seat, ms[i] * seat.shards.length));
  return pace.slowest(crew);
}

describe('Pace', () => {
  it('finds the worker that holds the others up, in the second window that shows it', () => {
    const pace = new Pace();
    const crew = seats(4, 4);
    expect(window(pace, crew, [1, 3])).toBeNull();
    expect(pace.rateOf).toBeUndefined();
    expect(window(pace, crew, [1, 3])).toBe(crew[1]);
    expect(crew.map(pace.rateOf!)).toEqual([1, 1 / 3]);
  });

  it('gives a newcomer the mean of those it knows', () => {
    const pace = new Pace();
    const crew = seats(4, 4);
    window(pace, crew, [1, 4]);
    window(pace, crew, [1, 4]);
    expect(pace.rateOf!(seats(0)[0])).toBe((1 + 1 / 4) / 2);
  });

  it.each<[string, number[], number[], number]>([
    ['as fast as the others', [4, 4], [1, 1], 20],
    ['a little slower', [4, 4], [1, 1.2], 20],
    ['slow, with few shards already', [6, 2], [1, 3], 20],
    ['slow, with a single shard', [1, 1], [1, 9], 20],
    ['hardly ever asked', [4, 4], [1, 9], 9],
    ['alone', [8], [9], 20],
  ])('leaves shards where they are when a worker is %s', (_, counts, ms, pushes) => {
    const pace = new Pace();
    const crew = seats(...counts);
    for (let i = 0; i < 4; i++) expect(window(pace, crew, ms, pushes)).toBeNull();
  });

  it('forgets a slow window when a good one follows', () => {
    const pace = new Pace();
    const crew = seats(4, 4);
    for (let i = 0; i < 3; i++) {
      expect(window(pace, crew, [1, 3])).toBeNull();
      expect(window(pace, crew, [1, 1])).toBeNull();
    }
  });
});
