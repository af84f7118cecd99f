/** A checkpoint with any byte missing or changed is refused by name, and the last good one used. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, type Manifest } from '../../src/checkpoint/manifest.js';
import { openFolderStore } from '../../src/checkpoint/folder-store.js';
import { holdsCheckpoints } from '../../src/checkpoint/checkpoints.js';
import { manifestName } from '../../src/checkpoint/names.js';
import type { CheckpointStore } from '../../src/checkpoint/store.js';
import { randomBelow } from '../../src/schedule/random.js';
import { temporaryDirectory } from '../data/files.js';
import { MemoryStore } from './memory-store.js';
import { bytesOf, faultOf, Owner, stateOf, type State } from './owner.js';

const directory = temporaryDirectory();

/** Two shards and the course, in packs of some 4 KiB pages; nothing is the same from one checkpoint to the next. */
const stateAt = (k: number): State => [0, 1, 2].map((part) => [0, 1, 2, 3].map((block) => bytesOf(100 * k + 10 * part + block, 3000)));

/** With details so long that a manifest has several pages, too. */
async function twoCheckpoints(store: CheckpointStore): Promise<[Manifest, Manifest]> {
  const owner = await Owner.open(store, 3);
  owner.details = { command: 'x'.repeat(10_000) };
  const older = await owner.save(stateAt(1));
  return [older, await owner.save(stateAt(2))];
}

const packsOf = (manifest: Manifest) => [...new Set([...blocksOf(manifest)].map(({ pack }) => pack))];

describe('in memory, with one bit changed', () => {
  const store = new MemoryStore();
  let older: Manifest;
  let newer: Manifest;
  beforeAll(async () => {
    [older, newer] = await twoCheckpoints(store);
  });

  async function refusedWith(name: string, at: number, bit: number): Promise<void> {
    const bytes = store.objects.get(name)!;
    bytes[at]! ^= 1 << bit;
    const { base, notices } = await Owner.open(store, 3);
    bytes[at]! ^= 1 << bit;
    if (base?.number !== older.number) throw new Error(`bit ${bit} of byte ${at} of ${name} changed, and checkpoint ${base?.number} was used`);
    expect(notices).toEqual([expect.stringContaining(`memory/${manifestName(newer)} is refused: memory/${name}: `)]);
    expect(notices[0]).toMatch(`The checkpoint used is memory/${manifestName(older)}`);
  }

  it('in any byte of the manifest', async () => {
    const name = manifestName(newer);
    for (let at = 0; at < store.objects.get(name)!.length; at++) await refusedWith(name, at, at % 8);
  });

  it('in every 64th byte of a pack, and in a sample of the others', async () => {
    let draws = 0;
    const random = (bound: number) => randomBelow(bound, 7, 0, draws++);
    expect(packsOf(newer)).toHaveLength(3);
    for (const name of packsOf(newer)) {
      const { length } = store.objects.get(name)!;
      for (let at = 0; at < length; at += 64) await refusedWith(name, at, at % 7);
      await refusedWith(name, length - 1, 7);
      for (let k = 0; k < 200; k++) await refusedWith(name, random(length), random(8));
    }
  });

  it('in the older one, the newer one is used', async () => {
    const name = manifestName(older);
    store.objects.get(name)![500]! ^= 1;
    const { base, notices } = await Owner.open(store, 3);
    store.objects.get(name)![500]! ^= 1;
    expect(base).toEqual(newer);
    expect(notices).toEqual([expect.stringContaining(`memory/${name} is refused`)]);
  });

  it('nothing is refused once it is as it was', async () => {
    const { base, notices } = await Owner.open(store, 3);
    expect([base, notices]).toEqual([newer, []]);
    expect(await stateOf(store, base!)).toEqual(stateAt(2));
  });
});

