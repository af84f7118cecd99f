import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interval } from '../../../src/report/trace/intervals.js';
import { Lanes } from '../../../src/report/trace/lanes.js';

const cuts = (a: Interval, b: Interval) => (a.begin < b.begin && b.begin < a.end && a.end < b.end) || (b.begin < a.begin && a.begin < b.end && b.end < a.end);

describe('lanes', () => {
  it('never hold spans that cut across each other', () => {
    const span = fc.tuple(fc.nat(60), fc.nat(12)).map(([begin, length]): Interval => ({ begin, end: begin + length }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 40 }), (spans) => {
        const lanes = new Lanes();
        const placed = [...spans].sort((a, b) => a.end - b.end).map((one) => ({ ...one, lane: lanes.place(one) }));
        for (const a of placed) for (const b of placed) if (a.lane === b.lane) expect(cuts(a, b)).toBe(false);
      }),
    );
  });

  it('keep what nests on the first', () => {
    const lanes = new Lanes();
    expect([{ begin: 2, end: 3 }, { begin: 4, end: 6 }, { begin: 1, end: 7 }, { begin: 7, end: 9 }].map((span) => lanes.place(span))).toEqual([0, 0, 0, 0]);
    expect(lanes.place({ begin: 8, end: 10 })).toBe(1);
  });
});
