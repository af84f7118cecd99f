import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { digestOf, stampOf } from '../../src/data/digest.js';

const place = await mkdtemp(join(tmpdir(), 'strads-digest-'));
afterAll(() => rm(place, { recursive: true, force: true }));
const file = join(place, 'data');

describe('a digest', () => {
  const MIB = 1 << 20;
  it.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17])('is the SHA-256 of %i bytes', async (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) >> 3);
    await writeFile(file, bytes);
    expect(await digestOf(file)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('is none where there is no file', async () => {
    await expect(digestOf(join(place, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a stamp', () => {
  const THEN = new Date('2020-01-01T00:00:00Z');

  it('stays as long as nobody writes the file', async () => {
    await writeFile(file, 'abc');
    const stamp = await stampOf(file);
    await digestOf(file);
    expect(await stampOf(file)).toEqual(stamp);
    expect(stamp?.bytes).toBe(3);
  });

  it.each<[string, () => Promise<void>]>([
    ['another size', () => writeFile(file, 'abcd').then(() => utimes(file, THEN, THEN))],
    ['another time', () => utimes(file, THEN, new Date('2021-01-01T00:00:00Z'))],
    ['another file in its place', () => writeFile(join(place, 'other'), 'abc').then(() => utimes(join(place, 'other'), THEN, THEN)).then(() => rename(join(place, 'other'), file))],
  ])('changes with %s', async (_what, change) => {
    await writeFile(file, 'abc');
    await utimes(file, THEN, THEN);
    const stamp = await stampOf(file);
    await change();
    expect(await stampOf(file)).not.toEqual(stamp);
  });

  it('is null for what can not be read twice', async () => {
    expect(await stampOf(join(place, 'nowhere'))).toBeNull();
    expect(await stampOf(place)).toBeNull();
    expect(await stampOf('/dev/null')).toBeNull();
  });
});
