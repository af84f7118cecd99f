/**
 * One shard's part of a checkpoint. In: the blocks of its state, in order. Out: references to them; only those go into a new pack that
 * the checkpoint before does not have at the same place, or has in a pack that is to be given up.
 */
import { digestOf, type BlockRef } from './blocks.js';
import { CheckpointError } from './error.js';
import type { CheckpointStore, ObjectWriter } from './store.js';

export interface SnapshotBase {
  /** The shard's blocks in the checkpoint before; empty when there is none. */
  readonly blocks: readonly BlockRef[];
  /** Packs of that checkpoint which this one may refer to: see `referablePacks`. */
  readonly packs: ReadonlySet<string>;
}

export const NO_BASE: SnapshotBase = { blocks: [], packs: new Set() };

/** One call at a time. After an error nothing of the pack is there. */
export class SnapshotWriter {
  readonly #refs: BlockRef[] = [];
  #pack: ObjectWriter | null = null;
  #written = 0;

  constructor(
    private readonly store: CheckpointStore,
    /** What the pack will be called; there is none when nothing changed. */
    private readonly pack: string,
    private readonly base: SnapshotBase,
  ) {}

  /** Bytes that went into the pack. */
  get writtenBytes(): number {
    return this.#written;
  }

  /** Takes the next block; its bytes are free again when this resolves. */
  async append(bytes: Uint8Array): Promise<void> {
    const digest = digestOf(bytes);
    const before = this.base.blocks[this.#refs.length];
    const same = before?.digest === digest && before.bytes === bytes.byteLength && this.base.packs.has(before.pack);
    this.#refs.push(same ? before : await this.#write(bytes, digest));
  }

  /** The next block is what it was in the checkpoint before. Throws CheckpointError where that has none to refer to. */
  repeat(): void {
    const before = this.base.blocks[this.#refs.length];
    if (before === undefined || !this.base.packs.has(before.pack)) throw new CheckpointError('refused', `block ${this.#refs.length} of ${this.pack} is said to be that of the checkpoint before, which has none to refer to`);
    this.#refs.push(before);
  }

  /** Resolves to the references once the pack is durable. */
  async finish(): Promise<BlockRef[]> {
    await this.#pack?.finish();
    return this.#refs;
  }

  async abandon(): Promise<void> {
    await this.#pack?.abandon();
  }

  async #write(bytes: Uint8Array, digest: string): Promise<BlockRef> {
    this.#pack ??= await this.store.writer(this.pack);
    const offset = await this.#pack.append(bytes);
    this.#written += bytes.byteLength;
    return { pack: this.pack, offset, bytes: bytes.byteLength, digest };
  }
}
