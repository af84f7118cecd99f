/**
 * The worker's half of the Lasso: row shards that hold X by columns, the residual in float64 (exact passes) and in
 * float32 on the engine (pushes).
 */
import type { Engine } from '../../src/engine/engine.js';
import type { Commit, ShardChunk, ShardHeader, ShardPart, Task, WorkerProgram } from '../../src/program.js';
import { openDense, openSparse, type ShardColumns } from './columns.js';
import { Channel, Operation, packedRow, type ShardDescription } from './operations.js';

export interface LassoShard {
  readonly target: Float64Array;
  /** y - Xβ of this shard's rows at the last Settle. */
  readonly residual: Float64Array;
  readonly columns: ShardColumns;
}

type Shards = ReadonlyMap<number, LassoShard>;

export const lassoWorker: WorkerProgram<LassoShard> = {
  async open(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<LassoShard> {
    const description = header.description as ShardDescription;
    const stream = parts[Symbol.asyncIterator]();
    const first = await stream.next();
    const target = (first.value as ShardPart)[0] as Float64Array;
    const rest = { [Symbol.asyncIterator]: () => stream };
    const columns = await (description.kind === 'dense' ? openDense : openSparse)(engine, description, rest);
    return { target, residual: target.slice(), columns };
  },

  apply(_engine: Engine, commit: Commit, shards: Shards): void {
    const deltas = Float32Array.from(commit.values);
    for (const { columns } of shards.values()) columns.fold(commit.ids, deltas);
  },

  push(engine: Engine, task: Task, shards: Shards): Iterable<ShardChunk> | AsyncIterable<ShardChunk> {
    switch (task.operation) {
      case Operation.Sum:
        return perColumn(task, shards, ({ columns }, j) => columns.sum(j));
      case Operation.Stored:
        return perColumn(task, shards, ({ columns }, j) => columns.stored(j));
      case Operation.Spread:
        return perColumn(task, shards, ({ columns }, j, k) => columns.spread(j, task.values[k]!));
      case Operation.Gradient:
        return perColumn(task, shards, ({ columns, residual }, j) => columns.dot(j, residual));
      case Operation.Scale:
        return silently(() => scale(task, shards));
      case Operation.Reset:
        return silently(() => shards.forEach(({ residual, target }) => residual.set(target)));
      case Operation.Subtract:
        return silently(() => subtract(task, shards));
      case Operation.Settle:
        return settle(task, shards);
      case Operation.Block:
        return block(engine, task, shards);
      default:
        throw new TypeError(`the Lasso has no operation ${task.operation}`);
    }
  },
};

function silently(work: () => void): Iterable<ShardChunk> {
  work();
  return [];
}

/** One number for each column of the task's range, as one chunk a shard. */
function* perColumn(task: Task, shards: Shards, value: (shard: LassoShard, column: number, position: number) => number): Generator<ShardChunk> {
  const [begin, end] = task.ids as unknown as [number, number];
  for (const [shard, held] of shards) {
    const values = new Float64Array(end - begin);
    for (let j = begin; j < end; j++) values[j - begin] = value(held, j, j - begin);
    yield { shard, chunk: { channel: 0, keys: { first: 0, count: end - begin }, width: 1, values } };
  }
}

function scale(task: Task, shards: Shards): void {
  const [begin, end] = task.ids as unknown as [number, number];
  const count = end - begin;
  for (const { columns } of shards.values()) {
    for (let k = 0; k < count; k++) {
      const mean = task.values[k]!;
      const scale = task.values[count + k]!;
      if (mean !== 0 || scale !== 1) columns.standardize(begin + k, mean, scale);
    }
    columns.upload(begin, end);
  }
}

function subtract({ ids, values }: Task, shards: Shards): void {
  for (const { columns, residual } of shards.values()) {
    for (let k = 0; k < ids.length; k++) columns.subtract(ids[k]!, values[k]!, residual);
  }
}

function* settle({ values: [offset] }: Task, shards: Shards): Generator<ShardChunk> {
  for (const [shard, { columns, residual, target }] of shards) {
    let squares = 0;
    let products = 0;
    let sum = 0;
    for (let i = 0; i < residual.length; i++) {
      const r = (residual[i]! += offset!);
      squares += r * r;
      products += target[i]! * r;
      sum += r;
    }
    columns.setResidual(Float32Array.from(residual));
    yield { shard, chunk: { channel: 0, keys: { first: 0, count: 1 }, width: 3, values: Float64Array.of(squares, products, sum) } };
  }
}

/** Dots and Gram rows of all shards in one submission and one read. */
async function* block(engine: Engine, { ids, values }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  const [wantsDots, first] = values as unknown as [number, number];
  const requests = [];
  const origin: { shard: number; channel: number }[] = [];
  for (const [shard, { columns }] of shards) {
    columns.setIds(ids);
    if (wantsDots) {
      requests.push(columns.dots(ids.length));
      origin.push({ shard, channel: Channel.Dots });
    }
    if (first < ids.length) {
      requests.push(columns.gram(ids.length, first));
      origin.push({ shard, channel: Channel.Gram });
    }
  }
  const results = await engine.read(requests);
  for (const [i, bytes] of results.entries()) {
    const { shard, channel } = origin[i]!;
    const numbers = new Float32Array(bytes);
    const keys = { first: channel === Channel.Gram ? packedRow(first) : 0, count: numbers.length };
    yield { shard, chunk: { channel, keys, width: 1, values: numbers } };
  }
}
