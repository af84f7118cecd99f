/**
 * One step of a turn: every shard works on the block that is with it, then hands the block on. In: what to do with a shard and
 * a block, and which of the block's buffers go on. Out: the steps' parcels for shards elsewhere.
 */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { Parcel, ShardParcel } from '../../../src/program.js';
import { noteBytes } from '../../worker-memory.js';
import { contentsOf } from './contents.js';
import { putIn, scratchBytes, type Block, type BlockBuffer, type MfShard, type Shards } from './shard.js';

/** The buffers that can travel, by their number in a parcel. */
const TRAVELLERS: readonly BlockBuffer[] = ['factors', 'states', 'directions', 'products'];

/** Does `work` for every shard and the block it has in this step. */
export function workOnBlocks(shards: Shards, step: number, work: (shard: MfShard, block: Block, number: number) => void): void {
  for (const shard of shards.values()) {
    const number = shard.rotation.blockAt(shard.number, step);
    const block = shard.blocks.get(number);
    if (!block) throw new Error(`block ${number} is not with shard ${shard.number} in step ${step}`);
    work(shard, block, number);
  }
}

/** Hands the blocks of this step on, after all of it was done: directly to shards here, as parcels to others. */
export async function* handOver(engine: Engine, shards: Shards, step: number, names: readonly BlockBuffer[]): AsyncGenerator<ShardParcel> {
  const moves = Array.from(shards.values(), (shard) => {
    const number = shard.rotation.blockAt(shard.number, step);
    const buffers = names.map((name) => [name, takeOut(shard, number, name)] as const);
    return { shard, number, to: shard.rotation.nextShard(shard.number), buffers };
  });
  for (const { number, to, buffers } of moves) {
    const receiver = shards.get(to);
    if (receiver) for (const [name, buffer] of buffers) putIn(receiver, number, name, buffer);
  }
  const leaving = moves.filter(({ to }) => !shards.has(to));
  try {
    for (const { shard, number, to, buffers } of leaving) {
      const contents = await contentsOf(engine, buffers.map(([name, buffer]) => ({ buffer, bytes: buffer.bytes - scratchBytes(shard, name) })));
      const head = Uint32Array.of(number, ...buffers.map(([name]) => TRAVELLERS.indexOf(name)));
      yield { shard: shard.number, to, parcel: [head, ...contents] };
    }
  } finally {
    for (const { buffers } of leaving) for (const [, buffer] of buffers) buffer.destroy();
  }
}

export function receiveBlock(engine: Engine, { to, content }: Parcel, shards: Shards): void {
  const [[number, ...travellers], ...data] = content as unknown as [Uint32Array, ...Float32Array<ArrayBuffer>[]];
  noteBytes(engine, data);
  for (const [at, traveller] of travellers.entries()) {
    const name = TRAVELLERS[traveller];
    const buffer = engine.createBuffer(`mf item ${name}`, data[at].byteLength + scratchBytes(shards.get(to)!, name));
    engine.write(buffer, data[at]);
    putIn(shards.get(to)!, number, name, buffer);
  }
}

function takeOut(shard: MfShard, number: number, name: BlockBuffer): EngineBuffer {
  const block = shard.blocks.get(number)!;
  const buffer = block.get(name)!;
  block.delete(name);
  if (block.size === 0) shard.blocks.delete(number);
  return buffer;
}
