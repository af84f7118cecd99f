import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockCount, RoundRobinDraw } from '../../src/schedule/round-robin.js';

describe('RoundRobinDraw', () => {
  it('covers every variable of its range once in any sweep of blockCount rounds', () => {
    const scene = fc.record({ begin: fc.nat(1000), length: fc.integer({ min: 1, max: 300 }), size: fc.integer({ min: 1, max: 80 }), sweeps: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(scene, ({ begin, length, size, sweeps }) => {
        const draw = new RoundRobinDraw({ begin, end: begin + length });
        const ids: number[] = [];
        for (let round = 0; ids.length < sweeps * length; round++) {
          const drawn = draw.draw(round, Math.min(size, length));
          draw.commit(drawn);
          ids.push(...drawn);
        }
        for (const [k, id] of ids.entries()) expect(id).toBe(begin + (k % length));
      }),
    );
  });

  it('brings what was turned away first, in its order, and nothing twice', () => {
    const draw = new RoundRobinDraw({ begin: 0, end: 10 });
    expect([...draw.draw(0, 4)]).toEqual([0, 1, 2, 3]);
    draw.release(Uint32Array.of(3, 1));
    expect([...draw.draw(1, 4)]).toEqual([3, 1, 4, 5]);
    draw.release(Uint32Array.of(4, 5, 1));
    expect([...draw.draw(2, 1)]).toEqual([4]);
    expect([...draw.draw(3, 8)]).toEqual([5, 1, 6, 7, 8, 9]);
  });

  it.each([
    [1, 1, 1],
    [63, 64, 1],
    [64, 64, 1],
    [65, 64, 2],
    [129, 64, 3],
  ])('takes a sweep of %d variables in blocks of %d: %d of them', (length, size, expected) => {
    expect(blockCount({ begin: 5, end: 5 + length }, size)).toBe(expected);
  });
});
