import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VariableRange } from '../../src/program.js';
import { PriorityDraw } from '../../src/schedule/priority-draw.js';
import { Schedulers } from '../../src/schedule/schedulers.js';
import { DRAWS, play, scenes } from './draws.js';

describe('Schedulers', () => {
  it('cut the range into contiguous parts, and the shard of round t is t mod N', () => {
    const length = 103;
    for (const count of [1, 2, 4, 7]) {
      const ranges: VariableRange[] = [];
      const schedulers = new Schedulers(count, { begin: 5, end: 5 + length }, (range, shard) => {
        ranges.push(range);
        return new PriorityDraw(shard, range);
      });
      expect(ranges.flatMap(({ begin, end }) => Array.from({ length: end - begin }, (_, k) => begin + k))).toEqual(Array.from({ length }, (_, k) => 5 + k));
      for (let round = 0; round < 3 * count; round++) {
        const { begin, end } = ranges[round % count]!;
        const ids = schedulers.draw(round, 10);
        expect(ids.every((id) => id >= begin && id < end)).toBe(true);
        schedulers.release(ids);
      }
    }
  });

  for (const [name, make] of DRAWS) {
    it(`never draw a variable that is taken, and each shard hears of its own only: ${name}`, () => {
      fc.assert(
        fc.property(scenes, fc.integer({ min: 1, max: 9 }), (scene, count) => {
          const whole = { begin: scene.begin, end: scene.begin + scene.length };
          const schedulers = new Schedulers(count, whole, (range, shard) => {
            const draw = make(scene.seed + shard, range);
            const heard = (ids: Uint32Array) => expect(ids.every((id) => id >= range.begin && id < range.end)).toBe(true);
            return {
              draw: (round, most) => draw.draw(round, most),
              release: (ids) => (heard(ids), draw.release(ids)),
              commit: (ids, progress) => (heard(ids), expect(progress).toHaveLength(ids.length), draw.commit(ids, progress)),
              refresh: (progress) => (expect(progress).toHaveLength(range.end - range.begin), draw.refresh(progress)),
              state: () => draw.state(),
              resume: (state) => draw.resume(state),
              bytes: draw.bytes,
            };
          });
          schedulers.refresh(Float64Array.from({ length: scene.length }, (_, k) => k % 5));
          for (const { drawn, taken } of play(schedulers, scene)) {
            expect(new Set(drawn).size).toBe(drawn.length);
            expect(drawn.filter((id) => taken.has(id))).toHaveLength(0);
          }
        }),
      );
    });
  }

  it('share what they learn by range: a commit moves the priority of its variable alone', () => {
    const schedulers = new Schedulers(2, { begin: 0, end: 10 }, (range, shard) => new PriorityDraw(shard, range));
    const both = [...schedulers.draw(0, 5), ...schedulers.draw(1, 5)];
    schedulers.commit(Uint32Array.from(both), Float64Array.from(both, (id) => (id === 2 || id === 8 ? 1e9 : 0)));
    expect([...schedulers.draw(2, 1), ...schedulers.draw(3, 1)]).toEqual([2, 8]);
  });

  it('hold half the memory each when there are twice as many', () => {
    const bytes = [1, 2, 4, 8].map((count) => new Schedulers(count, { begin: 0, end: 1 << 16 }, (range, shard) => new PriorityDraw(shard, range)).bytes);
    for (let i = 1; i < bytes.length; i++) expect(bytes[i - 1]! / bytes[i]!).toBeCloseTo(2, 1);
  });
});
