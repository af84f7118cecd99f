/** Sums over shards have the same bits whoever hosts which. */
import { describe, expect, it } from 'vitest';
import { firstShardOf, subtreeSums, sumOfAll, type Numbers } from '../../../models/mf/shard-tree.js';
import { packed, unpacked } from '../../../models/mf/packed.js';

/** Numbers whose sum depends on the order of the additions. */
const part = (shard: number) => Float32Array.from({ length: 3 }, (_, k) => (shard % 3 === 0 ? 1e9 : 1) / (7 + shard + k));

/** Shards 0 … shards - 1 dealt out in runs that end where `ends` says. */
function sumOver(shards: number, ends: readonly number[]): { sum: number[]; sent: number } {
  const sent = new Map<number, Numbers>();
  let first = 0;
  for (const end of [...ends, shards]) {
    const parts = new Map(Array.from({ length: end - first }, (_, at) => [first + at, part(first + at)]));
    for (const [node, numbers] of subtreeSums(parts, shards)) {
      expect(parts.has(firstShardOf(node, shards))).toBe(true);
      sent.set(node, numbers.slice());
    }
    first = end;
  }
  return { sum: [...sumOfAll((node) => sent.get(node), shards)], sent: sent.size };
}

describe('sums over shards', () => {
  it.each([1, 2, 3, 5, 8, 9, 13])('of %i are the same for every way to host them, and right', (shards) => {
    const { sum, sent } = sumOver(shards, []);
    expect(sent).toBe(1);
    for (let first = 1; first < shards; first++) {
      expect(sumOver(shards, [first]).sum).toEqual(sum);
      for (let second = first + 1; second < shards; second++) expect(sumOver(shards, [first, second]).sum).toEqual(sum);
    }
    expect(sumOver(shards, Array.from({ length: shards - 1 }, (_, at) => at + 1)).sum).toEqual(sum);
    for (let k = 0; k < 3; k++) {
      const exact = Array.from({ length: shards }, (_, shard) => part(shard)[k]).reduce((total, value) => total + value, 0);
      expect(Math.abs(sum[k] / exact - 1)).toBeLessThan(1e-14);
    }
  });

  it('travel one for a half of the shards', () => {
    expect(sumOver(8, [4]).sent).toBe(2);
    expect(sumOver(8, [3, 6]).sent).toBe(5);
  });

  it('need every shard', () => {
    expect(() => sumOfAll((node) => (node === 2 ? part(0) : undefined), 4)).toThrow('no sum covers shard 2');
  });
});

describe('float32 in a task', () => {
  it.each([0, 1, 2, 5])('comes out as it went in: %i numbers', (count) => {
    const numbers = Float32Array.from({ length: count }, (_, k) => (k === 0 ? NaN : 1 / (k + 3)));
    const values = packed(numbers);
    expect(values.length).toBe(Math.ceil(count / 2));
    expect(unpacked(values).subarray(0, count)).toEqual(numbers);
  });
});
