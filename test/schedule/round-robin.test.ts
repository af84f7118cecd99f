import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockCount, roundRobin } from '../../src/schedule/round-robin.js';

const scene = fc.record({
  begin: fc.nat(1000),
  length: fc.integer({ min: 1, max: 300 }),
  size: fc.integer({ min: 1, max: 80 }),
  round: fc.nat(10_000),
});

describe('roundRobin', () => {
  it('covers every variable of the range once in any sweep of blockCount rounds', () => {
    fc.assert(
      fc.property(scene, ({ begin, length, size, round }) => {
        const range = { begin, end: begin + length };
        const count = blockCount(range, size);
        const sweep = Array.from({ length: count }, (_, i) => [...roundRobin(round + i, range, size)]);
        expect(sweep.flat().sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => begin + i));
        for (const block of sweep) expect(block.length).toBeLessThanOrEqual(size);
      }),
    );
  });

  it('gives ascending consecutive ids, the same for the same round', () => {
    fc.assert(
      fc.property(scene, ({ begin, length, size, round }) => {
        const range = { begin, end: begin + length };
        const ids = roundRobin(round, range, size);
        expect(ids).toEqual(Uint32Array.from(ids, (_, i) => ids[0] + i));
        expect(roundRobin(round, range, size)).toEqual(ids);
      }),
    );
  });

  it.each([
    [1, 1, 1],
    [63, 64, 1],
    [64, 64, 1],
    [65, 64, 2],
    [129, 64, 3],
  ])('cuts %d variables into blocks of %d: %d of them', (length, size, expected) => {
    expect(blockCount({ begin: 5, end: 5 + length }, size)).toBe(expected);
  });
});
