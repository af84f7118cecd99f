/** What a worker claims of itself and of its sums, and chunks too large for a frame. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../src/program.js';
import { Combiner } from '../../src/runtime/combine.js';
import { jsonFrame, Verb } from '../../src/runtime/protocol.js';
import { RecipeIntake } from '../../src/runtime/recipe-frames.js';
import { splitChunk } from '../../src/runtime/split-chunk.js';
import { complaintAbout } from '../../src/runtime/worker-facts.js';

const INVITATION = '0123456789abcdef'.repeat(2);
const FACTS = { version: '0.1.0', engine: 'wasm', adapter: 'a CPU', software: false, gpujs: undefined, dataRoot: '/data', peer: { host: null, port: 7, run: 9, invitation: INVITATION } };

describe('facts of a worker', () => {
  it.each([FACTS, { ...FACTS, engine: 'webgpu', gpujs: 'webgpu', dataRoot: undefined, peer: { thread: 'thread:wasm-0', run: 1, invitation: INVITATION } }, { ...FACTS, peer: { host: 'fe80::1%eth0', port: 65535, run: 0xffff_ffff, invitation: INVITATION, tls: true } }])('that make sense pass', (facts) => expect(complaintAbout('w', facts)).toBeNull());

  it.each([
    ['engine', { engine: 'abacus' }],
    ['adapter', { adapter: 'red \u001b[31m' }],
    ['adapter', { adapter: 'x'.repeat(257) }],
    ['software', { software: 'no' }],
    ['dataRoot', { dataRoot: 7 }],
    ['peer', { peer: { host: 5, port: 7, run: 1 } }],
    ['peer', { peer: { host: 'a b', port: 7, run: 1 } }],
    ['peer', { peer: { host: 'a', port: 65536, run: 1 } }],
    ['peer', { peer: 'everywhere' }],
  ])('are refused by name: %s', (field, wrong) => expect(complaintAbout('w', { ...FACTS, ...wrong })).toMatch(`worker w says of itself what makes no sense (${field}`));
});

const chunk = (of: Partial<Chunk>): Chunk => ({ channel: 0, width: 1, keys: { first: 0, count: 1 }, values: Float64Array.of(1), ...of });

describe('sums of a task', () => {
  it.each([
    ['channel 256', [chunk({ channel: 256 })], /channel 256, and there are channels 0 to 255/],
    ['no width', [chunk({ width: 0, values: new Float64Array(0), keys: { first: 0, count: 2 ** 32 - 1 } })], /without a number for a key/],
    ['keys beyond 32 bits', [chunk({ keys: { first: 2 ** 32 - 1, count: 2 }, values: Float64Array.of(1, 2) })], /keys up to 4294967297/],
    ['keys far apart', [chunk({}), chunk({ keys: { first: 2 ** 31, count: 1 } })], /come to 2147483649 numbers in one channel, and at most 134217728/],
  ])('refuse %s, before memory is taken', (_what, chunks, message) => {
    const combiner = new Combiner(1);
    expect(() => chunks.forEach((one) => combiner.add(0, one))).toThrow(message);
  });

  it('do not let a shard pile up chunks before its turn', () => {
    const combiner = new Combiner(2);
    const values = new Float64Array(1 << 24);
    const keys = { first: 0, count: values.length };
    for (let i = 0; i < 15; i++) combiner.add(1, chunk({ keys, values }));
    expect(() => combiner.add(1, chunk({ keys, values }))).toThrow(/bytes wait for shard 0, and at most 2147483648 may/);
  });

  it('take highest channel and key in', () => {
    const combiner = new Combiner(1);
    combiner.add(0, chunk({ channel: 255, keys: { first: 2 ** 32 - 1, count: 1 } }));
    combiner.finish(0);
    expect(combiner.sums()[255]).toEqual({ keys: { first: 2 ** 32 - 1, count: 1 }, width: 1, values: Float64Array.of(1) });
  });
});

describe('a large chunk', () => {
  it('goes in pieces of bounded size, whose sums have the same bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 200 }), fc.boolean(), (count, width, bytes, isList) => {
        const values = Float64Array.from({ length: count * width }, (_, i) => Math.sqrt(i) - 3);
        const keys = isList ? Uint32Array.from({ length: count }, (_, i) => 3 * i) : { first: 7, count };
        const whole = chunk({ width, keys, values });
        const pieces = [...splitChunk(whole, bytes)];
        for (const piece of pieces) expect(piece.values.byteLength).toBeLessThanOrEqual(Math.max(bytes, 8 * width));
        const sums = [[whole], pieces].map((chunks) => {
          const combiner = new Combiner(1);
          for (const one of chunks) combiner.add(0, one);
          combiner.finish(0);
          return combiner.sums();
        });
        expect(sums[1]).toEqual(sums[0]);
      }),
    );
  });

  it('that fits is sent as it is', () => {
    const small = chunk({});
    expect([...splitChunk(small, 8)]).toEqual([small]);
  });
});

describe('a recipe', () => {
  it.each([[{ type: 'constructor', length: 1 }], [{ type: 'Uint8Array', length: -1 }], [{ type: 'Uint8Array', length: 2 ** 33 }], [{ type: 'Uint8Array', length: '5' }]])('with an array %j is refused', (array) => {
    expect(() => new RecipeIntake(jsonFrame(Verb.Recipe, { round: 0, task: 0 }, { description: {}, arrays: [array] }))).toThrow(/a recipe with an array of/);
  });
});
