import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RandomDraw } from '../../src/schedule/random-draw.js';
import * as random from '../../src/schedule/random.js';

vi.mock('../../src/schedule/random.js', { spy: true });

afterEach(() => {
  vi.clearAllMocks();
});

const scene = fc.record({
  seed: fc.nat(2 ** 32 - 1),
  begin: fc.nat(1000),
  length: fc.integer({ min: 1, max: 120 }),
  size: fc.integer({ min: 1, max: 40 }),
  depth: fc.nat(5),
});

const ROUNDS = 12;

function drawn({ seed, begin, length, size, depth }: { seed: number; begin: number; length: number; size: number; depth: number }): Uint32Array[] {
  const draw = new RandomDraw(seed, size, depth);
  return Array.from({ length: ROUNDS }, (_, round) => draw.draw(round, { begin, end: begin + length }));
}

describe('RandomDraw', () => {
  it('draws distinct ids of the range, ascending, none of them in flight, and as many as there are', () => {
    fc.assert(
      fc.property(scene, (options) => {
        const rounds = drawn(options);
        for (const [round, ids] of rounds.entries()) {
          const inFlight = new Set(rounds.slice(Math.max(0, round - options.depth), round).flatMap((earlier) => [...earlier]));
          expect(ids).toHaveLength(Math.min(options.size, options.length - inFlight.size));
          for (const [i, id] of ids.entries()) {
            expect(inFlight.has(id)).toBe(false);
            expect(id).toBeGreaterThanOrEqual(options.begin);
            expect(id).toBeLessThan(options.begin + options.length);
            if (i > 0) expect(id).toBeGreaterThan(ids[i - 1]);
          }
        }
      }),
    );
  });

  it('draws the same for the same seed, and something else for another', () => {
    fc.assert(
      fc.property(scene, (options) => {
        expect(drawn(options)).toEqual(drawn(options));
      }),
    );
    const options = { seed: 1, begin: 0, length: 1000, size: 16, depth: 2 };
    expect(drawn(options)).not.toEqual(drawn({ ...options, seed: 2 }));
  });

  it('depends on the round, not on how many rounds came before', () => {
    const late = new RandomDraw(5, 8, 0).draw(9, { begin: 0, end: 100 });
    expect(late).toEqual(drawn({ seed: 5, begin: 0, length: 100, size: 8, depth: 0 })[9]);
  });

  it.each([
    ['a small part of the range', 500, 5],
    ['most of the range', 50, 40],
  ])('draws every variable alike often: %s', (_what, length, size) => {
    const rounds = 4000;
    const counts = new Uint32Array(length);
    const draw = new RandomDraw(3, size, 0);
    for (let round = 0; round < rounds; round++) for (const id of draw.draw(round, { begin: 0, end: length })) counts[id]++;
    const expected = (rounds * size) / length;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // At most length - 1 degrees of freedom: six standard deviations above the mean.
    expect(chiSquare).toBeLessThan(length + 6 * Math.sqrt(2 * length));
  });

  for (const depth of [0, 8, 64]) {
    it(`takes about two random numbers a variable at most, at depth ${depth}, whatever the length of the range`, () => {
      const size = 64;
      const inFlight = size * (depth + 1);
      for (const length of [inFlight, inFlight + 1, 2 * inFlight - 1, 2 * inFlight, 2 * inFlight + 1, 3 * inFlight, 2 ** 31]) {
        vi.mocked(random.randomBelow).mockClear();
        const draw = new RandomDraw(9, size, depth);
        const rounds = depth + 20;
        for (let round = 0; round < rounds; round++) draw.draw(round, { begin: 0, end: length });
        expect(vi.mocked(random.randomBelow).mock.calls.length / (size * rounds)).toBeLessThan(2.2);
      }
    });
  }
});
