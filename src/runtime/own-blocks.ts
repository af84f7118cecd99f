/** A worker of the scheduler's machine keeps its shards' states itself, in the folder that whoever started it named: they do not cross the bus. */
import type { BlockRef } from '../checkpoint/blocks.js';
import { openFolderStore } from '../checkpoint/folder-store.js';
import { SnapshotWriter } from '../checkpoint/snapshot-writer.js';
import type { OwnBlocks } from './shard-states.js';
import type { BlockSink, SaveOrder } from './snapshot-frames.js';

export interface SnapshotFolder {
  /** Absolute path. */
  readonly folder: string;
  /** Whether what is in it survives a crash of the machine. */
  readonly durable: boolean;
}

export function ownBlocksIn(snapshots: SnapshotFolder): OwnBlocks {
  return (order) => new OwnSink(writerFor(snapshots, order));
}

/** The scheduler has made the folder before it asks for anything. */
async function writerFor({ folder, durable }: SnapshotFolder, { pack, base, packs }: SaveOrder): Promise<SnapshotWriter> {
  const store = await openFolderStore(folder, { durable, create: false });
  return new SnapshotWriter(store, pack, { blocks: base, packs: new Set(packs) });
}

class OwnSink implements BlockSink {
  readonly #writer: Promise<SnapshotWriter>;

  constructor(writer: Promise<SnapshotWriter>) {
    this.#writer = writer;
    writer.catch(() => undefined);
  }

  async append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await (await this.#writer).append(bytes);
  }

  async finish(): Promise<readonly BlockRef[]> {
    return (await this.#writer).finish();
  }
}
