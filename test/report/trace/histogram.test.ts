import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, QUANTILE_ERROR } from '../../../src/report/trace/histogram.js';

describe('a histogram', () => {
  it('tells every quantile to within its error', () => {
    const duration = fc.double({ min: 1e-6, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (durations, q) => {
        const histogram = new Histogram();
        for (const one of durations) histogram.add(one);
        const exact = durations.sort((a, b) => a - b)[Math.max(1, Math.ceil(q * durations.length)) - 1]!;
        expect(Math.abs(histogram.quantile(q)! / exact - 1)).toBeLessThanOrEqual(QUANTILE_ERROR * (1 + 1e-9));
      }),
    );
  });

  it('of nothing has no quantile', () => {
    expect(new Histogram().quantile(0.5)).toBeNull();
  });
});
