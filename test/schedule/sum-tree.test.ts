import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SumTree } from '../../src/schedule/sum-tree.js';

const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e-9, noNaN: true })), { minLength: 1, maxLength: 60 });
const changes = fc.array(fc.tuple(fc.nat(1000), fc.double({ min: 0, max: 1e9, noNaN: true })), { maxLength: 40 });

function treeOf(values: readonly number[]): SumTree {
  const tree = new SumTree(new Float64Array(2 * values.length));
  tree.fill((item) => values[item]!);
  return tree;
}

/** Items in the order in which the tree lays their weights end to end, and where each ends, added up plainly. */
function layout(values: readonly number[]): { readonly item: number; readonly end: number }[] {
  const depth = Math.ceil(Math.log2(values.length));
  // Leaf k is node n + k; those on the last level come first from the left.
  const order = values.map((_, item) => item).sort((a, b) => leftEdge(a, values.length, depth) - leftEdge(b, values.length, depth));
  let end = 0;
  return order.map((item) => ({ item, end: (end += values[item]!) }));
}

/** Where a leaf lies from the left, in units of the deepest level. */
function leftEdge(item: number, count: number, depth: number): number {
  let node = count + item;
  while (node < 2 ** depth) node *= 2;
  return node;
}

describe('SumTree', () => {
  it('finds the item whose stretch of the total holds the point, as adding up one by one does', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (values, part) => {
        fc.pre(values.some((value) => value > 0));
        const tree = treeOf(values);
        const point = part * tree.total;
        const found = tree.find(point);
        const stretches = layout(values);
        const place = stretches.findIndex(({ item }) => item === found);
        const rounding = 1e-12 * tree.total;
        expect(values[found]).toBeGreaterThan(0);
        expect(point).toBeLessThanOrEqual(stretches[place]!.end + rounding);
        expect(point).toBeGreaterThanOrEqual((stretches[place - 1]?.end ?? 0) - rounding);
      }),
      { numRuns: 500 },
    );
  });

  it('holds after any changes the very sums of a tree made afresh', () => {
    fc.assert(
      fc.property(weights, changes, (values, updates) => {
        const tree = treeOf(values);
        const now = [...values];
        for (const [at, weight] of updates) {
          now[at % now.length] = weight;
          tree.set(at % now.length, weight);
        }
        expect(tree.total).toBe(treeOf(now).total);
        expect(now.map((_, item) => tree.weight(item))).toEqual(now);
      }),
    );
  });

  it('does not drift in a million changes over eighteen orders of magnitude', () => {
    const count = 1000;
    const tree = new SumTree(new Float64Array(2 * count));
    for (let change = 0; change < 1e6; change++) tree.set((change * 7) % count, 10 ** ((change % 19) - 9));
    for (let item = 0; item < count; item++) tree.set(item, 1);
    expect(tree.total).toBe(count);
    for (let item = 0; item < count; item++) tree.set(item, 0);
    expect(tree.total).toBe(0);
  });

  it('looks at O(log n) sums for a find and a change', () => {
    for (const count of [1, 2, 3, 1000, 1 << 16, 100_001]) {
      let visits = 0;
      const memory = new Float64Array(2 * count).fill(1);
      const counted = new Proxy(memory, {
        get: (target, key) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) visits++;
          return Reflect.get(target, key, target) as unknown;
        },
        set: (target, key, value: number) => {
          visits++;
          target[Number(key)] = value;
          return true;
        },
      });
      const tree = new SumTree(counted);
      const levels = Math.ceil(Math.log2(count)) + 1;
      for (const item of [0, count >> 1, count - 1]) {
        visits = 0;
        tree.set(item, 2);
        expect(visits).toBeLessThanOrEqual(3 * levels);
        const point = (item / count) * tree.total;
        visits = 0;
        tree.find(point);
        expect(visits).toBeLessThanOrEqual(2 * levels);
      }
    }
  });
});