describe('in a folder', () => {
  const made = async () => {
    const path = mkdtempSync(join(directory.path, 'damaged-'));
    const store = await openFolderStore(path, { durable: false, create: false });
    const [older, newer] = await twoCheckpoints(store);
    return { path, store, older, newer };
  };

  it('every object of the newest that ends at a multiple of 4 KiB is refused', async () => {
    const { path, store, older, newer } = await made();
    for (const name of [manifestName(newer), ...packsOf(newer)]) {
      const whole = readFileSync(join(path, name));
      expect(whole.length).toBeGreaterThan(2 * 4096);
      for (let length = 0; length < whole.length; length += 4096) {
        writeFileSync(join(path, name), whole.subarray(0, length));
        const { base, notices } = await Owner.open(store, 3);
        expect(base).toEqual(older);
        expect(notices).toEqual([expect.stringContaining(`${join(path, manifestName(newer))} is refused: ${join(path, name)}: `)]);
      }
      rmSync(join(path, name));
      expect((await Owner.open(store, 3)).base).toEqual(older);
      writeFileSync(join(path, name), whole);
    }
    expect((await Owner.open(store, 3)).base).toEqual(newer);
  });

  it('messages say what was found, what was expected and what is used', async () => {
    const { path, store, newer } = await made();
    const [pack] = packsOf(newer) as [string];
    const bytes = readFileSync(join(path, pack));
    bytes[3500]! ^= 1;
    writeFileSync(join(path, pack), bytes);
    const plain = (text: string) => text.replaceAll(`${path}/`, 'ckpt/');
    expect((await Owner.open(store, 3)).notices.map(plain)).toMatchInlineSnapshot(`
      [
        "ckpt/checkpoint-000002-1.json is refused: ckpt/pack-000002-1-part-0: bytes 3000 to 6000 have SHA-256 0d9675625efd5fe5b73f10bf8e8f28d9f946ded460d992ece225140f2fadb1f8, expected 074610083a1dc470394a50f3e1cbf8c60b1b6a7227fb2a898216a34bc7f52bbb. The checkpoint used is ckpt/checkpoint-000001-1.json",
      ]
    `);
    writeFileSync(join(path, pack), bytes.subarray(0, 4096));
    expect((await Owner.open(store, 3)).notices.map(plain)).toMatchInlineSnapshot(`
      [
        "ckpt/checkpoint-000002-1.json is refused: ckpt/pack-000002-1-part-0: ends at byte 4096, expected at least 6000. The checkpoint used is ckpt/checkpoint-000001-1.json",
      ]
    `);
    for (const name of readdirSync(path)) if (name.endsWith('-1.json')) writeFileSync(join(path, name), '');
    expect(plain(await faultOf(Owner.open(store, 3), 'damaged'))).toMatchInlineSnapshot(`"ckpt/checkpoint-000002-1.json is refused: ckpt/checkpoint-000002-1.json: begins with "" and is no manifest, expected "{\\"format\\":1,\\"sha256\\":\\"" and so on. ckpt/checkpoint-000001-1.json is refused: ckpt/checkpoint-000001-1.json: begins with "" and is no manifest, expected "{\\"format\\":1,\\"sha256\\":\\"" and so on. No checkpoint is left to go on from: copy them again from where they are whole, or train from the beginning with another folder"`);
  });

  it('a manifest under another’s name is refused', async () => {
    const { path, store, older, newer } = await made();
    writeFileSync(join(path, manifestName(newer)), readFileSync(join(path, manifestName(older))));
    const { base, notices } = await Owner.open(store, 3);
    expect(base).toEqual(older);
    expect(notices[0]).toContain('is the manifest of checkpoint 1 of run 1, which has another name');
  });

  it('a damaged checkpoint makes room for the next, and does not count as one of those kept', async () => {
    const { path, store, older, newer } = await made();
    writeFileSync(join(path, manifestName(newer)), '{}');
    const owner = await Owner.open(store, 2);
    const next = await owner.save(stateAt(3));
    const manifests = readdirSync(path).filter((name) => name.startsWith('checkpoint-'));
    expect(manifests).toEqual([manifestName(older), manifestName(next)]);
    expect(readdirSync(path).filter((name) => packsOf(newer).includes(name))).toEqual([]);
  });

  it('a block that both refer to takes both along, and says so', async () => {
    const path = mkdtempSync(join(directory.path, 'shared-'));
    const store = await openFolderStore(path, { durable: false, create: false });
    const owner = await Owner.open(store, 3);
    const first = await owner.save(stateAt(1));
    await owner.save([stateAt(1)[0]!, stateAt(2)[1]!, []]);
    const [pack] = packsOf(first) as [string];
    rmSync(join(path, pack));
    const message = await faultOf(Owner.open(store, 3), 'damaged');
    expect(message.split(`${pack}: is missing`)).toHaveLength(3);
  });

  it('a checkpoint whose pack is gone is not committed', async () => {
    const { path, store, newer } = await made();
    const owner = await Owner.open(store, 3);
    const [pack] = packsOf(newer) as [string];
    rmSync(join(path, pack));
    const id = await owner.checkpoints.begin();
    expect(await faultOf(owner.checkpoints.commit({ ...newer, ...id }), 'damaged')).toBe(`${join(path, pack)}: is missing`);
    expect(readdirSync(path)).not.toContain(manifestName(id));
  });

  it('tells whether it has checkpoints, without taking them over', async () => {
    const { store } = await made();
    const owner = await Owner.open(store, 3);
    expect(await holdsCheckpoints(store)).toBe(true);
    await owner.save(stateAt(5));
    expect(await holdsCheckpoints(await openFolderStore(join(directory.path, 'none'), { durable: false, create: true }))).toBe(false);
  });
});
