import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk, Keys } from '../../src/program.js';
import { Combiner } from '../../src/runtime/combine.js';

const run = (first: number, values: number[], { width = 1, channel = 0 } = {}): Chunk => ({ channel, keys: { first, count: values.length / width }, width, values: Float64Array.from(values) });
const list = (keys: number[], values: number[], { width = 1, channel = 0 } = {}): Chunk => ({ channel, keys: Uint32Array.from(keys), width, values: Float64Array.from(values) });

/** What one shard pushes: ascending keys, `width` numbers for each. */
interface Pushed {
  readonly keys: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });

function pushedList(width: number): fc.Arbitrary<Pushed> {
  return fc
    .uniqueArray(fc.tuple(fc.nat(40), fc.array(number, { minLength: width, maxLength: width })), { selector: ([key]) => key, maxLength: 25 })
    .map((entries) => entries.sort(([a], [b]) => a - b))
    .map((entries) => ({ keys: entries.map(([key]) => key), rows: entries.map(([, row]) => row) }));
}

function pushedRun(width: number): fc.Arbitrary<Pushed> {
  return fc
    .tuple(fc.nat(20), fc.array(fc.array(number, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 25 }))
    .map(([first, rows]) => ({ keys: rows.map((_, i) => first + i), rows }));
}

/** Cuts what a shard pushes into chunks after each position that `cuts` names. */
function chunksOf({ keys, rows }: Pushed, form: 'list' | 'run', width: number, cuts: readonly number[]): Chunk[] {
  const ends = [...new Set(cuts.filter((cut) => cut < keys.length)), keys.length].sort((a, b) => a - b);
  return ends.map((end, i) => {
    const begin = ends[i - 1] ?? 0;
    const values = rows.slice(begin, end).flat();
    if (form === 'list') return list(keys.slice(begin, end), values, { width });
    return run(keys[begin] ?? 0, values, { width });
  });
}

/** Float64 sums by key, in shard order. */
function oracle(shards: readonly Pushed[], width: number): Map<number, number[]> {
  const sums = new Map<number, number[]>();
  for (const { keys, rows } of shards) {
    keys.forEach((key, i) => {
      const sum = sums.get(key) ?? new Array<number>(width).fill(0);
      sums.set(key, sum.map((value, w) => value + rows[i][w]));
    });
  }
  return sums;
}

const expanded = (keys: Keys): number[] => (keys instanceof Uint32Array ? [...keys] : Array.from({ length: keys.count }, (_, i) => keys.first + i));

/** A random merge of the shards' chunk sequences that keeps each sequence's order. */
function arrive(combiner: Combiner, shards: readonly Chunk[][], turns: readonly number[]): void {
  const queues = shards.map((chunks) => [...chunks, null]);
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const waiting = [...queues.keys()].filter((shard) => queues[shard].length > 0);
    const shard = waiting[(turns[turn % turns.length] ?? 0) % waiting.length];
    const chunk = queues[shard].shift();
    if (chunk) combiner.add(shard, chunk);
    else combiner.finish(shard);
  }
}

