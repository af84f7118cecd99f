import { describe, expect, it } from 'vitest';
import { PriorityDraw } from '../../src/schedule/priority-draw.js';
import { chiSquare } from './draws.js';

const RANGE = { begin: 10, end: 30 };
const LENGTH = RANGE.end - RANGE.begin;
/** η is a hundredth of the mean progress. */
const eta = (progress: Float64Array) => progress.reduce((sum, value) => sum + value, 0) / progress.length / 100;

function firstDraws(draw: PriorityDraw, rounds: number): Uint32Array {
  const counts = new Uint32Array(LENGTH);
  for (let round = 0; round < rounds; round++) {
    const ids = draw.draw(round, 1);
    counts[ids[0]! - RANGE.begin]!++;
    draw.release(ids);
  }
  return counts;
}

describe('PriorityDraw', () => {
  const progress = Float64Array.from({ length: LENGTH }, (_, k) => (k % 4) ** 3 / 1000);

  it('draws with probability ∝ progress + η', () => {
    const draw = new PriorityDraw(5, RANGE);
    draw.refresh(progress);
    const rounds = 40_000;
    const total = progress.reduce((sum, value) => sum + value + eta(progress), 0);
    const counts = firstDraws(draw, rounds);
    // 19 degrees of freedom: seven standard deviations above the mean.
    expect(chiSquare(counts, (k) => (rounds * (progress[k]! + eta(progress))) / total)).toBeLessThan(19 + 7 * Math.sqrt(2 * 19));
  });

  it('draws the second variable of a round by the weights that are left', () => {
    const draw = new PriorityDraw(6, { begin: 0, end: 3 });
    const weights = Float64Array.of(6, 3, 1);
    draw.refresh(weights);
    const noise = eta(weights);
    const w = weights.map((value) => value + noise);
    const total = w[0]! + w[1]! + w[2]!;
    const pairs = new Uint32Array(9);
    const rounds = 30_000;
    for (let round = 0; round < rounds; round++) {
      const ids = draw.draw(round, 2);
      pairs[3 * ids[0]! + ids[1]!]!++;
      draw.release(ids);
    }
    const orders = [1, 2, 3, 5, 6, 7];
    const expected = (k: number) => {
      const [a, b] = [Math.floor(orders[k]! / 3), orders[k]! % 3];
      return (rounds * (w[a]! / total) * w[b]!) / (total - w[a]!);
    };
    // 5 degrees of freedom: seven standard deviations above the mean.
    expect(chiSquare(orders.map((pair) => pairs[pair]!), expected)).toBeLessThan(5 + 7 * Math.sqrt(10));
  });

  it('goes by what a commit says, and by what stood before after a release', () => {
    const draw = new PriorityDraw(7, RANGE);
    draw.refresh(new Float64Array(LENGTH).fill(1));
    const all = draw.draw(0, LENGTH);
    draw.commit(all, Float64Array.from(all, (id) => (id === 17 ? 1e6 : 0)));
    for (let round = 1; round < 20; round++) {
      const ids = draw.draw(round, 1);
      expect([...ids]).toEqual([17]);
      draw.release(ids);
    }
  });

  it('learns from a refresh of variables that are taken too', () => {
    const draw = new PriorityDraw(8, RANGE);
    const ids = draw.draw(0, 5);
    draw.refresh(Float64Array.from({ length: LENGTH }, (_, k) => (RANGE.begin + k === ids[2] ? 1e9 : 0)));
    expect([...draw.draw(1, LENGTH)].some((id) => ids.includes(id))).toBe(false);
    draw.release(ids);
    expect(draw.draw(2, 1)[0]).toBe(ids[2]);
  });

  it('treats all alike when nothing moves any more', () => {
    const draw = new PriorityDraw(9, RANGE);
    draw.refresh(new Float64Array(LENGTH));
    const rounds = 20_000;
    expect(chiSquare(firstDraws(draw, rounds), () => rounds / LENGTH)).toBeLessThan(19 + 7 * Math.sqrt(2 * 19));
  });

  it('explores evenly among what is free where most is taken', () => {
    const draw = new PriorityDraw(10, RANGE);
    const taken = draw.draw(0, 15);
    const free = [...Array(LENGTH).keys()].map((k) => RANGE.begin + k).filter((id) => !taken.includes(id));
    const rounds = 20_000;
    const counts = new Uint32Array(free.length);
    for (let round = 1; round <= rounds; round++) {
      const ids = draw.draw(round, 1);
      counts[free.indexOf(ids[0]!)]!++;
      draw.release(ids);
    }
    // 4 degrees of freedom: seven standard deviations above the mean.
    expect(chiSquare(counts, () => rounds / free.length)).toBeLessThan(4 + 7 * Math.sqrt(8));
  });

  it('goes on elsewhere from its priorities as it would have here', () => {
    const drawn = new PriorityDraw(11, RANGE);
    drawn.refresh(progress);
    const first = drawn.draw(0, 6);
    drawn.refresh(progress.map((value) => value * 3));
    drawn.commit(first.slice(0, 2), Float64Array.of(0.1, 0));
    drawn.release(first.slice(2, 4));
    const resumed = new PriorityDraw(11, RANGE);
    resumed.draw(0, 3);
    resumed.restore(drawn.priorities());
    expect(resumed.priorities()).toEqual(drawn.priorities());
    for (let round = 1; round < 50; round++) {
      if (round === 5) for (const draw of [drawn, resumed]) draw.release(first.slice(4));
      const ids = drawn.draw(round, 3);
      expect(resumed.draw(round, 3)).toEqual(ids);
      for (const draw of [drawn, resumed]) draw.commit(ids, Float64Array.from(ids, (id) => (id % 5) / (10 * round)));
    }
  });

  it('keeps less than 5 bytes a variable', () => {
    for (const length of [1000, 1 << 20]) expect(new PriorityDraw(0, { begin: 0, end: length }).bytes / length).toBeLessThan(5);
  });
});
