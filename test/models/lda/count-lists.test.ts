/** Count lists as the host lays them out and packs them, and as kernels write them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lda } from '#kernels';
import { emptyRegion, mostCount, packRegion, regionLength, roomOf, topicBits, unpackRegion } from '../../../models/lda/count-lists.js';
import { visitCounts } from '../../../models/lda/worker/lists.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';

const topicCounts = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(255, 256, 257, 2048, 10_000, 65_535));

/** Counts by topic, ascending: what a list holds. */
const listOf = (topics: number) => fc.uniqueArray(fc.tuple(fc.nat(topics - 1), fc.integer({ min: 1, max: 300 })), { selector: ([topic]) => topic, maxLength: 20 }).map((list) => list.sort(([a], [b]) => a - b));
const lists = topicCounts.chain((topics) => fc.tuple(fc.constant(topics), fc.array(listOf(topics), { maxLength: 12 })));

const tokensOf = (counts: readonly (readonly [number, number])[]) => counts.reduce((sum, [, count]) => sum + count, 0);

/** Entries of a list, cut where a count does not fit. */
function entriesOf(counts: readonly (readonly [number, number])[], bits: number): number[] {
  return counts.flatMap(([topic, count]) => {
    const full = Math.floor(count / mostCount(bits));
    const rest = count % mostCount(bits);
    return [...new Array<number>(full).fill(mostCount(bits)), ...(rest > 0 ? [rest] : [])].map((part) => (topic | (part << bits)) >>> 0);
  });
}

function filled(all: readonly (readonly (readonly [number, number])[])[], topics: number): Uint32Array {
  const bits = topicBits(topics);
  const head = emptyRegion(Uint32Array.from(all, tokensOf), topics);
  const region = new Uint32Array(head[all.length]);
  region.set(head);
  for (const [l, counts] of all.entries()) {
    const entries = entriesOf(counts, bits);
    region[all.length + 1 + l] = entries.length;
    region.set(entries, region[l]);
  }
  return region;
}

/** (list, topic, count) as a reader meets them. */
function visited(all: readonly (readonly (readonly [number, number])[])[], topics: number): [number, number, number][] {
  const region = filled(all, topics);
  const begins = region.subarray(0, all.length);
  const ends = begins.map((begin, l) => begin + region[all.length + 1 + l]);
  const found: [number, number, number][] = [];
  visitCounts({ data: region, begins, ends }, topicBits(topics), (list, topic, count) => found.push([list, topic, count]));
  return found;
}

describe('bits of a topic', () => {
  it('hold every topic, and no more than it takes', () => {
    for (const [topics, bits] of [[1, 1], [2, 1], [3, 2], [4, 2], [5, 3], [256, 8], [257, 9], [65_535, 16]]) expect(topicBits(topics)).toBe(bits);
    fc.assert(fc.property(topicCounts, (topics) => 2 ** topicBits(topics) >= topics && mostCount(topicBits(topics)) >= 65_535));
  });
});

describe('the room of a list', () => {
  it('is enough for whatever topics its tokens have', () => {
    const few = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(fc.constantFrom(60_000, 65_535), fc.array(fc.tuple(few, fc.integer({ min: 1, max: 400_000 })), { minLength: 1, maxLength: 6 }), (topics, drawn) => {
        const counts = drawn.map(([, count], k) => [k, count] as const);
        expect(entriesOf(counts, topicBits(topics)).length).toBeLessThanOrEqual(roomOf(tokensOf(counts), topics));
      }),
    );
  });

  it('is that of the definition', () => {
    expect(roomOf(0, 10)).toBe(0);
    expect(roomOf(7, 10)).toBe(7);
    expect(roomOf(11, 10)).toBe(10);
    expect(roomOf(200_000, 1)).toBe(1);
    expect(roomOf(65_534, 65_535)).toBe(65_534);
    expect(roomOf(65_535, 65_535)).toBe(65_536);
    expect(roomOf(200_000, 65_535)).toBe(65_538);
  });
});

