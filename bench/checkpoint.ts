/**
 * What a checkpoint costs: bytes of state a second that are hashed and written to a durable folder, when all of it is new and when one block in a
 * hundred changed, and bytes that come back with their digests checked. Hashing alone, by turns with them, is the ceiling: every checkpoint hashes all.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, readBlock } from '../src/checkpoint/blocks.js';
import { Checkpoints } from '../src/checkpoint/checkpoints.js';
import { openFolderStore } from '../src/checkpoint/folder-store.js';
import type { Manifest } from '../src/checkpoint/manifest.js';
import { packName } from '../src/checkpoint/names.js';
import { NO_BASE, SnapshotWriter } from '../src/checkpoint/snapshot-writer.js';
import type { CheckpointStore } from '../src/checkpoint/store.js';
import { randomBits } from '../src/schedule/random.js';
import { repeatedly, timed, type Benchmark } from './runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row } from './runner/result.js';

const BLOCKS = 100;
const BLOCK_BYTES = 1 << 20;

export const checkpoint: Benchmark = {
  name: 'checkpoint',
  about: `What a checkpoint costs: ${BLOCKS} MiB of state saved to a durable folder, all of it new or 1 % of it, and read back with its digests checked.`,
  needsData: false,
  usesEngine: false,
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'strads-bench-'));
    try {
      const saver = await Saver.open(folder);
      await sample(saver);
      const samples = await repeatedly(context, () => sample(saver));
      const note = `${BLOCKS} blocks of 1 MiB in one shard. A block that did not change is hashed and not written. Each save ends with its pack, the manifest and the folder flushed to the disk; reads come from the system's cache.`;
      return { tables: [{ title: 'Saving and reading a checkpoint', note, rows: rowsOf(samples) }], missing: [] };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

const KINDS = ['hashing alone', 'all of it new', '1 % changed', 'read and verified'] as const;

interface Figure {
  readonly rate: number;
  /** Blocks that are not what was saved. */
  readonly wrong: number;
  readonly written: number;
}

/** One figure of each kind, in their order. */
async function sample(saver: Saver): Promise<Figure[]> {
  const mebibytes = (BLOCKS * BLOCK_BYTES) / 2 ** 20;
  const hashing = await timed(() => saver.state.map(digestOf));
  saver.change(BLOCKS);
  const full = await timed(() => saver.save());
  const fullWrong = await saver.wrongBlocks();
  saver.change(BLOCKS / 100);
  const partial = await timed(() => saver.save());
  const reading = await timed(() => saver.read());
  const wrong = await saver.wrongBlocks();
  const figure = ({ seconds }: { seconds: number }, wrongBlocks: number, written: number) => ({ rate: mebibytes / seconds, wrong: wrongBlocks, written });
  return [figure(hashing, 0, 0), figure(full, fullWrong, full.value), figure(partial, wrong, partial.value), figure(reading, wrong, 0)];
}

function rowsOf(samples: readonly (readonly Figure[])[]): Row[] {
  const ratesOf = (kind: number) => samples.map((figures) => figures[kind]!.rate);
  return KINDS.map((who, kind) =>
    speedRow({
      case: `${BLOCKS} MiB`,
      who,
      speeds: [speed('state', 'MiB/s', ratesOf(kind), kind === 0 ? null : { name: KINDS[0], samples: ratesOf(0) })],
      quality: [quality('wrong blocks', samples.reduce((sum, figures) => sum + figures[kind]!.wrong, 0), 0)],
      amounts: [amount('written', 'MiB', samples.map((figures) => figures[kind]!.written / 2 ** 20))],
    }),
  );
}

/** A run whose state is saved again and again. */
class Saver {
  readonly state = Array.from({ length: BLOCKS }, (_, block) => new Uint8Array(Uint32Array.from({ length: BLOCK_BYTES / 4 }, (_unused, k) => randomBits(1, block, k)).buffer));
  #base: Manifest | null = null;
  #changes = 0;

  private constructor(
    private readonly store: CheckpointStore,
    private readonly checkpoints: Checkpoints,
  ) {}

  static async open(folder: string): Promise<Saver> {
    const store = await openFolderStore(folder, { durable: true, create: false });
    return new Saver(store, await Checkpoints.open(store, { keep: 1, notice: () => undefined }));
  }

  /** Gives `blocks` blocks other bytes than ever before. */
  change(blocks: number): void {
    this.#changes++;
    for (const block of this.state.slice(0, blocks)) new DataView(block.buffer).setUint32(0, this.#changes);
  }

  /** Returns the bytes that went into the pack. */
  async save(): Promise<number> {
    const id = await this.checkpoints.begin();
    const base = this.#base === null ? NO_BASE : { blocks: this.#base.shards[0]!, packs: await this.checkpoints.referable(this.#base) };
    const writer = new SnapshotWriter(this.store, packName(id, 'shard-0'), base);
    for (const block of this.state) await writer.append(block);
    this.#base = { format: 1, ...id, program: 'bench', shards: [await writer.finish()], course: [], tasks: 0, details: null };
    await this.checkpoints.commit(this.#base);
    return writer.writtenBytes;
  }

  async read(): Promise<void> {
    for (const ref of this.#base!.shards[0]!) await readBlock(this.store, ref);
  }

  /** Of the newest checkpoint, as one finds it who resumes. */
  async wrongBlocks(): Promise<number> {
    const found = await this.checkpoints.latest();
    let wrong = 0;
    for (const [k, block] of this.state.entries()) {
      const ref = found?.shards[0]?.[k];
      if (ref === undefined || !Buffer.from(await readBlock(this.store, ref)).equals(block)) wrong++;
    }
    return wrong;
  }
}
