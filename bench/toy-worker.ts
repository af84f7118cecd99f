/** The worker's half of the smallest program that does a whole round: a shard is one vector; push sends some of its entries, apply moves them. */
import type { Commit, ShardChunk, ShardHeader, Task, WorkerProgram } from '../src/program.js';

export default function toyWorker(): WorkerProgram<Float64Array> {
  return {
    open: (_engine, header: ShardHeader) => Promise.resolve(new Float64Array(header.description as number).fill(1)),
    push: (_engine, { ids }: Task, shards: ReadonlyMap<number, Float64Array>): ShardChunk[] =>
      Array.from(shards, ([shard, entries]) => ({ shard, chunk: { channel: 0, keys: ids, width: 1, values: Float64Array.from(ids, (id) => entries[id]!) } })),
    apply(_engine, { ids, values }: Commit, shards): void {
      for (const entries of shards.values()) for (let k = 0; k < ids.length; k++) entries[ids[k]!]! += values[k]!;
    },
  };
}
