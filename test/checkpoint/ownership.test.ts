/** One scheduler at a time writes checkpoints: who comes later takes them over, and the earlier one finds out before it harms. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/error.js';
import { MemoryStore } from './memory-store.js';
import { bytesOf, faultOf, Owner, stateOf, type State } from './owner.js';

const stateAt = (k: number): State => [[bytesOf(k, 100), bytesOf(0, 100)], [bytesOf(k + 1, 10)]];

const ownerIn = (store: MemoryStore) => JSON.parse(Buffer.from(store.objects.get('owner.json')!).toString('utf8')) as Record<string, unknown>;
const writeOwner = (store: MemoryStore, owner: Record<string, unknown>) => store.put('owner.json', Buffer.from(`${JSON.stringify(owner).padEnd(511)}\n`));

describe('an owner that is done', () => {
  it('says so, and ends well where the disk is too full for that', async () => {
    const store = new MemoryStore();
    const owner = await Owner.open(store);
    const { put } = store;
    store.put = () => Promise.reject(new CheckpointError('storage', 'no space'));
    await owner.checkpoints.close();
    expect(ownerIn(store)).toMatchObject({ done: false });
    store.put = put;
    await owner.checkpoints.close();
    expect(ownerIn(store)).toMatchObject({ done: true });
  });
});

describe('a later scheduler', () => {
  it('goes on from the earlier one’s checkpoint, with the next run number and number', async () => {
    const store = new MemoryStore();
    const first = await Owner.open(store);
    await first.save(stateAt(1));
    const second = await Owner.open(store);
    expect(second.base).toEqual(first.base);
    expect([first.checkpoints.run, second.checkpoints.run]).toEqual([1, 2]);
    expect(await second.save(stateAt(2))).toMatchObject({ number: 2, run: 2 });
    expect((await Owner.open(store)).base).toMatchObject({ number: 2, run: 2 });
  });

  it('makes the earlier one’s commits and beginnings errors that say so', async () => {
    const store = new MemoryStore();
    const first = await Owner.open(store);
    const manifest = await first.save(stateAt(1));
    const second = await Owner.open(store);
    expect((await faultOf(first.checkpoints.commit({ ...manifest, number: 9 }), 'superseded')).replace(hostname(), 'HOST').replaceAll(String(process.pid), 'PID')).toMatchInlineSnapshot(`"memory/owner.json: names process PID on HOST as the owner (run 2), expected process PID (run 1): another scheduler has taken these checkpoints over, and this one writes none any more. Stop this run, or start it again with a folder of its own"`);
    await faultOf(first.checkpoints.begin(), 'superseded');
    await second.save(stateAt(2));
    expect(await stateOf(store, (await Owner.open(store)).base!)).toEqual(stateAt(2));
  });

  it('is newer than anything that the earlier one was just about to commit', async () => {
    const store = new MemoryStore();
    const first = await Owner.open(store);
    await first.save(stateAt(1));
    const before = new Set(store.objects.keys());
    for (let k = 0; k < 50; k++) await first.checkpoints.begin();
    await first.save(stateAt(7));
    const late = [...store.objects].filter(([name]) => !before.has(name));
    for (const [name] of late) store.objects.delete(name);
    await (await Owner.open(store, 1)).save(stateAt(2));
    for (const [name, bytes] of late) store.objects.set(name, bytes);
    const third = await Owner.open(store, 1);
    expect(await stateOf(store, third.base!)).toEqual(stateAt(2));
    expect((await third.save(stateAt(3))).number).toBe(53);
  });

  it('loses none of its packs to an earlier one that was just about to clean up', async () => {
    const store = new MemoryStore();
    const first = await Owner.open(store, 1);
    await first.save(stateAt(1));
    let second: Owner | null = null;
    const put = store.put.bind(store);
    store.put = async (name, bytes) => {
      if (name.startsWith('checkpoint-')) second ??= await Owner.open(store, 1);
      await put(name, bytes);
    };
    const last = await first.save(stateAt(2));
    await first.checkpoints.abandon(last);
    await faultOf(first.save(stateAt(2)), 'superseded');
    expect(await stateOf(store, second!.base!)).toEqual(stateAt(1));
    await second!.save(stateAt(3));
    expect(await stateOf(store, (await Owner.open(store)).base!)).toEqual(stateAt(3));
  });

  it('wins when both took the same run number at once', async () => {
    const store = new MemoryStore();
    const first = await Owner.open(store);
    await writeOwner(store, { ...ownerIn(store), key: 'another' });
    await faultOf(first.save(stateAt(1)), 'superseded');
  });

  it('finds its run number without the earlier one’s note', async () => {
    const store = new MemoryStore();
    await (await Owner.open(store)).save(stateAt(1));
    await (await Owner.open(store)).save(stateAt(2));
    for (const note of [null, Buffer.from('{'), new Uint8Array(512), new Uint8Array(10_000)]) {
      if (note === null) store.objects.delete('owner.json');
      else store.objects.set('owner.json', note);
      const owner = await Owner.open(store);
      expect(owner.checkpoints.run).toBe(3);
      expect(owner.base).toMatchObject({ number: 2 });
    }
  });
});

describe('a notice of an earlier scheduler', () => {
  const noticesWith = async (change: Record<string, unknown>) => {
    const store = new MemoryStore();
    await Owner.open(store);
    await writeOwner(store, { ...ownerIn(store), ...change });
    return (await Owner.open(store)).notices;
  };

  it('comes when its process still runs on this machine', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    expect((await noticesWith({ process: child.pid })).map((text) => text.replace(String(child.pid), 'PID'))).toMatchInlineSnapshot(`
      [
        "memory/owner.json: process PID on this machine, which still seems to run, wrote checkpoints there. This run takes them over, and that one's are refused from now on",
      ]
    `);
    expect(await noticesWith({ process: child.pid, host: 'another' })).toEqual([]);
    expect(await noticesWith({ process: child.pid, done: true })).toEqual([]);
    child.stdin.end();
    await once(child, 'exit');
    expect(await noticesWith({ process: child.pid })).toEqual([]);
  });

  it('does not come when it closed its checkpoints', async () => {
    const store = new MemoryStore();
    const owner = await Owner.open(store);
    await owner.checkpoints.close();
    expect(ownerIn(store)).toMatchObject({ done: true });
    const later = await Owner.open(store);
    await owner.checkpoints.close();
    expect(ownerIn(store)).toMatchObject({ run: later.checkpoints.run, done: false });
  });
});