describe('Combiner', () => {
  for (const form of ['list', 'run'] as const) {
    it(`adds ${form}s in shard order in float64, however they are cut and in whatever order they arrive`, () => {
      const scene = fc.integer({ min: 1, max: 3 }).chain((width) =>
        fc.record({
          width: fc.constant(width),
          shards: fc.array(form === 'list' ? pushedList(width) : pushedRun(width), { minLength: 1, maxLength: 6 }),
          cuts: fc.array(fc.nat(25), { maxLength: 8 }),
          turns: fc.array(fc.nat(100), { minLength: 1, maxLength: 60 }),
        }),
      );
      fc.assert(
        fc.property(scene, ({ width, shards, cuts, turns }) => {
          const combiner = new Combiner(shards.length);
          arrive(combiner, shards.map((pushed) => chunksOf(pushed, form, width, cuts)), turns);
          expect(combiner.complete).toBe(true);
          const [sums] = combiner.sums();
          const expected = oracle(shards, width);
          const keys = expanded(sums.keys);
          expect(sums.width).toBe(width);
          expect(keys).toEqual([...keys].sort((a, b) => a - b));
          for (const key of expected.keys()) expect(keys).toContain(key);
          const actual = new Map(keys.map((key, i) => [key, [...sums.values.subarray(i * width, (i + 1) * width)]]));
          for (const [key, sum] of expected) expect(actual.get(key)).toEqual(sum);
          if (form === 'list') expect(keys).toHaveLength(expected.size);
        }),
      );
    });
  }

  it('depends on the order of the shards and on nothing else', () => {
    const values = [1, 1e16, -1e16];
    const inOrder = new Combiner(3);
    const reversed = new Combiner(3);
    for (const shard of [0, 1, 2]) {
      inOrder.add(shard, run(0, [values[shard]]));
      inOrder.finish(shard);
    }
    for (const shard of [2, 1, 0]) {
      reversed.add(shard, run(0, [values[shard]]));
      reversed.finish(shard);
    }
    expect([...inOrder.sums()[0].values]).toEqual([1 + 1e16 - 1e16]);
    expect(reversed.sums()).toEqual(inOrder.sums());
  });

  it('widens float32 before it adds', () => {
    const combiner = new Combiner(2);
    const third = Math.fround(1 / 3);
    for (const shard of [0, 1]) {
      combiner.add(shard, { channel: 0, keys: { first: 0, count: 1 }, width: 1, values: Float32Array.of(shard === 0 ? third : 2 ** -30) });
      combiner.finish(shard);
    }
    expect(combiner.sums()[0].values[0]).toBe(third + 2 ** -30);
  });

  it('extends a run to both sides', () => {
    const combiner = new Combiner(3);
    const runs = [run(5, [1, 2]), run(2, [10]), run(8, [100, 200])];
    runs.forEach((chunk, shard) => {
      combiner.add(shard, chunk);
      combiner.finish(shard);
    });
    expect(combiner.sums()[0]).toEqual({ keys: { first: 2, count: 8 }, width: 1, values: Float64Array.of(10, 0, 0, 1, 2, 0, 100, 200) });
  });

  it('keeps channels apart, and gives an empty one where nobody pushed', () => {
    const combiner = new Combiner(1);
    combiner.add(0, list([7], [1, 2], { channel: 2, width: 2 }));
    combiner.add(0, run(0, [3]));
    combiner.finish(0);
    const [first, second, third] = combiner.sums();
    expect([...first.values]).toEqual([3]);
    expect(second.values).toHaveLength(0);
    expect(third).toEqual({ keys: Uint32Array.of(7), width: 2, values: Float64Array.of(1, 2) });
  });

  it('is complete once every shard has finished, also when none pushed', () => {
    const combiner = new Combiner(2);
    combiner.finish(1);
    expect(combiner.complete).toBe(false);
    combiner.finish(0);
    expect(combiner.complete).toBe(true);
    expect(combiner.sums()).toEqual([]);
  });

  it.each([
    ['a chunk after the shard has finished', (c: Combiner) => (c.finish(0), c.add(0, run(0, [1]))), /shard 0 pushed after it had finished/],
    ['a chunk of a shard that is none', (c: Combiner) => c.add(2, run(0, [1])), /shard 2 .* none of this run/],
    ['a second end', (c: Combiner) => (c.finish(1), c.finish(1)), /shard 1 finished twice/],
    ['the end of a shard that is none', (c: Combiner) => c.finish(5), /shard 5 .* none of this run/],
    ['another width', (c: Combiner) => (c.add(0, run(0, [1])), c.add(0, run(1, [1, 2], { width: 2 }))), /one form of keys and one width/],
    ['a run among lists', (c: Combiner) => (c.add(0, list([1], [1])), c.add(0, run(2, [1]))), /one form of keys and one width/],
    ['a list among runs', (c: Combiner) => (c.add(0, run(1, [1])), c.add(0, list([2], [1]))), /one form of keys and one width/],
    ['keys that descend', (c: Combiner) => c.add(0, list([5, 3], [1, 1])), /keys of a shard must ascend, each once/],
    ['a key twice in a chunk', (c: Combiner) => c.add(0, list([3, 3], [1, 1])), /keys of a shard must ascend, each once/],
  ])('refuses %s', (_what, act, message) => {
    expect(() => act(new Combiner(2))).toThrow(message);
  });
});