describe('a region', () => {
  it('begins with starts that leave each list its room, and no entries', () => {
    fc.assert(
      fc.property(topicCounts, fc.array(fc.nat(5000), { maxLength: 20 }), (topics, tokens) => {
        const counts = Uint32Array.from(tokens);
        const head = emptyRegion(counts, topics);
        expect(head).toHaveLength(2 * tokens.length + 1);
        expect(head[0]).toBe(head.length);
        for (const [l, count] of tokens.entries()) {
          expect(head[l + 1] - head[l]).toBe(roomOf(count, topics));
          expect(head[tokens.length + 1 + l]).toBe(0);
        }
        expect(regionLength(counts, topics)).toBe(head[tokens.length]);
      }),
    );
  });

  it('is the same when it has travelled, without what stood between its lists', () => {
    fc.assert(
      fc.property(lists, fc.nat(7), ([topics, all], spare) => {
        const region = filled(all, topics);
        const packed = packRegion(region, all.length);
        const bits = topicBits(topics);
        expect(packed).toHaveLength(2 * all.length + 1 + all.reduce((sum, counts) => sum + entriesOf(counts, bits).length, 0));
        const arrived = new Uint32Array(region.length + spare).fill(0xdead_beef);
        unpackRegion(packed, all.length, arrived);
        for (const [l, counts] of all.entries()) {
          expect(arrived[l]).toBe(region[l]);
          expect([...arrived.subarray(arrived[l], arrived[l] + arrived[all.length + 1 + l])]).toEqual(entriesOf(counts, bits));
        }
        expect(packRegion(arrived, all.length)).toEqual(packed);
      }),
    );
  });

  it('is read topic by topic', () => {
    fc.assert(
      fc.property(lists, ([topics, all]) => {
        expect(visited(all, topics)).toEqual(all.flatMap((counts, l) => counts.map(([topic, count]) => [l, topic, count])));
      }),
    );
  });

  it('is read with counts put together that take several entries, but not those of two lists', () => {
    const all = [[[3, 65_534], [9, 65_536], [65_534, 200_000]], [[65_534, 65_535]], [[65_534, 131_071]]] as const;
    expect(visited(all, 65_535)).toEqual([[0, 3, 65_534], [0, 9, 65_536], [0, 65_534, 200_000], [1, 65_534, 65_535], [2, 65_534, 131_071]]);
  });
});

describe('what the kernel writes', () => {
  it('is what these lists hold, with counts above what an entry has room for too', async () => {
    const engine = await createWasmEngine({ memoryBytes: 2 ** 26 });
    const shapes: [topics: number, documents: (readonly [number, number])[][]][] = [
      [1, [[[0, 5]], [], [[0, 70_000]]]],
      [7, [[[0, 1], [6, 300]], [[3, 2]]]],
      [65_535, [[[0, 65_534], [65_534, 1]], [[9, 65_535]], [[9, 65_536], [10, 131_070], [65_534, 200_000]], []]],
    ];
    for (const [topics, all] of shapes) {
      const bits = topicBits(topics);
      const tokens = all.flatMap((counts) => counts.flatMap(([topic, count]) => new Array<number>(count).fill(0xffff | (topic << 16))));
      const tokenStarts = Uint32Array.from([0, ...all.map((_, d) => all.slice(0, d + 1).reduce((sum, counts) => sum + tokensOf(counts), 0))]);
      const flags = Math.ceil(topics / 32);
      const region = emptyRegion(Uint32Array.from(all, tokensOf), topics);
      const make = (label: string, data: Uint32Array, bytes = data.byteLength) => {
        const buffer = engine.createBuffer(label, bytes);
        engine.write(buffer, data);
        return buffer;
      };
      const buffers = {
        tokenStarts: make('starts', tokenStarts), topics: make('tokens', Uint32Array.from(tokens)),
        documents: make('documents', region, region[all.length] * 4), scratch: engine.createBuffer('scratch', 4 * (topics + flags + Math.ceil(flags / 32))),
      };
      engine.dispatch({ kernel: lda.listDocuments, buffers, parameters: { documentCount: all.length, groups: 1, topicCount: topics, bits }, workgroups: 1 });
      const [bytes] = await engine.read([{ buffer: buffers.documents }]);
      expect(packRegion(new Uint32Array(bytes), all.length)).toEqual(packRegion(filled(all, topics), all.length));
    }
    await engine.close();
  });
});
