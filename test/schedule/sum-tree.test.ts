import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SumTree, sumTreeMemory } from '../../src/schedule/sum-tree.js';

const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e-9, noNaN: true })), { minLength: 1, maxLength: 600 });
const changes = fc.array(fc.tuple(fc.nat(1000), fc.double({ min: 0, max: 1e9, noNaN: true })), { maxLength: 40 });

function treeOf(values: readonly number[]): SumTree {
  const tree = new SumTree(values.length);
  tree.fill(values);
  return tree;
}

describe('SumTree', () => {
  it('finds the item whose stretch of the total holds the point, as adding up one by one does', () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (values, part) => {
        fc.pre(values.some((value) => Math.fround(value) > 0));
        const tree = treeOf(values);
        const point = part * tree.total;
        const found = tree.find(point);
        const kept = values.map((value) => Math.fround(value));
        const before = kept.slice(0, found).reduce((sum, value) => sum + value, 0);
        const rounding = 1e-12 * tree.total;
        expect(kept[found]).toBeGreaterThan(0);
        expect(point).toBeLessThanOrEqual(before + kept[found]! + rounding);
        expect(point).toBeGreaterThanOrEqual(before - rounding);
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
        expect(now.map((_, item) => tree.weight(item))).toEqual(now.map((value) => Math.fround(value)));
      }),
    );
  });

  it('does not drift in a million changes over eighteen orders of magnitude', () => {
    const count = 1000;
    const tree = new SumTree(count);
    for (let change = 0; change < 1e6; change++) tree.set((change * 7) % count, 10 ** ((change % 19) - 9));
    for (let item = 0; item < count; item++) tree.set(item, 1);
    expect(tree.total).toBe(count);
    for (let item = 0; item < count; item++) tree.set(item, 0);
    expect(tree.total).toBe(0);
  });

  it('keeps what is beyond float32 as the largest that float32 holds', () => {
    const tree = treeOf([1e300, 0]);
    expect(tree.total).toBe(3.4028234663852886e38);
    tree.set(1, Infinity);
    expect(tree.total).toBe(2 * 3.4028234663852886e38);
  });

  it('writes nowhere where weights were and stay 0', () => {
    let writes = 0;
    const { leaves, sums } = sumTreeMemory(5000);
    const counted = <Memory extends object>(memory: Memory): Memory => new Proxy(memory, { get: (target, key) => ofTarget(target, key), set: (target, key, value) => (writes++, Reflect.set(target, key, value)) });
    const tree = new SumTree(5000, { leaves: counted(leaves), sums: sums.map(counted) });
    tree.fill(Float64Array.from({ length: 5000 }, (_, item) => (item === 4711 ? 1 : 0)));
    expect(writes).toBe(1 + sums.length);
  });

  it('looks at 16 numbers a level for a find and a change, at 5 bytes an item', () => {
    for (const count of [1, 15, 16, 17, 256, 257, 1000, 1 << 16, 100_001]) {
      let visits = 0;
      const { leaves, sums } = sumTreeMemory(count);
      const counted = <Memory extends object>(memory: Memory): Memory =>
        new Proxy(memory, {
          get: (target, key) => {
            if (typeof key === 'string' && /^\d+$/.test(key)) visits++;
            return ofTarget(target, key);
          },
          set: (target, key, value) => (visits++, Reflect.set(target, key, value)),
        });
      const tree = new SumTree(count, { leaves: counted(leaves), sums: sums.map(counted) });
      tree.fill(new Float64Array(count).fill(1));
      const levels = Math.max(1, Math.ceil(Math.log(count) / Math.log(16) - 1e-9));
      for (const item of [0, count >> 1, count - 1]) {
        visits = 0;
        tree.set(item, 2);
        expect(visits).toBeLessThanOrEqual(1 + 17 * levels);
        const point = (item / count) * tree.total;
        visits = 0;
        tree.find(point);
        expect(visits).toBeLessThanOrEqual(16 * levels);
      }
      expect(tree.bytes).toBeLessThanOrEqual(4.6 * count + 200 * levels);
    }
  });
});

/** A typed array's own functions and length want the array itself. */
function ofTarget(target: object, key: string | symbol): unknown {
  return Reflect.get(target, key, target);
}
