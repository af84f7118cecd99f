/** A manifest comes back as it was, and no byte of it can change unnoticed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockRef } from '../../src/checkpoint/blocks.js';
import { digestOf } from '../../src/checkpoint/blocks.js';
import { decodeManifest, encodeManifest, type Manifest } from '../../src/checkpoint/manifest.js';
import { faultOf } from './owner.js';

const count = fc.integer({ min: 0, max: 2 ** 50 });
const ref: fc.Arbitrary<BlockRef> = fc.record({ pack: fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,30}$/), offset: count, bytes: count, digest: fc.stringMatching(/^[0-9a-f]{64}$/) }, { noNullPrototype: true });
const manifests: fc.Arbitrary<Manifest> = fc.record(
  {
    ...{ format: fc.constant(1 as const), number: fc.integer({ min: 1 }), run: fc.integer({ min: 1 }), program: fc.string() },
    ...{ shards: fc.array(fc.array(ref, { maxLength: 3 }), { maxLength: 3 }), course: fc.array(ref, { maxLength: 3 }), tasks: count },
    details: fc.jsonValue({ noUnicodeString: false }),
  },
  { noNullPrototype: true },
);

const example: Manifest = {
  ...{ format: 1, number: 17, run: 2, program: 'lasso', tasks: 4012 },
  shards: [[{ pack: 'pack-000017-2-shard-0', offset: 0, bytes: 4096, digest: digestOf(Uint8Array.of(1)) }], []],
  course: [{ pack: 'pack-000016-2-course', offset: 12, bytes: 0, digest: digestOf(Uint8Array.of()) }],
  details: { command: ['train', 'lasso', 'Δ.csv'], alpha: 0.1 },
};

const refused = (bytes: Uint8Array) => faultOf((async () => decodeManifest(bytes, 'checkpoint-000017-2.json'))(), 'damaged');
/** A manifest's text with a digest that is right. */
const signed = (text: string) => Buffer.from(`{"format":1,"sha256":"${digestOf(Buffer.from(text))}","manifest":${text}}\n`);

describe('a manifest', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        expect(decodeManifest(encodeManifest(manifest), 'm')).toEqual(JSON.parse(JSON.stringify(manifest)));
      }),
      { numRuns: 300 },
    );
  });

  it('is JSON that tells its digest', () => {
    const { format, sha256, manifest } = JSON.parse(Buffer.from(encodeManifest(example)).toString('utf8')) as { format: number; sha256: string; manifest: unknown };
    expect(format).toBe(1);
    expect(sha256).toBe(digestOf(Buffer.from(JSON.stringify(manifest))));
    expect(manifest).toEqual(example);
  });

  it('is refused with any one bit changed', async () => {
    const bytes = encodeManifest(example);
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        bytes[at]! ^= 1 << bit;
        await refused(bytes);
        bytes[at]! ^= 1 << bit;
      }
    }
    expect(decodeManifest(bytes, 'm')).toEqual(example);
  });

  it('is refused when it ends anywhere before its end, or goes on', async () => {
    const bytes = encodeManifest(example);
    for (let length = 0; length < bytes.length; length++) await refused(bytes.subarray(0, length));
    for (const more of ['\n', ' ', '}', '\0']) await refused(Buffer.concat([bytes, Buffer.from(more)]));
  });

  it('is refused with a message that says what was found and what was expected', async () => {
    const text = Buffer.from(encodeManifest(example)).toString('utf8');
    expect(await refused(Buffer.from(text.replace('"lasso"', '"lassi"')))).toMatchInlineSnapshot(`"checkpoint-000017-2.json: the manifest's SHA-256 is 314f7de5be6e6b4e4307d9a827ff299d5a52acada6652115e72e5191134b2e68, expected 95cb0d289a5750916adeec5d98a898781c8a8717e039e174718291684bc425c8"`);
    expect(await refused(Buffer.from('PK\x03\x04'))).toMatchInlineSnapshot(`"checkpoint-000017-2.json: begins with "PK\\u0003\\u0004" and is no manifest, expected "{\\"format\\":1,\\"sha256\\":\\"" and so on"`);
    expect(await refused(Buffer.from(text.slice(0, -1)))).toMatchInlineSnapshot(`"checkpoint-000017-2.json: the manifest's SHA-256 is 832ea8893c3919523ec7bd1943c16965c5089fa12d720d3164c3f827269a5678, expected 95cb0d289a5750916adeec5d98a898781c8a8717e039e174718291684bc425c8"`);
  });

  it.each([
    ['another format', { ...example, format: 2 }],
    ['number 0', { ...example, number: 0 }],
    ['a pack that lies elsewhere', { ...example, course: [{ ...example.course[0], pack: '../secrets' }] }],
    ['a negative offset', { ...example, course: [{ ...example.course[0], offset: -1 }] }],
    ['an end beyond any file', { ...example, course: [{ ...example.course[0], offset: Number.MAX_SAFE_INTEGER, bytes: 1 }] }],
    ['a digest in capitals', { ...example, course: [{ ...example.course[0], digest: 'A'.repeat(64) }] }],
    ['a field too many', { ...example, more: 1 }],
    ['no shards', { ...example, shards: undefined }],
    ['no object', null],
  ])('is refused with %s, however right its digest', async (_, manifest) => {
    expect(await refused(signed(JSON.stringify(manifest)))).toContain('is no manifest that this version of strads knows');
  });

  it('is refused when its text is no JSON, however right its digest', async () => {
    await refused(signed('{"format":1'));
  });

  it('is not made of what JSON does not hold', () => {
    for (const details of [undefined, NaN, { at: Infinity }]) expect(() => encodeManifest({ ...example, details })).toThrow();
  });
});
