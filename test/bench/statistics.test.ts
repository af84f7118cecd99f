/** The arithmetic of samples. */
import { describe, expect, it } from 'vitest';
import { geometricMean, median, pairwise, spreadOf } from '../../bench/runner/statistics.js';

describe('statistics', () => {
  it.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
    [[2, 100, 1], 2],
    [[10, 9, 100, 2], 9.5],
  ])('the median of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('leaves the values in their order, and refuses none', () => {
    const values = [3, 1, 2];
    expect(spreadOf(values)).toEqual({ median: 2, min: 1, max: 3 });
    expect(values).toEqual([3, 1, 2]);
    expect(() => median([])).toThrow(RangeError);
  });

  it('takes ratios pair by pair, and of pairs only', () => {
    expect(pairwise([6, 8], [3, 2])).toEqual([2, 4]);
    expect(() => pairwise([1, 2], [1])).toThrow('2 samples and 1 of the baseline are no pairs');
  });

  it('means logarithms', () => {
    expect(geometricMean([1, 100])).toBeCloseTo(10, 12);
  });
});
