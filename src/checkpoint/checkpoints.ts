/**
 * The checkpoints of a run. In: a store, and manifests whose blocks are in it. Out: the newest checkpoint of which every byte is as it was
 * written. A checkpoint is there once its manifest is, which is written last; only what no kept checkpoint refers to is removed.
 */
import { readBlock, verifyBlock, type BlockRef } from './blocks.js';
import { CheckpointError } from './error.js';
import { referablePacks } from './garbage.js';
import { blocksOf, decodeManifest, encodeManifest, type Manifest } from './manifest.js';
import { byAge, manifestId, manifestName, packId, type CheckpointId } from './names.js';
import { Ownership } from './ownership.js';
import type { CheckpointStore } from './store.js';

export interface CheckpointsOptions {
  /** How many checkpoints stay; at least 1. */
  readonly keep: number;
  /** Hears what the user should know and no error is. */
  readonly notice: (text: string) => void;
}

/** Most bytes of a manifest: about a million blocks. */
const MOST_MANIFEST_BYTES = 1 << 28;

/** Whether a store has checkpoints, good or not; takes nothing over. */
export async function holdsCheckpoints(store: CheckpointStore): Promise<boolean> {
  return (await store.list()).some((name) => manifestId(name) !== null);
}

/** One call at a time. */
export class Checkpoints {
  /** Packs of the checkpoints that are whole as far as is known, by the manifest's name. */
  readonly #packs = new Map<string, ReadonlySet<string>>();
  #lastNumber = 0;

  private constructor(
    private readonly store: CheckpointStore,
    private readonly ownership: Ownership,
    private readonly options: CheckpointsOptions,
  ) {}

  /** Takes the store's checkpoints over: whoever had them before is refused from then on, and what he left unfinished is removed. */
  static async open(store: CheckpointStore, options: CheckpointsOptions): Promise<Checkpoints> {
    const checkpoints = new Checkpoints(store, await Ownership.take(store, options.notice), options);
    await store.sweep();
    const numbers = (await store.list()).map((name) => (manifestId(name) ?? packId(name))?.number ?? 0);
    checkpoints.#lastNumber = Math.max(0, ...numbers);
    return checkpoints;
  }

  /** Which life of the scheduler this is on these checkpoints: 1, 2, … */
  get run(): number {
    return this.ownership.run;
  }

  /**
   * The newest checkpoint of which the manifest and every block check out; null when there never was one. Damaged ones are refused by name
   * in a notice, and removed by the next commit. Rejects with CheckpointError (`damaged`) when there are some and none is good.
   */
  async latest(): Promise<Manifest | null> {
    const names = await this.#manifests();
    const refused: string[] = [];
    let newest: Manifest | null = null;
    for (const name of names) {
      try {
        const manifest = await this.#manifest(name);
        if (newest === null) await this.#verify(manifest);
        newest ??= manifest;
        this.#packs.set(name, packsOf(manifest));
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        refused.push(`${this.store.nameOf(name)} is refused: ${error.message}`);
      }
    }
    if (newest !== null) for (const each of refused) this.options.notice(`${each}. The checkpoint used is ${this.store.nameOf(manifestName(newest))}`);
    else if (refused.length > 0) throw new CheckpointError('damaged', `${refused.join('. ')}. No checkpoint is left to go on from: copy them again from where they are whole, or train from the beginning with another folder`);
    return newest;
  }

