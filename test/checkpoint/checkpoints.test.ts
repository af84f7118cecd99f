/** The newest whole checkpoint is found, whatever happened to others; nothing that is needed is removed, and nothing else kept. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Checkpoints } from '../../src/checkpoint/checkpoints.js';
import { openFolderStore } from '../../src/checkpoint/folder-store.js';
import type { Manifest } from '../../src/checkpoint/manifest.js';
import { packName } from '../../src/checkpoint/names.js';
import { NO_BASE, SnapshotWriter } from '../../src/checkpoint/snapshot-writer.js';
import { temporaryDirectory } from '../data/files.js';

const directory = temporaryDirectory();

describe('checkpoints', () => {
  it('are committed and found again', async () => {
    const store = await openFolderStore(join(directory.path, 'found'), { durable: true, create: true });
    const notices: string[] = [];
    const checkpoints = await Checkpoints.open(store, { keep: 2, notice: (text) => notices.push(text) });
    expect(await checkpoints.latest()).toBeNull();
    let base: Manifest | null = null;
    for (let k = 0; k < 5; k++) {
      const id = await checkpoints.begin();
      const writer = new SnapshotWriter(store, packName(id, 'shard-0'), base === null ? NO_BASE : { blocks: base.shards[0], packs: await checkpoints.referable(base) });
      await writer.append(Uint8Array.of(1, 2, 3));
      await writer.append(Uint8Array.of(k));
      const manifest: Manifest = { format: 1, ...id, program: 'toy', shards: [await writer.finish()], course: [], tasks: k, details: { k } };
      await checkpoints.commit(manifest);
      base = manifest;
    }
    await checkpoints.close();
    const again = await Checkpoints.open(store, { keep: 2, notice: (text) => notices.push(text) });
    expect(await again.latest()).toEqual(base);
    expect(await store.list()).toMatchInlineSnapshot(`
      [
        "checkpoint-000004-1.json",
        "checkpoint-000005-1.json",
        "owner.json",
        "pack-000001-1-shard-0",
        "pack-000004-1-shard-0",
        "pack-000005-1-shard-0",
      ]
    `);
    expect(notices).toEqual([]);
  });
});
