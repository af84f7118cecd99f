/** A folder of checkpoints: what it refuses, what it says when the disk does not do its part, and that nothing half-written stays. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/checkpoint/blocks.js';
import { openFolderStore } from '../../src/checkpoint/folder-store.js';
import { temporaryDirectory } from '../data/files.js';
import { Fault, withFaultyFiles } from './faults.js';
import { bytesOf, faultOf, Owner, stateOf, type State } from './owner.js';

const directory = temporaryDirectory();
const plain = (text: string) => text.replaceAll(`${directory.path}/`, '');
const folder = () => mkdtempSync(join(directory.path, 'folder-'));
const opened = (path: string, create = false) => openFolderStore(path, { durable: true, create });

describe('a folder', () => {
  it('is made when that is asked for, and else has to be there', async () => {
    const path = join(directory.path, 'a', 'b');
    expect(plain(await faultOf(opened(path), 'storage'))).toMatchInlineSnapshot(`"a/b: cannot be opened, for it or its folder is gone. Name a folder that is there, and leave it in place while a run uses it"`);
    await (await opened(path, true)).put('object', Uint8Array.of(1));
    expect(readFileSync(join(path, 'object'))).toEqual(Buffer.of(1));
  });

  it('is no file, lies in none, and has a name', async () => {
    const file = directory.write('file', '');
    for (const create of [true, false]) {
      const messages = [await faultOf(opened(file, create), 'storage'), await faultOf(opened(join(file, 'folder'), create), 'storage'), await faultOf(opened(' ', create), 'storage')];
      if (create) expect(messages.map(plain)).toMatchInlineSnapshot(`
        [
          "file: cannot be made: a file has this name. Choose another folder for checkpoints (EEXIST)",
          "file/folder: cannot be made: something in its path is no folder. Choose another folder for checkpoints (ENOTDIR)",
          "the checkpoint folder has no name. Name one",
        ]
      `);
      else expect(messages.map(plain)).toMatchInlineSnapshot(`
        [
          "file: is a file; expected a folder of checkpoints. Choose another folder",
          "file/folder: cannot be opened: something in its path is no folder. Choose another folder for checkpoints (ENOTDIR)",
          "the checkpoint folder has no name. Name one",
        ]
      `);
    }
  });

  it('does not lead elsewhere by a link, nor wait at a pipe, nor read a folder', async () => {
    const path = folder();
    const store = await opened(path);
    const secret = directory.write('secret', 'secret');
    symlinkSync(secret, join(path, 'link'));
    mkdirSync(join(path, 'inner'));
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const messages = [];
    for (const name of ['link', 'inner', 'pipe']) messages.push(plain(await faultOf(store.read(name, 0, 1), 'damaged')).replace(/folder-\w+/, 'FOLDER'));
    expect(messages).toMatchInlineSnapshot(`
      [
        "FOLDER/link: is a link, which no object of a checkpoint is",
        "FOLDER/inner: is no file, as a checkpoint's objects are",
        "FOLDER/pipe: is no file, as a checkpoint's objects are",
      ]
    `);
    await store.put('link', Uint8Array.of(1));
    expect(readFileSync(secret, 'utf8')).toBe('secret');
  });

  it('holds what others put there, and does not list what no object is called', async () => {
    const path = folder();
    for (const name of ['README.md', '.git', 'notes', 'a b']) writeFileSync(join(path, name), '');
    const store = await opened(path);
    await store.sweep();
    expect(await store.list()).toEqual(['notes']);
    expect(readdirSync(path)).toHaveLength(4);
  });

  it('of a run that was killed is swept by the next scheduler, not by a worker', async () => {
    const path = folder();
    const writer = await (await opened(path)).writer('pack');
    await writer.append(Uint8Array.of(1));
    await opened(path);
    expect(readdirSync(path)).toHaveLength(1);
    await Owner.open(await opened(path));
    expect(readdirSync(path)).toEqual(['owner.json']);
    expect(await faultOf(writer.finish(), 'storage')).toContain(join(path, 'pack'));
    expect(readdirSync(path)).toEqual(['owner.json']);
  });

  it('that is taken away says so', async () => {
    const path = folder();
    const store = await opened(path);
    rmSync(path, { recursive: true });
    expect(plain(await faultOf(store.put('object', Uint8Array.of(1)), 'storage')).replace(/folder-\w+/, 'FOLDER')).toMatchInlineSnapshot(`"FOLDER/object: cannot be written, for it or its folder is gone. Name a folder that is there, and leave it in place while a run uses it"`);
  });

  it.skipIf(process.getuid?.() === 0)('without permission says so', async () => {
    const path = folder();
    const store = await opened(path);
    chmodSync(path, 0o500);
    expect(await faultOf(store.put('object', Uint8Array.of(1)), 'storage')).toContain('permission is denied');
    chmodSync(path, 0o700);
  });

  it.each([true, false])('makes an object durable before it has its name, and then the name (durable: %s)', async (durable) => {
    const store = await openFolderStore(folder(), { durable, create: false });
    const calls: string[] = [];
    const fault = new Fault(Infinity, 'stop', () => new Error());
    fault.heard = (call) => calls.push(call);
    await withFaultyFiles(fault, () => store.put('object', Uint8Array.of(1)));
    expect(calls).toEqual(durable ? ['open', 'write', 'sync', 'close', 'rename', 'open', 'sync', 'close'] : ['open', 'write', 'close', 'rename']);
  });

  it('has no object whose name may be lost', async () => {
    const path = folder();
    const store = await opened(path);
    const fault = new Fault(2, 'fail once', () => Object.assign(new Error('EIO'), { code: 'EIO' }));
    await withFaultyFiles(fault, () => faultOf(store.put('object', Uint8Array.of(1)), 'storage'), ['sync']);
    expect(readdirSync(path)).toEqual([]);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'EFBIG', 'EMFILE'])('that answers %s says which file and what to do, and keeps nothing half-written', async (code) => {
    const messages = new Set<string>();
    for (const call of ['open', 'write', 'sync', 'close', 'rename']) {
      const path = folder();
      const store = await opened(path);
      await store.put('object', Uint8Array.of(1));
      const fault = new Fault(1, 'fail once', () => Object.assign(new Error(`${code}: by the disk, ${call}`), { code }));
      messages.add(plain(await withFaultyFiles(fault, () => faultOf(store.put('object', bytesOf(1, 1000)), 'storage'), [call])).replace(/folder-\w+/, 'FOLDER').replace(/, (open|write|sync|close|rename)/, ''));
      expect(readdirSync(path)).toEqual(['object']);
      expect(readFileSync(join(path, 'object'))).toEqual(Buffer.of(1));
    }
    expect([...messages]).toHaveLength(1);
    expect([...messages][0]).toMatchSnapshot();
  });
});

/** A disk of 1 MiB, or why there is none. */
function smallDisk(): { readonly path: string; readonly missing: string | null } {
  const path = join(directory.path, 'disk');
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
    return { path, missing: null };
  } catch {
    return { path, missing: 'a file system cannot be mounted here' };
  }
}

