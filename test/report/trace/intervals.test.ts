import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut, type Interval } from '../../../src/report/trace/intervals.js';

const LENGTH = 40;
const interval = fc.tuple(fc.integer({ min: -5, max: LENGTH + 5 }), fc.integer({ min: -5, max: LENGTH + 5 })).map(([a, b]): Interval => ({ begin: a, end: b }));

describe('shares of a stretch of time', () => {
  it('go to the first claim that covers a moment', () => {
    fc.assert(
      fc.property(fc.array(fc.array(interval, { maxLength: 8 }), { maxLength: 4 }), (claims) => {
        const expected = claims.map(() => 0);
        for (let moment = 0; moment < LENGTH; moment++) {
          const first = claims.findIndex((claim) => claim.some(({ begin, end }) => begin <= moment && moment < end));
          if (first >= 0) expected[first]!++;
        }
        expect(shareOut({ begin: 0, end: LENGTH }, claims)).toEqual(expected);
      }),
    );
  });

  it('of an empty or backward stretch are 0', () => {
    expect(shareOut({ begin: 3, end: 3 }, [[{ begin: 0, end: 9 }]])).toEqual([0]);
    expect(shareOut({ begin: 3, end: 2 }, [[{ begin: -Infinity, end: Infinity }]])).toEqual([0]);
  });
});
