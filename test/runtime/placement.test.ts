import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeShards, replaceShards, shardBegin, shardCount, shares, type Host } from '../../src/runtime/placement.js';

const gpu: Host = { kind: 'webgpu', software: false };
const rasterizer: Host = { kind: 'webgpu', software: true };
const cpu: Host = { kind: 'wasm', software: false };
const hosts = fc.array(fc.constantFrom(gpu, rasterizer, cpu), { minLength: 1, maxLength: 12 });

describe('placeShards', () => {
  it('places every shard once, in contiguous ranges by worker, one at least while there are enough', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), hosts, (shards, workers) => {
        const placement = placeShards(shards, workers);
        expect(placement.flat()).toEqual(Array.from({ length: shards }, (_, shard) => shard));
        expect(placement).toHaveLength(workers.length);
        if (shards >= workers.length) for (const hosted of placement) expect(hosted.length).toBeGreaterThan(0);
        expect(placeShards(shards, workers)).toEqual(placement);
      }),
    );
  });

  it('gives equal workers equal shares, the earlier ones the rest', () => {
    const sizes = (shards: number, workers: number) => placeShards(shards, new Array<Host>(workers).fill(cpu)).map((hosted) => hosted.length);
    expect(sizes(8, 2)).toEqual([4, 4]);
    expect(sizes(8, 3)).toEqual([3, 3, 2]);
    expect(sizes(4, 3)).toEqual([2, 1, 1]);
    expect(sizes(2, 3)).toEqual([1, 1, 0]);
  });

  it('gives a faster worker more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), (shards) => {
        const [ofGpu, ofCpu, ofRasterizer] = placeShards(shards, [gpu, cpu, rasterizer]).map((hosted) => hosted.length);
        expect(ofGpu).toBeGreaterThanOrEqual(ofCpu);
        expect(ofCpu).toBeGreaterThanOrEqual(ofRasterizer);
      }),
    );
  });

  it('shares many shards in proportion to the rates', () => {
    expect(placeShards(450, [gpu, cpu, rasterizer]).map((hosted) => hosted.length)).toEqual([400, 40, 10]);
  });
});

describe('shardCount', () => {
  const shard = 2 ** 26;

  it.each([
    [0, 4],
    [1, 4],
    [4 * shard, 4],
    [4 * shard + 1, 5],
    [100 * shard, 100],
    [2 ** 45, 2 ** 19],
  ])('cuts %d bytes into %d', (bytes, expected) => expect(shardCount(bytes)).toBe(expected));

  it('never falls as the data grow', () => {
    const size = fc.integer({ min: 0, max: 2 ** 45 });
    fc.assert(fc.property(size, size, (a, b) => shardCount(Math.min(a, b)) <= shardCount(Math.max(a, b))));
  });
});

describe('shardBegin', () => {
  it('cuts all rows into nearly equal parts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 2 ** 40 }), (shards, rows) => {
        const begins = Array.from({ length: shards + 1 }, (_, shard) => shardBegin(shard, shards, rows));
        expect(begins[0]).toBe(0);
        expect(begins[shards]).toBe(rows);
        const sizes = begins.slice(1).map((end, shard) => end - begins[shard]);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('replaceShards', () => {
  const rates = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 8 }).filter((all) => all.some((rate) => rate > 0));

  it('gives every shard one host, by their rates, and moves none that its host may keep', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 8 }), fc.nat(1000), (all, shards, orphaned, salt) => {
        const hosted = all.map((): number[] => []);
        const orphans: number[] = [];
        for (let shard = 0; shard < shards; shard++) {
          const place = (shard * 7 + salt * (shard % 5)) % (all.length + (orphaned > 0 ? 1 : 0));
          (hosted[place] ?? orphans).push(shard);
        }
        const placed = replaceShards(hosted, orphans, all);
        expect(placed.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: shards }, (_, shard) => shard));
        expect(placed.map(({ length }) => length)).toEqual(shares(shards, all));
        for (const [host, own] of placed.entries()) {
          expect(own).toEqual([...own].sort((a, b) => a - b));
          const kept = hosted[host].filter((shard) => own.includes(shard)).length;
          expect(kept).toBe(Math.min(hosted[host].length, own.length));
        }
      }),
    );
  });

  it('leaves all where they are when the shares are right', () => {
    expect(replaceShards([[0, 5], [1, 4], [2, 3]], [], [4, 4, 4])).toEqual([[0, 5], [1, 4], [2, 3]]);
  });

  it('gives a newcomer its share, and takes all from who leaves', () => {
    expect(replaceShards([[0, 1, 2, 3], [4, 5, 6, 7], []], [], [4, 4, 4])).toEqual([[0, 1, 2], [4, 5, 6], [3, 7]]);
    expect(replaceShards([[0, 1], [2, 3]], [], [0, 4])).toEqual([[], [0, 1, 2, 3]]);
  });
});
