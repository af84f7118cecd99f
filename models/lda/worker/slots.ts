/**
 * Where a worker keeps the blocks of the word-topic table that are with it. In: blocks at home, and blocks that come and go. Out: one
 * buffer of slots, each a region of count lists; a block that passes between shards of the worker stays where it is.
 */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import { emptyRegion } from '../count-lists.js';
import { Rotation } from '../../../src/schedule/rotation.js';
import type { LdaShardDescription } from '../operations.js';
import type { Rows } from './row-store.js';
import type { LdaShard } from './shard.js';
import type { Place } from './tables.js';

/** Whole blocks are read and written; which shard of the worker has one makes no difference here. */
export class Slots implements Rows {
  readonly buffer: EngineBuffer;
  readonly #engine: Engine;
  readonly #description: LdaShardDescription;
  readonly #slotOf = new Map<number, number>();
  readonly #free: number[];
  /** Heads of the blocks whose home is here: starts and lengths of empty lists. */
  readonly #homes: ReadonlyMap<number, Uint32Array<ArrayBuffer>>;

  private constructor(engine: Engine, description: LdaShardDescription, slots: number, homes: ReadonlyMap<number, Uint32Array<ArrayBuffer>>) {
    this.#engine = engine;
    this.#description = description;
    this.#homes = homes;
    this.#free = Array.from({ length: slots }, (_, slot) => slots - 1 - slot);
    this.buffer = engine.createBuffer('lda rows', slots * description.slotLength * 4);
    this.empty();
  }

  /** A slot for every block whose home is with one of the shards. */
  static of(engine: Engine, shards: readonly LdaShard[]): Slots {
    const { description } = shards[0];
    const homes = new Map<number, Uint32Array<ArrayBuffer>>();
    for (const { number, shards: all, wordTokens } of shards) {
      const rotation = new Rotation(all, description.blocksAShard);
      const home = description.blockStarts[number * description.blocksAShard];
      const own = wordTokens.length === description.vocabulary ? wordTokens.subarray(home) : wordTokens;
      for (const block of rotation.held(number, 0)) {
        const [begin, end] = [description.blockStarts[block], description.blockStarts[block + 1]];
        homes.set(block, emptyRegion(own.subarray(begin - home, end - home), description.topics));
      }
    }
    return new Slots(engine, description, homes.size, homes);
  }

  /** Blocks whose home is here, ascending. */
  get homes(): number[] {
    return [...this.#homes.keys()].sort((a, b) => a - b);
  }

  get hostArrays(): readonly Uint32Array[] {
    return [...this.#homes.values()];
  }

  has(block: number): boolean {
    return this.#slotOf.has(block);
  }

  /** Where the block's region begins in the buffer, u32. */
  base(_place: Place | null, block: number): number {
    const slot = this.#slotOf.get(block);
    if (slot === undefined) throw new Error(`block ${block} is not with this worker`);
    return slot * this.#description.slotLength;
  }

  length(): number {
    return this.#description.slotLength;
  }

  /** Lists of a block. */
  words(_place: Place | null, block: number): number {
    const { blockStarts } = this.#description;
    return blockStarts[block + 1] - blockStarts[block];
  }

  wordAt(_place: Place | null, block: number, list: number): number {
    return this.#description.blockStarts[block] + list;
  }

  /** A slot for a block that comes. */
  take(block: number): void {
    const slot = this.#free.pop();
    if (slot === undefined) throw new Error(`block ${block} came before another one had left`);
    this.#slotOf.set(block, slot);
  }

  /** The block's slot is free for another one. */
  release(block: number): void {
    this.#free.push(this.#slotOf.get(block)!);
    this.#slotOf.delete(block);
  }

  /** Empty rows for the blocks at home, which are all here. */
  empty(): void {
    for (const [block, head] of this.#homes) {
      if (!this.has(block)) this.take(block);
      this.#engine.write(this.buffer, head, this.base(null, block) * 4);
    }
  }

  /** The request that reads a block's region. */
  request(block: number): { buffer: EngineBuffer; byteOffset: number; bytes: number } {
    return { buffer: this.buffer, byteOffset: this.base(null, block) * 4, bytes: this.#description.slotLength * 4 };
  }

  /** A view of the region where host and engine share memory, else null. */
  view(block: number): Uint32Array | null {
    const bytes = this.#engine.hostView(this.buffer);
    return bytes && new Uint32Array(bytes.buffer, bytes.byteOffset + this.base(null, block) * 4, this.#description.slotLength);
  }

  /** The region, to be read only: where host and engine share memory it is not copied. */
  async region(block: number): Promise<Uint32Array> {
    const view = this.view(block);
    if (view) {
      await this.#engine.finish();
      return view;
    }
    const [bytes] = await this.#engine.read([this.request(block)]);
    return new Uint32Array(bytes);
  }
}
