/** Blocks on their way round the shards. In: a step that is done. Out: parcels for shards elsewhere; a block that stays with the worker stays in its slot. */
import type { Engine } from '../../../src/engine/engine.js';
import type { Parcel, ShardParcel } from '../../../src/program.js';
import { noteBytes } from '../../worker-memory.js';
import { packRegion, unpackRegion } from '../count-lists.js';
import { cellsOfStep } from './cells.js';
import type { Shards } from './shard.js';
import { tablesOf, type Place, type Tables } from './tables.js';

/** What a parcel holds, as its first number says. */
export enum Travelling {
  Block,
  /** Rows of a block, summed over samples. */
  Sample,
  /** Changes of a block's rows, on their way home, and rows on their way to a copy. */
  Changes,
  Rows,
}

/** A block that has come and has no slot yet. */
interface Arrival {
  readonly packed: Uint32Array<ArrayBuffer>;
  /** How many steps this worker has done when the block is due: one that comes before has to wait until another has left. */
  readonly due: number;
}

/** Where a worker is on the blocks' way. */
export interface Travel {
  /** Steps that it has done. */
  steps: number;
  /** By block. */
  readonly arrivals: Map<number, Arrival>;
}

/** Hands on the blocks that were worked on in this step. */
export async function* handOver(engine: Engine, shards: Shards, step: number): AsyncGenerator<ShardParcel> {
  const tables = tablesOf(shards);
  const due = ++tables.travel.steps;
  if (tables.copies) return;
  for (const { place: { shard }, block } of cellsOfStep(tables, step)) {
    const to = tables.rotation.nextShard(shard.number);
    if (shards.has(to)) continue;
    const packed = packRegion(await tables.slots.region(block), tables.slots.words(null, block));
    noteBytes(engine, [packed]);
    tables.slots.release(block);
    yield { shard: shard.number, to, parcel: [Uint32Array.of(Travelling.Block, block, due), packed] };
  }
}

export function receiveBlock(engine: Engine, { content }: Parcel, shards: Shards): void {
  const [[, block, due], packed] = content as unknown as [Uint32Array, Uint32Array<ArrayBuffer>];
  const { arrivals } = tablesOf(shards).travel;
  arrivals.set(block, { packed, due });
  noteBytes(engine, Array.from(arrivals.values(), (arrival) => arrival.packed));
}

/** Puts the blocks that are due into slots. */
export function settleBlocks(engine: Engine, tables: Tables): void {
  const { steps, arrivals } = tables.travel;
  for (const [block, { packed, due }] of arrivals) {
    if (due > steps) continue;
    tables.slots.take(block);
    writeRegion(engine, tables, block, packed);
    arrivals.delete(block);
  }
}

/** Blocks that are with a shard between two steps, wherever in the turn. */
export function blocksWith({ rotation, copies, travel: { steps } }: Tables, { shard }: Place): number[] {
  return rotation.held(shard.number, copies ? 0 : steps);
}

/** Writes a packed region to the block's slot. */
export function writeRegion(engine: Engine, { slots, description }: Tables, block: number, packed: Uint32Array<ArrayBuffer>): void {
  const words = slots.words(null, block);
  const view = slots.view(block);
  const region = view ?? new Uint32Array(description.slotLength);
  unpackRegion(packed, words, region);
  if (!view) engine.write(slots.buffer, region, slots.base(null, block) * 4);
}
