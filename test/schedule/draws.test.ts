import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Schedulers } from '../../src/schedule/schedulers.js';
import { DRAWS, play, scenes } from './draws.js';

for (const [name, make] of DRAWS) {
  describe(`a ${name} draw`, () => {
    it('gives distinct free ids of its range, and as many as there are', () => {
      fc.assert(
        fc.property(scenes, (scene) => {
          const range = { begin: scene.begin, end: scene.begin + scene.length };
          for (const { drawn, taken } of play(make(scene.seed, range), scene)) {
            expect(drawn).toHaveLength(Math.min(scene.count, scene.length - taken.size));
            expect(new Set(drawn).size).toBe(drawn.length);
            expect(drawn.filter((id) => taken.has(id) || id < range.begin || id >= range.end)).toHaveLength(0);
          }
        }),
      );
    });

    it('gives the same for the same seed', () => {
      fc.assert(
        fc.property(scenes, (scene) => {
          const range = { begin: scene.begin, end: scene.begin + scene.length };
          expect(play(make(scene.seed, range), scene)).toEqual(play(make(scene.seed, range), scene));
        }),
      );
    });

    it('goes on from its state, and what a refresh says, as it would have', () => {
      fc.assert(
        fc.property(scenes, fc.integer({ min: 1, max: 4 }), (scene, shards) => {
          const range = { begin: scene.begin, end: scene.begin + scene.length };
          const makeDraws = () => new Schedulers(shards, range, (part, shard) => make(scene.seed + shard, part));
          const draw = makeDraws();
          // What is in flight at the end stays taken.
          play(draw, scene);
          const progress = Float64Array.from({ length: scene.length }, (_, k) => (k % 5) / 3);
          const resumed = makeDraws();
          resumed.draw(1, 3);
          resumed.resume(draw.state());
          for (const each of [draw, resumed]) each.refresh(progress);
          expect(resumed.state()).toEqual(draw.state());
          expect(play(resumed, scene)).toEqual(play(draw, scene));
        }),
      );
    });

    it('visits every variable in its first sweep, when none has moved yet', () => {
      const length = 200;
      const draw = make(7, { begin: 30, end: 30 + length });
      draw.refresh(new Float64Array(length).fill(1));
      const seen = new Set<number>();
      for (let round = 0; round < 20; round++) for (const id of draw.draw(round, 10)) seen.add(id);
      expect(seen.size).toBe(length);
    });
  });
}

describe('the seed', () => {
  it('decides what is drawn where draws are random', () => {
    const range = { begin: 0, end: 1000 };
    for (const [name, make] of DRAWS) {
      const [first, second] = [1, 2].map((seed) => make(seed, range).draw(3, 20));
      if (name === 'round-robin') expect(first).toEqual(second);
      else expect(first).not.toEqual(second);
    }
  });
});