describe('a full disk', () => {
  const disk = smallDisk();
  afterAll(() => {
    if (disk.missing === null) execFileSync('umount', [disk.path]);
  });

  it.skipIf(disk.missing !== null)(`refuses a checkpoint, keeps the one before, and takes the next when there is room${disk.missing ? `: ${disk.missing}` : ''}`, async () => {
    const stateAt = (k: number, bytes: number): State => [[new Uint8Array(bytes / 2).fill(k)], [new Uint8Array(bytes / 2).fill(k + 1)]];
    const digests = (state: State) => state.map((blocks) => blocks.map(digestOf));
    const store = await openFolderStore(disk.path, { durable: true, create: false });
    const owner = await Owner.open(store, 1);
    await owner.save(stateAt(1, 400_000));
    const before = readdirSync(disk.path);
    for (const bytes of [700_000, 2_000_000]) {
      const message = await faultOf(owner.save(stateAt(2, bytes)), 'storage');
      expect(message).toMatch(/^.*pack-00000[23]-1-part-[01]: cannot be written: the disk is full\. Free space there or choose another folder for checkpoints \(ENOSPC\)$/);
      expect(readdirSync(disk.path)).toEqual(before);
      expect(digests(await stateOf(store, (await owner.checkpoints.latest())!))).toEqual(digests(stateAt(1, 400_000)));
    }
    await owner.save(stateAt(4, 500_000));
    const { base } = await Owner.open(store, 1);
    expect(digests(await stateOf(store, base!))).toEqual(digests(stateAt(4, 500_000)));
    expect(existsSync(join(disk.path, before[0]!))).toBe(false);
  });
});
