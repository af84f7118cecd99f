/** Arrays come back bit for bit, one list has one form, and no bytes whatever are taken for arrays that they are not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeArrays, encodeArrays } from '../../src/checkpoint/arrays.js';
import type { ShardPart } from '../../src/program.js';
import { faultOf } from './owner.js';

const array = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint32Array({ maxLength: 20 }),
  fc.float32Array({ maxLength: 20 }),
  fc.float64Array({ maxLength: 20 }),
) as fc.Arbitrary<ShardPart[number]>;
const arrays = fc.array(array, { maxLength: 8 });

/** NaNs and -0 too are compared by their bits. */
const bitsOf = (part: ShardPart) => part.map((each) => [each.constructor.name, ...new Uint8Array(each.buffer, each.byteOffset, each.byteLength)]);
const decoded = (bytes: Uint8Array) => decodeArrays(bytes, 'pack-1');
const refused = (bytes: Uint8Array) => faultOf((async () => decoded(bytes))(), 'damaged');

describe('arrays', () => {
  it('come back with the same bits, wherever the bytes lie', () => {
    fc.assert(
      fc.property(arrays, fc.integer({ min: 0, max: 9 }), (part, offset) => {
        const bytes = encodeArrays(part);
        const moved = new Uint8Array(offset + bytes.length).subarray(offset);
        moved.set(bytes);
        expect(bitsOf(decoded(moved))).toEqual(bitsOf(part));
      }),
      { numRuns: 500 },
    );
  });

  it('that lie within others come back as themselves', () => {
    const whole = Float64Array.of(1, 2, 3, 4);
    expect(decoded(encodeArrays([whole.subarray(1, 3), new Uint8Array(whole.buffer, 3, 2)]))).toEqual([Float64Array.of(2, 3), new Uint8Array(whole.buffer, 3, 2).slice()]);
  });

  it('take 8 bytes more than a multiple of 8 of their own, each, and 8 for all', () => {
    expect(encodeArrays([])).toHaveLength(8);
    expect(encodeArrays([new Float64Array(1000), new Uint8Array(1)])).toHaveLength(8 + 2 * 8 + 8000 + 8);
  });

  it('of other types are the caller’s mistake', () => {
    expect(() => encodeArrays([Int32Array.of(1) as unknown as Uint32Array])).toThrowErrorMatchingInlineSnapshot(`[TypeError: a part of a shard's state holds [object Int32Array]; expected Uint8Array, Uint32Array, Float32Array or Float64Array]`);
  });

  it('are refused when bytes are missing or too many', async () => {
    const bytes = encodeArrays([Uint32Array.of(1, 2, 3), new Uint8Array(0), Float32Array.of(1)]);
    for (let length = 0; length < bytes.length; length++) await refused(bytes.subarray(0, length));
    for (const more of [1, 4, 8, 16]) await refused(Buffer.concat([bytes, new Uint8Array(more)]));
  });

  it.each([
    ['a count without entries', [0xffff_ffff, 0]],
    ['a second word other than 0', [0, 1]],
    ['an unknown type', [1, 0, 4, 0]],
    ['a length that nothing could hold', [1, 0, 3, 0xffff_ffff]],
    ['lengths that only add up beyond the end', [2, 0, 1, 2, 1, 2, 7, 7]],
    ['filling other than zeros', [1, 0, 1, 1, 7, 7]],
  ])('are refused: %s', async (_, words) => {
    expect(await refused(new Uint8Array(Uint32Array.from(words).buffer))).toMatch(/^pack-1: holds no arrays of a shard's state: found /);
  });

  it('are all that bytes with any bit changed are taken for, or they are refused', () => {
    fc.assert(
      fc.property(arrays, fc.nat(), fc.integer({ min: 0, max: 7 }), (part, at, bit) => {
        const bytes = encodeArrays(part);
        bytes[at % bytes.length]! ^= 1 << bit;
        assertOneForm(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('are all that any bytes are taken for, or they are refused', () => {
    const words = fc.uint32Array({ max: 5, maxLength: 12 });
    fc.assert(fc.property(fc.oneof(words.map((each) => new Uint8Array(each.buffer as ArrayBuffer, each.byteOffset, each.byteLength)), fc.uint8Array({ maxLength: 64 })), (bytes) => assertOneForm(bytes)), { numRuns: 5000 });
  });
});

/** What is decoded at all encodes to the same bytes again. */
function assertOneForm(bytes: Uint8Array): void {
  let part: ShardPart;
  try {
    part = decoded(bytes);
  } catch (error) {
    expect(error).toHaveProperty('fault', 'damaged');
    return;
  }
  expect(Buffer.from(encodeArrays(part)).equals(bytes)).toBe(true);
}
