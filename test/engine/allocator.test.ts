/** The allocator against a model that only remembers which regions are live. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/engine/allocator.js';

const BEGIN = 16;
const LIMIT = 4096;

interface Live {
  readonly offset: number;
  readonly bytes: number;
}

/** An allocation of some bytes, or the release of the nth live region. */
const step = fc.oneof(fc.record({ allocate: fc.nat(700) }), fc.record({ free: fc.nat(30) }));

describe('allocator', () => {
  it('hands out aligned regions that never overlap, and all the room again once they are free', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const allocator = createAllocator(BEGIN, LIMIT);
        const live: Live[] = [];
        for (const action of steps) {
          if ('free' in action) {
            const [region] = live.splice(action.free % Math.max(1, live.length), 1);
            if (region) allocator.free(region.offset, region.bytes);
            continue;
          }
          const bytes = action.allocate;
          const granted = Math.max(1, bytes) <= allocator.largest();
          const offset = allocator.allocate(bytes);
          expect(offset !== null).toBe(granted);
          if (offset === null) continue;
          expect(offset % 16).toBe(0);
          expect(offset >= BEGIN && offset + bytes <= allocator.end && allocator.end <= LIMIT).toBe(true);
          expect(live.some((other) => offset < other.offset + Math.max(1, other.bytes) && other.offset < offset + Math.max(1, bytes))).toBe(false);
          live.push({ offset, bytes });
        }
        for (const { offset, bytes } of live) allocator.free(offset, bytes);
        expect(allocator.end).toBe(BEGIN);
        expect(allocator.largest()).toBe(LIMIT - BEGIN);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('uses the lowest hole that fits, and joins neighbours', () => {
    const allocator = createAllocator(BEGIN, LIMIT);
    const [a, b, c, d] = [100, 200, 300, 16].map((bytes) => allocator.allocate(bytes)!);
    allocator.free(a, 100);
    allocator.free(c, 300);
    expect(allocator.allocate(150)).toBe(c);
    allocator.free(c, 150);
    allocator.free(b, 200);
    expect(allocator.allocate(500)).toBe(a);
    expect(allocator.end).toBe(d + 16);
  });
});
