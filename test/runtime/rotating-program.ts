/**
 * A program whose model is blocks of numbers that rotate among the shards. What a shard does to a block depends on shard,
 * block and step and does not commute, so that one step too many, too few or out of order shows in every bit.
 */
import type { SchedulerProgram, ShardChunk, ShardParcel, WorkerProgram } from '../../src/program.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { gather } from '../../src/runtime/rounds.js';
import { Rotation } from '../../src/schedule/rotation.js';
import { delay } from './toy-programs.js';

export const Operation = { Step: 0, Collect: 1 } as const;

/** Blocks by number. */
type Blocks = Map<number, Uint32Array>;

const firstNumbers = (block: number, length: number) => Uint32Array.from({ length }, (_, i) => Math.imul(block + 1, 2_654_435_761) + i);

function work(numbers: Uint32Array, shard: number, block: number, step: number): void {
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.imul(numbers[i], 31) + shard * 1009 + block * 9176 + step;
}

/** What the blocks are after `steps` steps, worked out in one loop. */
export function rotatedInOneLoop(rotation: Rotation, length: number, steps: number): Uint32Array[] {
  const all = Array.from({ length: rotation.blocks }, (_, block) => firstNumbers(block, length));
  for (let step = 0; step < steps; step++) {
    for (let shard = 0; shard < rotation.shards; shard++) {
      const block = rotation.blockAt(shard, step);
      work(all[block], shard, block, step);
    }
  }
  return all;
}

/** The worker's half, late by a seeded delay; a task's values are the number of the step, counted on from turn to turn. */
export function rotatingWorker(rotation: Rotation, length: number, worker: number): WorkerProgram<Blocks> {
  return {
    open: (_engine, { shard }) => Promise.resolve(new Map(rotation.held(shard, 0).map((block) => [block, firstNumbers(block, length)]))),
    apply: () => undefined,
    async *push(_engine, { operation, values: [step] }, shards) {
      await delay(worker, step);
      yield* operation === Operation.Collect ? collect(shards) : stepOf(rotation, step, shards);
    },
    receive: async (_engine, { from, to, content: [number, numbers] }, shards) => {
      await delay(worker, from);
      shards.get(to)!.set(number[0], numbers as Uint32Array);
    },
    *save(_engine, shard, shards) {
      for (const [block, numbers] of [...shards.get(shard)!].sort(([a], [b]) => a - b)) yield [Uint32Array.of(block), numbers];
    },
    restore: async (_engine, shard, parts, shards) => {
      const blocks = shards.get(shard)!;
      blocks.clear();
      for await (const [number, numbers] of parts) blocks.set(number[0], numbers as Uint32Array);
    },
  };
}

function* stepOf(rotation: Rotation, step: number, shards: ReadonlyMap<number, Blocks>): Generator<ShardParcel> {
  const handedOver: [to: number, block: number, numbers: Uint32Array][] = [];
  for (const [shard, blocks] of shards) {
    const block = rotation.blockAt(shard, step);
    const numbers = blocks.get(block);
    if (!numbers) throw new Error(`shard ${shard} has no block ${block} in step ${step}`);
    work(numbers, shard, block, step);
    blocks.delete(block);
    const to = rotation.nextShard(shard);
    if (shards.has(to)) handedOver.push([to, block, numbers]);
    else yield { shard, to, parcel: [Uint32Array.of(block), numbers] };
  }
  for (const [to, block, numbers] of handedOver) shards.get(to)!.set(block, numbers);
}

function* collect(shards: ReadonlyMap<number, Blocks>): Generator<ShardChunk> {
  for (const [shard, blocks] of shards) {
    for (const [block, numbers] of [...blocks].sort(([a], [b]) => a - b)) yield { shard, chunk: { channel: 0, keys: Uint32Array.of(block), width: numbers.length, values: Float64Array.from(numbers) } };
  }
}

/** The scheduler's half: a round is a step. */
export const rotatingScheduler: SchedulerProgram = {
  schedule: (round) => [{ operation: Operation.Step, ids: new Uint32Array(0), values: Float64Array.of(round) }],
  pull: () => ({ ids: new Uint32Array(0), values: new Float64Array(0) }),
};

/** The blocks in the order of their numbers, from the shards that hold them. */
export async function collected(cluster: Cluster, length: number): Promise<Uint32Array[]> {
  let blocks: Uint32Array[] = [];
  await gather(cluster, 0, [{ operation: Operation.Collect, ids: new Uint32Array(0), values: Float64Array.of(0) }], (_task, [{ keys, values }]) => {
    blocks = Array.from(keys as Uint32Array, (_, i) => Uint32Array.from(values.subarray(i * length, (i + 1) * length)));
  });
  return blocks;
}
