/** Rows of factors in and out of a worker, those it keeps beside the ones in training, and what they are penalized. */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { ShardChunk, Task } from '../../../src/program.js';
import { fixedColumn, SIDES, type Side } from '../shape.js';
import { keepBytes } from '../../worker-memory.js';
import { blocksAtHome, itemsOfBlock, type MfShard, type Shards } from './shard.js';
import { readTiles } from './tiles.js';

/** Rows at consecutive positions. */
interface Run {
  readonly first: number;
  readonly count: number;
  readonly factors: EngineBuffer;
  readonly penalties: EngineBuffer;
}

/** The rows that are at home with a shard, in ascending order. */
function runsOf(shard: MfShard, side: Side): Run[] {
  const { users, blocks, itemPenalties, description: { firstUser, users: count, blockStarts } } = shard;
  if (side === 'user') return [{ first: firstUser, count, factors: users.get('factors')!, penalties: users.get('penalties')! }];
  return blocksAtHome(shard).map((block) => ({ first: blockStarts[block], count: itemsOfBlock(shard, block), factors: blocks.get(block)!.get('factors')!, penalties: itemPenalties.get(block)! }));
}

export async function* readRows(engine: Engine, { ids: [side, first, count] }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  for (const [number, shard] of shards) {
    const rowBytes = shard.description.shape.stride * 4;
    for (const run of runsOf(shard, SIDES[side])) {
      const begin = Math.max(first, run.first);
      const end = Math.min(first + count, run.first + run.count);
      if (begin >= end) continue;
      const [bytes] = await engine.read([{ buffer: run.factors, byteOffset: (begin - run.first) * rowBytes, bytes: (end - begin) * rowBytes }]);
      yield { shard: number, chunk: { channel: 0, keys: { first: begin, count: end - begin }, width: rowBytes / 4, values: new Float32Array(bytes) } };
    }
  }
}

export async function writeRows(engine: Engine, { ids: [side, ...positions], values }: Task, shards: Shards): Promise<void> {
  for (const shard of shards.values()) {
    const { stride } = shard.description.shape;
    for (const { first, count, factors } of runsOf(shard, SIDES[side])) {
      for (const [at, position] of positions.entries()) {
        if (position >= first && position < first + count) engine.write(factors, Float32Array.from(values.subarray(at * stride, (at + 1) * stride)), (position - first) * stride * 4);
      }
    }
  }
}

/** Σ penalty ||row||² in float64, the constants that face biases left out. */
export async function* penaltyOf(engine: Engine, _task: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  for (const [number, shard] of shards) {
    let sum = 0;
    for (const side of SIDES) for (const run of runsOf(shard, side)) sum += await penaltyOfRun(engine, shard, side, run);
    yield { shard: number, chunk: { channel: 0, keys: { first: 0, count: 1 }, width: 1, values: Float64Array.of(sum) } };
  }
}

async function penaltyOfRun(engine: Engine, { description: { shape } }: MfShard, side: Side, { factors, penalties, count }: Run): Promise<number> {
  const { stride } = shape;
  const weights = new Float32Array((await engine.read([{ buffer: penalties }]))[0]);
  const fixed = fixedColumn(shape, side);
  let sum = 0;
  let row = 0;
  for await (const [rows] of readTiles(engine, [{ buffer: factors, first: 0 }], count * stride, stride)) {
    for (let at = 0; at < rows.length; at += stride, row++) {
      let squares = 0;
      for (let k = 0; k < stride; k++) if (k !== fixed) squares += rows[at + k] ** 2;
      sum += weights[row] * squares;
    }
  }
  return sum;
}

export async function keep(engine: Engine, shards: Shards): Promise<void> {
  for (const shard of shards.values()) {
    const contents = await engine.read([...runsOf(shard, 'user'), ...runsOf(shard, 'item')].map(({ factors }) => ({ buffer: factors })));
    const [users, ...blocks] = contents.map((content) => new Float32Array(content));
    shard.kept = { users, blocks: new Map(blocksAtHome(shard).map((block, at) => [block, blocks[at]])) };
  }
  noteKept(engine, shards);
}

/** Tells the meter of what is kept for the shards that are here. */
export function noteKept(engine: Engine, shards: Shards): void {
  let bytes = 0;
  for (const { kept } of shards.values()) if (kept) for (const { byteLength } of [kept.users, ...kept.blocks.values()]) bytes += byteLength;
  keepBytes(engine, bytes);
}

export async function putBack(engine: Engine, shards: Shards): Promise<void> {
  for (const { kept, users, blocks } of shards.values()) {
    if (!kept) throw new Error('there are no kept factors to restore');
    engine.write(users.get('factors')!, kept.users);
    for (const [block, factors] of kept.blocks) engine.write(blocks.get(block)!.get('factors')!, factors);
  }
}
