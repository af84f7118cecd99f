/** A run that takes checkpoints of a state which the test changes, and what a checkpoint brings back. */
import { expect } from 'vitest';
import { readBlock } from '../../src/checkpoint/blocks.js';
import { Checkpoints } from '../../src/checkpoint/checkpoints.js';
import type { Manifest } from '../../src/checkpoint/manifest.js';
import { packName } from '../../src/checkpoint/names.js';
import { SnapshotWriter, type SnapshotBase } from '../../src/checkpoint/snapshot-writer.js';
import { CheckpointError, type CheckpointFault } from '../../src/checkpoint/error.js';
import type { CheckpointStore } from '../../src/checkpoint/store.js';

/** Blocks by shard; the last stand for the scheduler's course. */
export type State = readonly (readonly Uint8Array[])[];

export class Owner {
  base: Manifest | null = null;
  details: unknown = null;
  /** Bytes of the packs that the last checkpoint wrote. */
  written = 0;

  private constructor(
    readonly store: CheckpointStore,
    readonly checkpoints: Checkpoints,
    readonly notices: string[],
  ) {}

  /** Opens the store's checkpoints and goes on from the newest good one. */
  static async open(store: CheckpointStore, keep = 2): Promise<Owner> {
    const notices: string[] = [];
    const owner = new Owner(store, await Checkpoints.open(store, { keep, notice: (text) => notices.push(text) }), notices);
    owner.base = await owner.checkpoints.latest();
    return owner;
  }

  /** Takes a checkpoint as the runtime does: a pack a shard, then the manifest; one that fails leaves no packs. */
  async save(state: State, tasks = 0): Promise<Manifest> {
    const { base, checkpoints } = this;
    const id = await checkpoints.begin();
    try {
      const packs = base === null ? new Set<string>() : await checkpoints.referable(base);
      const before = base === null ? [] : [...base.shards, base.course];
      this.written = 0;
      const refs = [];
      for (const [k, blocks] of state.entries()) refs.push(await this.#write(packName(id, `part-${k}`), { blocks: before[k] ?? [], packs }, blocks));
      const manifest: Manifest = { format: 1, ...id, program: 'toy', shards: refs.slice(0, -1), course: refs.at(-1)!, tasks, details: this.details };
      await checkpoints.commit(manifest);
      this.base = manifest;
      return manifest;
    } catch (error) {
      await checkpoints.abandon(id).catch(() => undefined);
      throw error;
    }
  }

  async #write(pack: string, base: SnapshotBase, blocks: readonly Uint8Array[]) {
    const writer = new SnapshotWriter(this.store, pack, base);
    for (const block of blocks) await writer.append(block);
    const refs = await writer.finish();
    this.written += writer.writtenBytes;
    return refs;
  }
}

/** Every block of a checkpoint, checked. */
export async function stateOf(store: CheckpointStore, { shards, course }: Manifest): Promise<Uint8Array[][]> {
  const state = [];
  for (const refs of [...shards, course]) {
    const blocks = [];
    for (const ref of refs) blocks.push(await readBlock(store, ref));
    state.push(blocks);
  }
  return state;
}

/** Bytes that follow from a number. */
export function bytesOf(seed: number, length: number): Uint8Array {
  let state = (seed + 1) * 0x9e3779b1;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24);
}

/** The CheckpointError that a promise rejects with. */
export async function faultOf(promise: Promise<unknown>, fault: CheckpointFault): Promise<string> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CheckpointError)) throw new Error(`expected a CheckpointError, got ${String(error)}`, { cause: error });
  expect(error.fault).toBe(fault);
  return error.message;
}
