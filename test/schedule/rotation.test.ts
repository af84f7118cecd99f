import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rotation } from '../../src/schedule/rotation.js';

const rotations = fc.record({ shards: fc.integer({ min: 1, max: 9 }), blocksAShard: fc.integer({ min: 1, max: 4 }) }).map(({ shards, blocksAShard }) => new Rotation(shards, blocksAShard));

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Holds `property` in every step of two turns and the first of a third. */
function inEveryStep(property: (rotation: Rotation, step: number) => void): void {
  fc.assert(
    fc.property(rotations, (rotation) => {
      for (const step of upTo(2 * rotation.blocks + 1)) property(rotation, step);
    }),
  );
}

describe('Rotation', () => {
  it('gives the shards of a step as many different blocks', () => {
    inEveryStep((rotation, step) => {
      const inWork = upTo(rotation.shards).map((shard) => rotation.blockAt(shard, step));
      expect(new Set(inWork).size).toBe(rotation.shards);
    });
  });

  it('brings every block to every shard once a turn', () => {
    fc.assert(
      fc.property(rotations, fc.nat(50), (rotation, firstStep) => {
        for (const shard of upTo(rotation.shards)) {
          const met = upTo(rotation.blocks).map((step) => rotation.blockAt(shard, firstStep + step));
          expect(met.sort((a, b) => a - b)).toEqual(upTo(rotation.blocks));
        }
      }),
    );
  });

  it('shares all blocks out among the shards at every step', () => {
    inEveryStep((rotation, step) => {
      const held = upTo(rotation.shards).flatMap((shard) => rotation.held(shard, step));
      expect(held.sort((a, b) => a - b)).toEqual(upTo(rotation.blocks));
    });
  });

  it('has a shard hold what it works on, and after that what is left and what it was handed, last', () => {
    inEveryStep((rotation, step) => {
      const after: number[][] = upTo(rotation.shards).map((shard) => rotation.held(shard, step).slice(1));
      for (const shard of upTo(rotation.shards)) {
        expect(rotation.held(shard, step)[0]).toBe(rotation.blockAt(shard, step));
        after[rotation.nextShard(shard)].push(rotation.blockAt(shard, step));
      }
      expect(after).toEqual(upTo(rotation.shards).map((shard) => rotation.held(shard, step + 1)));
    });
  });

  it('has the next shard work on a block m steps later', () => {
    inEveryStep((rotation, step) => {
      for (const shard of upTo(rotation.shards)) expect(rotation.blockAt(rotation.nextShard(shard), step + rotation.blocksAShard)).toBe(rotation.blockAt(shard, step));
    });
  });

  it('has every block at home before every turn', () => {
    fc.assert(
      fc.property(rotations, fc.nat(3), (rotation, turn) => {
        for (const shard of upTo(rotation.shards)) {
          for (const block of rotation.held(shard, turn * rotation.blocks)) expect(rotation.home(block)).toBe(shard);
        }
      }),
    );
  });

  it('rotates three shards of two blocks as drawn on paper', () => {
    const rotation = new Rotation(3, 2);
    const inWork = upTo(6).map((step) => [0, 1, 2].map((shard) => rotation.blockAt(shard, step)));
    expect(inWork).toEqual([[0, 2, 4], [1, 3, 5], [2, 4, 0], [3, 5, 1], [4, 0, 2], [5, 1, 3]]);
    expect([0, 1, 2].map((shard) => rotation.held(shard, 3))).toEqual([[3, 4], [5, 0], [1, 2]]);
    expect([0, 1, 2].map((shard) => rotation.nextShard(shard))).toEqual([2, 0, 1]);
    expect(upTo(6).map((block) => rotation.home(block))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});
