import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Assembly, encodeParts } from '../../src/bus/chunks.js';
import { aligned, decodeFrame, encodeFrame, FrameError, HEADER_BYTES, MAX_SEGMENTS, VersionError } from '../../src/bus/frames.js';
import { decodeJson, encodeJson } from '../../src/bus/json.js';
import type { Frame, SegmentData } from '../../src/bus/link.js';
import { NO_SHARD } from '../../src/bus/link.js';

const LIMIT = 1 << 20;
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const stamps = fc.record({ run: u32, sequence: count, acknowledged: count });
const segments: fc.Arbitrary<SegmentData> = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.uint32Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
  fc.float32Array({ maxLength: 20 }),
  fc.float64Array({ maxLength: 20 }),
) as fc.Arbitrary<SegmentData>;
const frames = (maxSegments = 6): fc.Arbitrary<Frame> =>
  fc.record({ kind: fc.integer({ min: 16, max: 255 }), round: u32, task: u32, shard: u32, attempt: u32, segments: fc.array(segments, { maxLength: maxSegments }) });

const STAMP = { run: 5, sequence: 6, acknowledged: 7 };
const plain = (...data: SegmentData[]): Frame => ({ kind: 16, round: 1, task: 2, shard: NO_SHARD, attempt: 0, segments: data });

/** Writes a u32 into the encoded frame. */
function patched(frame: Frame, offset: number, value: number): Uint8Array {
  const bytes = encodeFrame(frame, STAMP);
  new DataView(bytes.buffer).setUint32(offset, value, true);
  return bytes;
}

describe('a frame', () => {
  it('comes back as it was encoded, wherever it lies in a message', () => {
    fc.assert(
      fc.property(frames(), stamps, fc.nat({ max: 8 }), (frame, stamp, shift) => {
        const encoded = encodeFrame(frame, stamp);
        const message = new Uint8Array(encoded.length * 2 + shift);
        message.set(encoded, shift);
        message.set(encoded, shift + encoded.length);
        const read = aligned(message.subarray(shift));
        const first = decodeFrame(read, 0, LIMIT);
        expect(decodeFrame(read, first.bytes, LIMIT)).toEqual({ ...frame, ...stamp, bytes: encoded.length });
      }),
    );
  });

  it('starts with the bytes that every version of the protocol has', () => {
    const bytes = encodeFrame(plain(), STAMP);
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('STRD');
    expect([...bytes.subarray(4, 6)]).toEqual([1, 0]);
    expect(bytes).toHaveLength(HEADER_BYTES);
  });

  it('gives views of the message, each aligned, when the message is', () => {
    const message = encodeFrame(plain(Uint8Array.of(1), Float64Array.of(2), new Uint8Array(17), Uint32Array.of(3)), STAMP);
    for (const segment of decodeFrame(aligned(message), 0, LIMIT).segments) {
      expect(segment.buffer).toBe(message.buffer);
      expect(segment.byteOffset % 16).toBe(0);
    }
  });

  it.each([
    ['is too short for a header', encodeFrame(plain(), STAMP).subarray(0, 63), /63 bytes where a header of 64/],
    ['has another magic number', patched(plain(), 0, 1), /magic number 0x1, expected 0x44525453 \("STRD"\)/],
    ['has an odd size', patched(plain(), 48, 65), /frame size 65, expected a multiple of 16 from 64/],
    ['has a size below the header', patched(plain(), 48, 48), /frame size 48/],
    ['is above the limit', patched(plain(), 48, LIMIT + 16), /above the limit of 1048576/],
    ['is cut short', patched(plain(), 48, 128), /128 bytes where the message has 64 left/],
    ['has too many segments', patched(plain(), 28, MAX_SEGMENTS + 1), /4097 segments, at most 4096/],
    ['has a table longer than itself', patched(plain(), 28, 3), /3 segments do not fill a frame of 64 bytes/],
    ['has an element type that nobody knows', patched(plain(Uint8Array.of(1)), 64, 9), /segment 0 has element type 9, expected 1 to 5/],
    ['has element type 0', patched(plain(Uint8Array.of(1)), 64, 0), /element type 0/],
    ['has half an element', patched(plain(Float64Array.of(1)), 68, 4), /segment 0 has 4 bytes, expected a multiple of 8/],
    ['has a segment that is too long', patched(plain(Uint8Array.of(1)), 68, 0xffff_fff0), /do not fill/],
    ['has a sequence number beyond what is exact', patched(plain(), 36, 0xffff_ffff), /sequence number/],
  ])('is refused when it %s', (_what, bytes, message) => {
    expect(() => decodeFrame(bytes, 0, LIMIT)).toThrow(FrameError);
    expect(() => decodeFrame(bytes, 0, LIMIT)).toThrow(message);
  });

  it('of another version is told apart from rubbish', () => {
    const bytes = encodeFrame(plain(), STAMP);
    bytes[4] = 2;
    expect(() => decodeFrame(bytes, 0, LIMIT)).toThrow(VersionError);
  });

  it('cannot be encoded from what does not fit its fields', () => {
    expect(() => encodeFrame({ ...plain(), task: 2 ** 32 }, STAMP)).toThrow(/task is 4294967296, expected an integer from 0 to 4294967295/);
    expect(() => encodeFrame({ ...plain(), shard: 0.5 }, STAMP)).toThrow(/shard is 0.5/);
    expect(() => encodeFrame(plain(...Array.from({ length: MAX_SEGMENTS + 1 }, () => new Uint8Array(0))), STAMP)).toThrow(/4097 segments/);
    expect(() => encodeFrame(plain(new Int16Array(1) as unknown as Uint8Array), STAMP)).toThrow(/a segment is a Uint8Array/);
  });

  it('whose bytes were changed is refused or read, within its own memory', () => {
    const change = fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(frames(), stamps, fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat({ max: 40 }), (frame, stamp, changes, cut) => {
        const bytes = encodeFrame(frame, stamp);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        readWithin(bytes.slice(0, bytes.length - cut));
      }),
      { numRuns: 2000 },
    );
  });

  it('is not seen in random bytes behind a true header', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 8, maxLength: 300 }), (tail) => {
      const bytes = encodeFrame(plain(tail), STAMP);
      bytes.set(tail, 28);
      readWithin(bytes);
    }), { numRuns: 2000 });
  });

  /** Decoding throws nothing but FrameError, and gives nothing but views of the message. */
  function readWithin(bytes: Uint8Array): void {
    try {
      for (const segment of decodeFrame(bytes, 0, LIMIT).segments) expect(segment.buffer).toBe(bytes.buffer);
    } catch (error) {
      expect(error).toBeInstanceOf(FrameError);
    }
  }
});

