/** ln Γ and ψ over all x that training meets: known values, recurrences, Gauss's and Legendre's formulas. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digamma, logGamma, tableOf } from '../../../models/lda/gamma.js';

/** x, ln Γ(x), ψ(x), computed with 40 digits. */
const KNOWN: [x: number, logGamma: number, digamma: number][] = [
  [1e-6, 13.81550998074943, -1000000.57721402],
  [1e-3, 6.907178885383854, -1000.57557193181],
  [0.01, 4.599479878042022, -100.5608854578687],
  [0.1, 2.252712651734206, -10.42375494041108],
  [0.5, 0.5723649429247001, -1.963510026021423],
  [0.9, 0.06637623973474295, -0.7549269499470513],
  [1.5, -0.1207822376352452, 0.03648997397857652],
  [3.25, 0.9358019311087254, 1.016990911068179],
  [7, 6.579251212010101, 1.872784335098467],
  [11.999999, 17.50230540321225, 2.442661593073935],
  [12, 17.50230784587389, 2.442661679975812],
  [12.5, 18.73434751193645, 2.485195651274912],
  [30, 71.25703896716801, 3.384438132685525],
  [100.1, 359.5942717888568, 4.601166364717533],
  [1234.5, 7550.550901077895, 7.118016231827998],
  [65535, 661265.7814255554, 11.09033200052329],
  [1e6, 12815504.56914761, 13.81551005796419],
  [123456789.25, 2176716243.88112, 18.63140176414302],
  [1e9, 19723265827.50372, 20.72326583644641],
];

/** Rounding leaves a few units of the last place of the largest number on the way. */
function near(found: number, expected: number, scale = 1): void {
  expect(Math.abs(found - expected)).toBeLessThan(4e-15 * Math.max(scale, Math.abs(expected)));
}

const positive = fc.double({ min: Math.log(1e-6), max: Math.log(1e9), noNaN: true }).map(Math.exp);
const small = fc.double({ min: Math.log(1e-6), max: Math.log(100), noNaN: true }).map(Math.exp);

describe('ln Γ', () => {
  it.each(KNOWN)('of %d', (x, expected) => near(logGamma(x), expected, 30));

  it('is 0 at 1 and 2, and the logarithm of a factorial at whole numbers', () => {
    near(logGamma(1), 0, 10);
    near(logGamma(2), 0, 10);
    let factorial = 0;
    for (let n = 1; n < 300; n++) {
      near(logGamma(n), factorial, 100);
      factorial += Math.log(n);
    }
  });

  it('goes up by ln x from x to x + 1', () => {
    fc.assert(fc.property(positive, (x) => near(logGamma(x + 1) - logGamma(x), Math.log(x), Math.max(30, logGamma(x + 1)))), { examples: [[11], [11.5], [12]] });
  });

  it('agrees with the reflection formula', () => {
    fc.assert(fc.property(fc.double({ min: 1e-6, max: 0.5, noNaN: true }), (x) => near(logGamma(x) + logGamma(1 - x), Math.log(Math.PI / Math.sin(Math.PI * x)), 100)));
  });

  it('agrees with the duplication formula', () => {
    fc.assert(fc.property(small, (x) => near(logGamma(2 * x), logGamma(x) + logGamma(x + 0.5) + (2 * x - 1) * Math.LN2 - 0.5 * Math.log(Math.PI), 200 + 4 * Math.abs(logGamma(2 * x)))));
  });
});

describe('ψ', () => {
  it.each(KNOWN)('of %d', (x, _logGamma, expected) => near(digamma(x), expected, 5));

  it('is 0 at its root', () => near(digamma(1.461632144968362), 0));

  it('goes up by 1/x from x to x + 1', () => {
    fc.assert(fc.property(positive, (x) => near(digamma(x + 1), digamma(x) + 1 / x, 30 + 1 / x)));
  });

  it('agrees with the reflection formula', () => {
    fc.assert(fc.property(fc.double({ min: 1e-6, max: 0.5, noNaN: true }), (x) => near(digamma(1 - x) - digamma(x), Math.PI / Math.tan(Math.PI * x), 100 + 1 / x + 1 / (1 - x))));
  });

  it('is the slope of ln Γ', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 1000, noNaN: true }), (x) => {
        const step = 1e-4 * x;
        const slope = (logGamma(x + step) - logGamma(x - step)) / (2 * step);
        expect(Math.abs(slope - digamma(x))).toBeLessThan(1e-6 * (1 + Math.abs(digamma(x))));
      }),
    );
  });
});

describe('a table', () => {
  it('gives what the function gives, in any order and beyond its end', () => {
    fc.assert(
      fc.property(fc.constantFrom(logGamma, digamma), small, fc.array(fc.oneof(fc.nat(100), fc.integer({ min: 4000, max: 5000 }), fc.nat(10_000_000)), { maxLength: 20 }), (f, offset, counts) => {
        const table = tableOf(f, offset);
        for (const count of counts) expect(table(count)).toBe(f(offset + count));
      }),
    );
  });

  it('asks for each value once', () => {
    let asked = 0;
    const table = tableOf((x) => ((asked++), x), 0.5);
    for (const count of [3, 1, 3, 0, 3]) expect(table(count)).toBe(0.5 + count);
    expect(asked).toBe(4);
  });
});
