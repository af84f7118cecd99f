/** Tensors come back as written, and a damaged file is refused with what is wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/dataset.js';
import { readSafetensors, writeSafetensors, type Tensor } from '../../src/data/safetensors.js';

const tensor: fc.Arbitrary<Tensor> = fc.array(fc.nat(4), { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((product, size) => product * size, 1);
  const sized = { minLength: length, maxLength: length };
  return fc
    .oneof(fc.float64Array(sized), fc.float32Array(sized), fc.uint32Array(sized), fc.bigInt64Array(sized))
    .map((data) => ({ shape, data: data as Tensor['data'] }));
});
const named = fc.dictionary(fc.string().filter((name) => name !== '__metadata__' && name !== '__proto__'), tensor, { maxKeys: 6, noNullPrototype: true });

/** A file with a header of one's own. */
function fileOf(header: unknown, data = 0, length?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const messageOf = (bytes: Uint8Array): string => {
  try {
    readSafetensors(bytes, 'm.safetensors');
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
  throw new Error('the file was accepted');
};

describe('safetensors', () => {
  it('reads a Buffer, whose slices share memory', () => {
    const bytes = Buffer.from(writeSafetensors({ a: { shape: [3], data: Float64Array.of(1, 2, 3) }, b: { shape: [1], data: Float64Array.of(4) } }));
    expect(readSafetensors(bytes, 'm.safetensors')['b']!.data).toEqual(Float64Array.of(4));
  });

  it('gives back tensors, wherever the bytes lie in memory', () => {
    fc.assert(
      fc.property(named, fc.nat(9), (tensors, shift) => {
        const bytes = writeSafetensors(tensors);
        const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
        shifted.set(bytes);
        expect(readSafetensors(shifted, 'm')).toEqual(tensors);
      }),
    );
  });

  it('passes over the metadata of another writer', () => {
    expect(readSafetensors(fileOf({ __metadata__: { by: 'another' }, a: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }, 8), 'm')).toEqual({ a: { shape: [1], data: Float64Array.of(0) } });
  });

  it('writes the layout of the format: length, padded header, data', () => {
    const bytes = writeSafetensors({ small: { shape: [1], data: Float32Array.of(1) }, big: { shape: [2, 1], data: Float64Array.of(1, 2) } });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      big: { dtype: 'F64', shape: [2, 1], data_offsets: [0, 16] },
      small: { dtype: 'F32', shape: [1], data_offsets: [16, 20] },
    });
    expect(bytes.length).toBe(8 + length + 20);
  });

  it('refuses every truncation and every longer file', () => {
    const bytes = writeSafetensors({ a: { shape: [3], data: Float64Array.of(1, 2, 3) } });
    for (let length = 0; length < bytes.length; length++) expect(messageOf(bytes.slice(0, length))).toContain('not a whole safetensors file');
    expect(messageOf(Uint8Array.from([...bytes, 0]))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found 25 bytes of data, expected 24. The model's folder is damaged: copy all of it again, or train again"`);
  });

  it('refuses headers that are wrong', () => {
    const a = { dtype: 'F64', shape: [1], data_offsets: [0, 8] };
    expect(messageOf(fileOf('', 0, 100_000_001))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found a header of 100000001 bytes, expected at most 100000000. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf('{}', 0, 50))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found a header of 50 bytes in a file of 10. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf('{"a":', 0))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found a header that is not JSON (Unexpected end of JSON input). The model's folder is damaged: copy all of it again, or train again"`);
    for (const header of [[], '', ' {}', '\ufeff{}']) expect(messageOf(fileOf(header, 0))).toBe(`m.safetensors: not a whole safetensors file: found a header that does not begin with "{". The model's folder is damaged: copy all of it again, or train again`);
    expect(messageOf(fileOf({ a: 1 }, 8))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found tensor "a" without a description. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf({ a: { ...a, dtype: 'BF16' } }, 8))).toMatchInlineSnapshot(`"m.safetensors: tensor "a" has type "BF16", expected one of F64, F32, U32, I64. Convert it"`);
    expect(messageOf(fileOf({ a: { ...a, shape: [-1] } }, 8))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found tensor "a" with shape [-1]. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf({ a: { ...a, data_offsets: [0] } }, 8))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found tensor "a" with data_offsets [0]. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf({ a: { ...a, shape: [2] } }, 8))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found tensor "a" in 8 bytes, expected 16 for F64 of shape [2]. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf({ a: { ...a, data_offsets: [8, 16] } }, 16))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found tensor "a" from byte 8, expected 0: tensors overlap or leave a gap. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf({ a, b: a }, 8))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found tensor "b" from byte 0, expected 8: tensors overlap or leave a gap. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf({ a, b: { ...a, data_offsets: [4, 12] } }, 12))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found tensor "b" from byte 4, expected 8: tensors overlap or leave a gap. The model's folder is damaged: copy all of it again, or train again"`);
    expect(messageOf(fileOf({ a: { ...a, data_offsets: [0, 8] } }, 4))).toMatchInlineSnapshot(`"m.safetensors: not a whole safetensors file: found tensor "a" up to byte 8 of 4 bytes of data; the file is truncated. The model's folder is damaged: copy all of it again, or train again"`);
  });

  it('does not write a tensor whose shape and values disagree', () => {
    expect(() => writeSafetensors({ a: { shape: [2], data: Float64Array.of(1) } })).toThrow('tensor a: 1 values do not make the shape 2');
  });
});
