import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { independentCandidates } from '../../src/schedule/dependency-filter.js';
import { randomUnit } from '../../src/schedule/random.js';

const scene = fc.record({
  seed: fc.nat(2 ** 32 - 1),
  count: fc.nat(30),
  inFlight: fc.nat(10),
  threshold: fc.double({ min: 0.01, max: 1, noNaN: true }),
});

const among = (seed: number) => (a: number, b: number) => randomUnit(seed, Math.min(a, b), Math.max(a, b));
const withInFlight = (seed: number) => (a: number, b: number) => randomUnit(seed + 1, a, b) ** 3;

describe('independentCandidates', () => {
  it('keeps, in order of the draw, what is below the threshold with all that are kept and in flight, and nothing else', () => {
    fc.assert(
      fc.property(scene, ({ seed, count, inFlight, threshold }) => {
        const kept = independentCandidates({ count, inFlight, among: among(seed), withInFlight: withInFlight(seed) }, threshold);
        for (let candidate = 0; candidate < count; candidate++) {
          const before = kept.filter((other) => other < candidate);
          const isFree =
            before.every((other) => among(seed)(candidate, other) < threshold) && Array.from({ length: inFlight }, (_, b) => withInFlight(seed)(candidate, b)).every((value) => value < threshold);
          expect(kept.includes(candidate)).toBe(isFree);
        }
      }),
    );
  });

  it('turns away what has no correlation', () => {
    const none = { count: 2, inFlight: 0, among: () => NaN, withInFlight: () => 0 };
    expect(independentCandidates(none, 1)).toEqual([0]);
  });
});