describe('a JSON segment', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeJson(encodeJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([[undefined], [Float64Array.of(1)], [Uint8Array.of(0x7b)], [Uint8Array.of(0xff, 0xfe)]])('is refused when it is %s', (segment) => {
    expect(() => decodeJson(segment)).toThrow(FrameError);
  });
});

describe('a frame in parts', () => {
  const CHUNK = 1024;

  function reassemble(parts: readonly Uint8Array[], limit = LIMIT): ReturnType<Assembly['add']> {
    const assembly = new Assembly(limit);
    return parts.reduce<ReturnType<Assembly['add']>>((_, part) => assembly.add(decodeFrame(aligned(part), 0, CHUNK)), null);
  }

  it('comes back whole, from parts numbered in order and no larger than the chunk limit', () => {
    fc.assert(
      fc.property(frames(40), fc.integer({ min: 0, max: 5000 }), (frame, extra) => {
        const large = { ...frame, segments: [...frame.segments, new Uint8Array(extra).fill(3), Float64Array.of(4)] };
        const parts = encodeParts(large, STAMP, CHUNK);
        parts.forEach((part, i) => {
          expect(part.length).toBeLessThanOrEqual(CHUNK);
          expect(decodeFrame(part, 0, CHUNK)).toMatchObject({ kind: 5, run: 5, round: frame.round, sequence: 6 + i });
        });
        expect(reassemble(parts)).toMatchObject({ ...large, run: 5 });
      }),
    );
  });

  it('is refused before memory is taken when it announces more than the limit', () => {
    const parts = encodeParts(plain(new Uint8Array(5000)), STAMP, CHUNK);
    expect(() => reassemble(parts, 4096)).toThrow(/a frame of 5088 bytes, above the limit of 4096/);
    new DataView(parts[0]!.buffer).setUint32(80 + 48, 0xffff_fff0, true);
    expect(() => reassemble(parts)).toThrow(/a frame of 4294967280 bytes, above the limit/);
  });

  it('is refused when the parts exceed it, or are none', () => {
    const [first, second] = encodeParts(plain(new Uint8Array(1500)), STAMP, CHUNK);
    expect(() => reassemble([first!, first!])).toThrow(/parts of a frame exceed its 1584 bytes/);
    expect(() => reassemble([second!])).toThrow(FrameError);
    const assembly = new Assembly(LIMIT);
    expect(() => assembly.add(decodeFrame(encodeFrame(plain(), STAMP), 0, CHUNK))).toThrow(/a part of 0 segments/);
  });
});
