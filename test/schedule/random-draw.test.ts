import { afterEach, describe, expect, it, vi } from 'vitest';
import { RandomDraw } from '../../src/schedule/random-draw.js';
import * as random from '../../src/schedule/random.js';
import { chiSquare } from './draws.js';

vi.mock('../../src/schedule/random.js', { spy: true });

afterEach(() => {
  vi.clearAllMocks();
});

describe('RandomDraw', () => {
  it('depends on the round, not on how many rounds came before', () => {
    const range = { begin: 0, end: 100 };
    const draw = new RandomDraw(5, range);
    for (let round = 0; round < 9; round++) draw.release(draw.draw(round, 8));
    expect(draw.draw(9, 8)).toEqual(new RandomDraw(5, range).draw(9, 8));
  });

  it.each([
    ['a small part of the range', 500, 5],
    ['most of the range', 50, 40],
  ])('draws every variable alike often: %s', (_what, length, size) => {
    const rounds = 4000;
    const counts = new Uint32Array(length);
    const draw = new RandomDraw(3, { begin: 0, end: length });
    for (let round = 0; round < rounds; round++) {
      const ids = draw.draw(round, size);
      for (const id of ids) counts[id]!++;
      draw.release(ids);
    }
    // At most length - 1 degrees of freedom: six standard deviations above the mean.
    expect(chiSquare(counts, () => (rounds * size) / length)).toBeLessThan(length + 6 * Math.sqrt(2 * length));
  });

  for (const depth of [0, 8, 64]) {
    it(`takes about two random numbers a variable at most, with ${depth} blocks taken, whatever the length of the range`, () => {
      const size = 64;
      const inFlight = size * (depth + 1);
      for (const length of [inFlight, inFlight + 1, 2 * inFlight - 1, 2 * inFlight, 2 * inFlight + 1, 3 * inFlight, 2 ** 31]) {
        vi.mocked(random.randomBelow).mockClear();
        const draw = new RandomDraw(9, { begin: 0, end: length });
        const rounds = depth + 20;
        const taken: Uint32Array[] = [];
        for (let round = 0; round < rounds; round++) {
          taken.push(draw.draw(round, size));
          if (taken.length > depth) draw.release(taken.shift()!);
        }
        expect(vi.mocked(random.randomBelow).mock.calls.length / (size * rounds)).toBeLessThan(2.2);
      }
    });
  }
});
