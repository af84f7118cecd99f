import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aligned, decodeFrame, encodeFrame } from '../../src/bus/frames.js';
import type { Frame, SegmentData } from '../../src/bus/link.js';
import { NO_SHARD } from '../../src/bus/link.js';
import { chunkOf, commitFrame, commitOf, contentBytes, frame, jsonFrame, jsonOf, parcelFrame, parcelOf, partFrame, partialFrame, passedOnFrame, passedOnOf, taskFrame, taskOf, Verb } from '../../src/runtime/protocol.js';

const STAMP = { run: 1, sequence: 1, acknowledged: 0 };
const MOST_BYTES = 1 << 20;

const travelled = (sent: Frame): Frame => decodeFrame(aligned(encodeFrame(sent, STAMP)), 0, MOST_BYTES);

const ids = fc.uint32Array({ maxLength: 40 });
const doubles = fc.float64Array({ maxLength: 40, noNaN: true });
const address = { round: 3, task: 7 };

describe('frames of the protocol', () => {
  it('carry a task', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), ids, doubles, (operation, taskIds, values) => {
        const sent = { operation, ids: taskIds, values };
        const received = travelled(taskFrame(address, sent));
        expect(received).toMatchObject({ kind: Verb.Task, round: 3, task: 7, shard: NO_SHARD });
        expect(taskOf(received)).toEqual(sent);
      }),
    );
  });

  it('carry a commit', () => {
    fc.assert(
      fc.property(ids, doubles, (changed, values) => {
        const received = travelled(commitFrame(address, { ids: changed, values }));
        expect(received.kind).toBe(Verb.Commit);
        expect(commitOf(received)).toEqual({ ids: changed, values });
      }),
    );
  });

  it('carry a chunk of float32 or float64 over a run or a list', () => {
    const scene = fc.record({
      channel: fc.nat(9),
      width: fc.integer({ min: 1, max: 4 }),
      count: fc.nat(12),
      first: fc.nat(2 ** 32 - 20),
      asList: fc.boolean(),
      single: fc.boolean(),
    });
    fc.assert(
      fc.property(scene, ({ channel, width, count, first, asList, single }) => {
        const keys = asList ? Uint32Array.from({ length: count }, (_, i) => first + i) : { first, count };
        const numbers = Array.from({ length: count * width }, (_, i) => i / 4 - 3);
        const chunk = { channel, keys, width, values: single ? Float32Array.from(numbers) : Float64Array.from(numbers) };
        const received = travelled(partialFrame({ ...address, shard: 5 }, chunk));
        expect(received).toMatchObject({ kind: Verb.Partial, round: 3, task: 7, shard: 5 });
        expect(chunkOf(received)).toEqual(chunk);
      }),
    );
  });

  it('carry the parts of a shard, empty ones too', () => {
    const part = [Uint32Array.of(4), new Float64Array(0), Float32Array.of(1, 2, 3), Uint8Array.of(9)];
    const received = travelled(partFrame(11, part, 2));
    expect(received).toMatchObject({ kind: Verb.ShardPart, shard: 11, attempt: 2 });
    expect(received.segments).toEqual(part);
  });

  it('carry a parcel of any arrays, none too', () => {
    const array = fc.oneof(fc.uint8Array({ maxLength: 40 }), ids, fc.float32Array({ maxLength: 40 }), doubles);
    fc.assert(
      fc.property(fc.array(array, { maxLength: 6 }), fc.nat(2 ** 32 - 1), (parcel, to) => {
        const received = travelled(parcelFrame(address, { shard: 5, to, parcel }));
        expect(received).toMatchObject({ kind: Verb.Parcel, round: 3, task: 7, shard: 5 });
        expect(parcelOf(received)).toEqual({ from: 5, to, content: parcel });
        expect(contentBytes(received)).toBe(parcel.reduce((sum, { byteLength }) => sum + byteLength, 0));
      }),
    );
  });

  it('carry how much went on', () => {
    const received = travelled(passedOnFrame(2 ** 28, 3));
    expect(received.kind).toBe(Verb.PassedOn);
    expect(passedOnOf(received)).toBe(2 ** 28);
  });

  it('carry JSON', () => {
    const description = { shard: 0, shards: 4, description: { kind: 'dense', note: 'α ≤ 1' } };
    expect(jsonOf(travelled(jsonFrame(Verb.ShardOpen, address, description)))).toEqual(description);
  });

  it('have numbers of their own, all of them the application’s', () => {
    const verbs = Object.values(Verb);
    expect(new Set(verbs).size).toBe(verbs.length);
    for (const verb of verbs) expect(verb).toBeGreaterThanOrEqual(16);
  });
});

describe('a malformed parcel', () => {
  it.each<[string, SegmentData[]]>([
    ['without segments', []],
    ['with an empty head', [new Uint32Array(0)]],
    ['with a long head', [Uint32Array.of(1, 2)]],
    ['with a head of another type', [Float64Array.of(1), new Uint32Array(1)]],
  ])('%s is refused', (_what, segments) => {
    expect(() => parcelOf(frame(Verb.Parcel, { ...address, shard: 0 }, segments))).toThrow(new TypeError('a parcel without an addressee'));
  });
});

describe('a malformed partial', () => {
  const head = (channel: number, width: number, first: number, count: number) => Uint32Array.of(channel, width, first, count);

  it.each<[string, SegmentData[], RegExp]>([
    ['without segments', [], /without its head/],
    ['with a short head', [Uint32Array.of(0, 1, 0), new Float64Array(0)], /without its head/],
    ['with a head of another type', [Float64Array.of(0, 1, 0, 0), new Float64Array(0)], /without its head/],
    ['without values', [head(0, 1, 0, 4)], /4 × 1 numbers carries 4/],
    ['with too few values', [head(0, 2, 0, 3), new Float32Array(5)], /3 × 2 numbers carries 5/],
    ['with integers for values', [head(0, 1, 0, 2), new Uint32Array(2)], /2 × 1 numbers carries 2/],
    ['with too few keys', [head(0, 1, 0, 3), new Uint32Array(2), new Float64Array(3)], /3 keys carries 2/],
    ['with keys of another type', [head(0, 1, 0, 3), new Int32Array(3), new Float64Array(3)], /3 keys carries 3/],
  ])('%s is refused', (_what, segments, message) => {
    expect(() => chunkOf(frame(Verb.Partial, { ...address, shard: 0 }, segments))).toThrow(message);
  });
});
