import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBelow, randomBits, randomFraction } from '../../src/schedule/random.js';

/** χ² of counts against a uniform distribution. */
function chiSquare(counts: ArrayLike<number>, draws: number): number {
  const expected = draws / counts.length;
  return Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('randomBits', () => {
  it.each([
    [0x0000_0000, 0x0000_0000, 0x0000_0000, 0xff1d_ae59],
    [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0x2c3f_628b],
    [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0xdd7c_e038],
  ])('is the left word of Philox2x32-10: counter %i %i, key %i → %i (Random123’s known answers)', (left, right, key, expected) => {
    expect(randomBits(key, right, left)).toBe(expected);
  });

  it('takes seed, stream and counter as unsigned 32 bits', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(fc.property(word, word, word, (seed, stream, counter) => randomBits(seed, stream, counter) === randomBits(seed >>> 0, stream >>> 0, counter >>> 0)));
  });

  it('gives each of the 32 bits an even chance, along counters, streams and seeds', () => {
    const draws = 20_000;
    const along = [(i: number) => randomBits(1, 2, i), (i: number) => randomBits(1, i, 2), (i: number) => randomBits(i, 1, 2)];
    for (const draw of along) {
      const ones = new Uint32Array(32);
      for (let i = 0; i < draws; i++) {
        const bits = draw(i);
        for (let bit = 0; bit < 32; bit++) ones[bit] += (bits >>> bit) & 1;
      }
      // Five standard deviations.
      for (const count of ones) expect(Math.abs(count - draws / 2)).toBeLessThan(5 * Math.sqrt(draws / 4));
    }
  });
});

describe('randomFraction', () => {
  it.each([
    [0x0000_0000, 0x0000_0000, 0x0000_0000, 0xff1d_ae59, 0x6cd1_0df2],
    [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0x2c3f_628b, 0xab4f_d7ad],
    [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0xdd7c_e038, 0xf62a_4c12],
  ])('is the first 27 and 26 bits of both words: counter %i %i, key %i → %i %i (Random123’s known answers)', (left, right, key, first, second) => {
    expect(randomFraction(key, right, left)).toBe(Math.floor(first / 2 ** 5) / 2 ** 27 + Math.floor(second / 2 ** 6) / 2 ** 53);
  });
});

describe('randomBelow', () => {
  it('stays below its bound, up to 2^32', () => {
    const word = fc.nat(2 ** 32 - 1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), word, word, word, (bound, seed, stream, counter) => {
        const value = randomBelow(bound, seed, stream, counter);
        expect(Number.isInteger(value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(bound);
      }),
    );
  });

  it('is uniform', () => {
    const counts = new Uint32Array(101);
    const draws = 50_500;
    for (let i = 0; i < draws; i++) counts[randomBelow(101, 11, 3, i)]++;
    // 100 degrees of freedom: mean 100, standard deviation 14.
    expect(chiSquare(counts, draws)).toBeLessThan(180);
  });
});