  /**
   * What the next checkpoint is called. Its packs are named for it, so that a repeated attempt never meets what an earlier one left.
   * Rejects with CheckpointError (`superseded`) when another scheduler took over.
   */
  async begin(): Promise<CheckpointId> {
    await this.ownership.assertHeld();
    return { number: ++this.#lastNumber, run: this.run };
  }

  /** Packs of a checkpoint that the next one may refer to. */
  async referable(base: Manifest): Promise<ReadonlySet<string>> {
    const sizes = new Map<string, number>();
    for (const pack of packsOf(base)) sizes.set(pack, await this.store.size(pack));
    return referablePacks(blocksOf(base), sizes);
  }

  /**
   * Makes a checkpoint of blocks that are in the store, then removes what is beyond `keep` and packs that no kept one refers to, those of
   * others that were begun among them. Checkpoints that `latest` has not found good do not count. When this rejects, the checkpoints are
   * those of before: `storage`, `damaged` when blocks are missing, `superseded` when another scheduler took over. (A store that neither
   * makes an object durable nor removes it may keep this one: whole.)
   */
  async commit(manifest: Manifest): Promise<void> {
    await this.ownership.assertHeld();
    await this.#assertThere(manifest);
    const name = manifestName(manifest);
    await this.store.put(name, encodeManifest(manifest));
    this.#packs.set(name, packsOf(manifest));
    await this.#tidy();
  }

  /** Removes what there is of a checkpoint that was begun and not committed; leaves that to who took over. */
  async abandon(id: CheckpointId): Promise<void> {
    if (this.#packs.has(manifestName(id)) || !(await this.ownership.isHeld())) return;
    await this.store.remove(manifestName(id));
    for (const name of await this.store.list()) {
      const pack = packId(name);
      if (pack !== null && byAge(pack, id) === 0) await this.store.remove(name);
    }
  }

  readBlock(ref: BlockRef): Promise<Uint8Array<ArrayBuffer>> {
    return readBlock(this.store, ref);
  }

  /** The run is over; its checkpoints stay. */
  close(): Promise<void> {
    return this.ownership.release();
  }

  /** Newest first. */
  async #manifests(): Promise<string[]> {
    const names = (await this.store.list()).filter((name) => manifestId(name) !== null);
    return names.sort((a, b) => byAge(manifestId(b)!, manifestId(a)!));
  }

  async #manifest(name: string): Promise<Manifest> {
    const place = this.store.nameOf(name);
    const size = await this.store.size(name);
    if (size > MOST_MANIFEST_BYTES) throw new CheckpointError('damaged', `${place}: has ${size} bytes, expected at most ${MOST_MANIFEST_BYTES}`);
    const manifest = decodeManifest(await this.store.read(name, 0, size), place);
    if (manifestName(manifest) !== name) throw new CheckpointError('damaged', `${place}: is the manifest of checkpoint ${manifest.number} of run ${manifest.run}, which has another name`);
    return manifest;
  }

  async #verify(manifest: Manifest): Promise<void> {
    for (const block of blocksOf(manifest)) await verifyBlock(this.store, block);
  }

  /** A pack that is gone would make a checkpoint that nobody can use. */
  async #assertThere(manifest: Manifest): Promise<void> {
    const ends = new Map<string, number>();
    for (const { pack, offset, bytes } of blocksOf(manifest)) ends.set(pack, Math.max(ends.get(pack) ?? 0, offset + bytes));
    for (const [pack, end] of ends) {
      const size = await this.store.size(pack);
      if (size < end) throw new CheckpointError('damaged', `${this.store.nameOf(pack)}: ends at byte ${size}, expected at least ${end}`);
    }
  }

  /** The checkpoint is made: what can't be removed now is told, and removed another time or by another scheduler. */
  async #tidy(): Promise<void> {
    try {
      for (const name of await this.#garbage()) {
        if (!(await this.ownership.isHeld())) return;
        await this.store.remove(name);
      }
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      this.options.notice(`${error.message}. The checkpoint itself is made`);
    }
  }

  /** Manifests beyond those kept, then packs that these do not need; those of later runs are none of ours. */
  async #garbage(): Promise<string[]> {
    const kept = (await this.#manifests()).filter((name) => this.#packs.has(name)).slice(0, this.options.keep);
    for (const name of this.#packs.keys()) if (!kept.includes(name)) this.#packs.delete(name);
    const needed = new Set([...kept, ...kept.flatMap((name) => [...this.#packs.get(name)!])]);
    const names = (await this.store.list()).filter((name) => !needed.has(name));
    const ours = (id: CheckpointId | null) => id !== null && id.run <= this.run;
    return [...names.filter((name) => ours(manifestId(name))), ...names.filter((name) => ours(packId(name)))];
  }
}

function packsOf(manifest: Manifest): Set<string> {
  return new Set([...blocksOf(manifest)].map(({ pack }) => pack));
}
