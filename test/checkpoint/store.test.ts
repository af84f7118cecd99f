/** What every store promises, held to by the folder and by one in memory that works as an object store does. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/checkpoint/folder-store.js';
import type { CheckpointStore } from '../../src/checkpoint/store.js';
import { temporaryDirectory } from '../data/files.js';
import { MemoryStore } from './memory-store.js';
import { bytesOf, faultOf } from './owner.js';

const directory = temporaryDirectory();

const folderOf = (durable: boolean) => () => openFolderStore(mkdtempSync(join(directory.path, 'store-')), { durable, create: false });
const stores: [string, () => Promise<CheckpointStore>][] = [
  ['a durable folder', folderOf(true)],
  ['a folder', folderOf(false)],
  ['memory', async () => new MemoryStore()],
];

const whole = async (store: CheckpointStore, name: string) => store.read(name, 0, await store.size(name));

describe.each(stores)('%s', (_, open) => {
  it('gives back what was put, whole and in part', async () => {
    const store = await open();
    const bytes = bytesOf(1, 10_000);
    await store.put('object', bytes);
    expect(await store.size('object')).toBe(10_000);
    expect(await whole(store, 'object')).toEqual(bytes);
    expect(await store.read('object', 4095, 4097)).toEqual(bytes.slice(4095, 4097));
    expect(await store.read('object', 10_000, 10_000)).toHaveLength(0);
  });

  it('puts in place of what had the name', async () => {
    const store = await open();
    await store.put('object', bytesOf(1, 100));
    await store.put('object', bytesOf(2, 7));
    expect(await whole(store, 'object')).toEqual(bytesOf(2, 7));
    expect(await store.list()).toEqual(['object']);
  });

  it('has an object of pieces once it is finished, and not before', async () => {
    const store = await open();
    const writer = await store.writer('pieces');
    const piece = bytesOf(3, 10);
    expect([await writer.append(piece), await writer.append(new Uint8Array(0)), await writer.append(piece.fill(7)), await writer.append(bytesOf(4, 1))]).toEqual([0, 10, 10, 20]);
    expect(await store.list()).toEqual([]);
    await faultOf(store.size('pieces'), 'damaged');
    await writer.finish();
    expect(await whole(store, 'pieces')).toEqual(Uint8Array.from([...bytesOf(3, 10), ...new Uint8Array(10).fill(7), ...bytesOf(4, 1)]));
  });

  it('leaves what was there when pieces are abandoned', async () => {
    const store = await open();
    await store.put('object', bytesOf(1, 5));
    const writer = await store.writer('object');
    await writer.append(bytesOf(2, 500));
    await writer.abandon();
    expect(await whole(store, 'object')).toEqual(bytesOf(1, 5));
    expect(await store.list()).toEqual(['object']);
  });

  it('sweeps away what nobody finished, and nothing else', async () => {
    const store = await open();
    await store.put('object', bytesOf(1, 5));
    const writer = await store.writer('unfinished');
    await writer.append(bytesOf(2, 5));
    await store.sweep();
    await faultOf(writer.finish(), 'storage');
    expect(await store.list()).toEqual(['object']);
  });

  it('lists by name, and removes', async () => {
    const store = await open();
    for (const name of ['b', 'a.json', 'a', '0-9.z']) await store.put(name, new Uint8Array(1));
    expect(await store.list()).toEqual(['0-9.z', 'a', 'a.json', 'b']);
    await store.remove('a');
    await store.remove('a');
    expect(await store.list()).toEqual(['0-9.z', 'a.json', 'b']);
  });

  it('says what is missing or too short', async () => {
    const store = await open();
    await store.put('object', bytesOf(1, 10));
    expect(await faultOf(store.read('object', 5, 11), 'damaged')).toBe(`${store.nameOf('object')}: ends at byte 10, expected at least 11`);
    expect(await faultOf(store.read('other', 0, 1), 'damaged')).toBe(`${store.nameOf('other')}: is missing`);
    expect(await faultOf(store.size('other'), 'damaged')).toBe(`${store.nameOf('other')}: is missing`);
    for (const [begin, end] of [[-1, 1], [2, 1], [0.5, 1], [NaN, 1]] as const) await faultOf(store.read('object', begin, end), 'refused');
  });

  it.each(['', '.', '..', '../object', '/etc/passwd', 'a/b', 'a\\b', '.hidden', '-flag', 'Upper', 'a b', 'a\0', 'é', 'c:a', 'a'.repeat(201)])('takes no name %j', async (name) => {
    const store = await open();
    await faultOf(store.put(name, new Uint8Array(1)), 'refused');
    await faultOf(store.writer(name), 'refused');
    await faultOf(store.read(name, 0, 0), 'refused');
    await faultOf(store.size(name), 'refused');
    await faultOf(store.remove(name), 'refused');
    expect(await store.list()).toEqual([]);
  });
});
