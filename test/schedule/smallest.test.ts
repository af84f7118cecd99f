import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nthSmallest, positionsOfSmallest } from '../../src/schedule/smallest.js';

/** Few different values, so that there are ties, with both zeros and both infinities; or any numbers but NaN. */
const few = fc.constantFrom(-Infinity, -2, -0, 0, 1e-300, 1, 2, Infinity);
const keysOf = (shape: { minLength?: number; maxLength: number }) => fc.oneof(fc.array(few, shape), fc.array(fc.double({ noNaN: true }), shape)).map((values) => Float64Array.from(values));

/** What a stable sort puts first, ±0 being equal. */
function firstOf(keys: Float64Array, count: number): number[] {
  const order = [...keys.keys()].sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b));
  return order.slice(0, count).sort((a, b) => a - b);
}

describe('the n-th smallest', () => {
  it('is what a sort finds, and the numbers stay the same', () => {
    fc.assert(
      fc.property(keysOf({ minLength: 1, maxLength: 60 }), fc.nat(), (keys, at) => {
        const count = 1 + (at % keys.length);
        const moved = keys.slice();
        const found = nthSmallest(moved, count);
        const sorted = keys.slice().sort();
        expect(found + 0).toBe(sorted[count - 1] + 0);
        expect(moved.sort()).toEqual(sorted);
      }),
      { numRuns: 500 },
    );
  });

  it('is found in orders that defeat a careless pivot', () => {
    const orders: ((i: number) => number)[] = [(i) => i, (i) => -i, () => 7, (i) => i % 2, (i) => (i < 500 ? i : 1000 - i), (i) => (i * 389) % 1000];
    for (const order of orders) {
      const keys = Float64Array.from({ length: 1000 }, (_, i) => order(i));
      const sorted = keys.slice().sort();
      for (const count of [1, 2, 499, 500, 501, 999, 1000]) expect(nthSmallest(keys.slice(), count)).toBe(sorted[count - 1]);
    }
  });
});

describe('the positions of the smallest', () => {
  it('are those of a stable sort', () => {
    fc.assert(
      fc.property(keysOf({ maxLength: 60 }), fc.nat({ max: 70 }), (keys, count) => {
        const before = keys.slice();
        expect([...positionsOfSmallest(keys, count)]).toEqual(firstOf(keys, count));
        expect(keys).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('are none, one, all but one, or all', () => {
    const keys = Float64Array.of(3, -0, 1, 0, Infinity, -Infinity, 0, 3);
    for (const count of [0, 1, 2, 3, 7, 8, 9]) expect([...positionsOfSmallest(keys, count)]).toEqual(firstOf(keys, count));
    expect(positionsOfSmallest(new Float64Array(0), 0)).toEqual(new Uint32Array(0));
    expect(positionsOfSmallest(new Float64Array(0), 5)).toEqual(new Uint32Array(0));
  });

  it('go by the earlier position where every key is the same', () => {
    for (const key of [0, Infinity, -Infinity]) expect([...positionsOfSmallest(new Float64Array(9).fill(key), 4)]).toEqual([0, 1, 2, 3]);
  });
});
