/**
 * The worker's half of the Lasso: row shards that hold X by columns, the residual of every problem in float64 (exact
 * passes), and that of problem 0 in float32 on the engine (pushes).
 */
import type { Engine, ReadRequest } from '../../../src/engine/engine.js';
import type { Commit, ShardChunk, ShardHeader, ShardPart, Task, WorkerProgram } from '../../../src/program.js';
import type { Roots, ShardColumns } from '../columns.js';
import { openDense } from '../dense-columns.js';
import { openSparse } from '../sparse-columns.js';
import { packedRow } from '../columns.js';
import { Channel, Operation, Settled, type ShardDescription } from './operations.js';
import { restoreShard, saveShard } from './saved-shard.js';
import { Standardized } from './standardized.js';

export interface LassoShard {
  readonly fold: number;
  /** u (y - mean over all rows). */
  readonly target: Float64Array;
  readonly roots: Roots | null;
  /** By problem, from its first Reset on: y - Xβ of this shard's rows at the last Settle. */
  readonly residuals: Float64Array[];
  readonly columns: ShardColumns;
  readonly standardized: Standardized;
}

type Shards = ReadonlyMap<number, LassoShard>;

export const lassoWorker: WorkerProgram<LassoShard> = {
  async open(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<LassoShard> {
    const description = header.description as ShardDescription;
    const stream = parts[Symbol.asyncIterator]();
    const first = await stream.next();
    const [target, roots] = first.value as [Float64Array, Float64Array?];
    const rest = { [Symbol.asyncIterator]: () => stream };
    const extent = { ...description, firstColumn: 0 };
    const columns = description.kind === 'dense' ? await openDense(engine, extent, rest) : await openSparse(engine, extent, rest, 0);
    const u = roots ? withSquares(roots) : null;
    return { fold: description.fold, target, roots: u, residuals: [], columns, standardized: new Standardized(columns, u) };
  },

  apply(_engine: Engine, commit: Commit, shards: Shards): void {
    const deltas = new Float32Array(commit.values);
    for (const { columns, standardized } of shards.values()) {
      standardized.expectInStep();
      columns.fold(commit.ids, deltas);
    }
  },

  push(engine: Engine, task: Task, shards: Shards): Iterable<ShardChunk> | AsyncIterable<ShardChunk> {
    switch (task.operation) {
      case Operation.Sum:
        return perColumn(task, shards, (shard) => shard.fold, ({ standardized }, begin, end) => standardized.sums(begin, end));
      case Operation.Stored:
        return perColumn(task, shards, () => 0, ({ columns }, begin, end) => Float64Array.from({ length: end - begin }, (_, k) => columns.host.stored(begin + k)));
      case Operation.Spread:
        return perColumn(task, shards, (shard) => shard.fold, ({ standardized, fold }, begin, end) => standardized.spreads(begin, end, task.values.subarray(fold * (end - begin), (fold + 1) * (end - begin))));
      case Operation.Gradient:
        return gradient(task, shards);
      case Operation.Scale:
        return silently(() => scale(task, shards));
      case Operation.Reset:
        return silently(() => reset(task, shards));
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

  save: (engine: Engine, shard: number, shards: Shards): AsyncIterable<ShardPart> => saveShard(engine, shards.get(shard)!),

  restore: (_engine: Engine, shard: number, parts: AsyncIterable<ShardPart>, shards: Shards): Promise<void> => restoreShard(shards.get(shard)!, parts),

  close: (_engine: Engine, { columns }: LassoShard): void => columns.close(),
};

function silently(work: () => void): Iterable<ShardChunk> {
  work();
  return [];
}

/** Σ u² in row order. */
function withSquares(values: Float64Array): Roots {
  return { values, squares: values.reduce((sum, root) => sum + root * root, 0) };
}

/** Whether problem `problem` leaves this shard's rows out. */
function isHeldOut({ fold }: LassoShard, problem: number): boolean {
  return problem > 0 && fold === problem - 1;
}

type PerColumn = (shard: LassoShard, begin: number, end: number) => Float64Array;

/** One number for each column of the task's range, as one chunk a shard. */
function* perColumn(task: Task, shards: Shards, channelOf: (shard: LassoShard) => number, valuesOf: PerColumn): Generator<ShardChunk> {
  const [begin, end] = task.ids as unknown as [number, number];
  const keys = { first: 0, count: end - begin };
  for (const [shard, held] of shards) yield { shard, chunk: { channel: channelOf(held), keys, width: 1, values: valuesOf(held, begin, end) } };
}

function gradient(task: Task, shards: Shards): Iterable<ShardChunk> {
  const problem = task.values[0]!;
  const trained = new Map([...shards].filter(([, shard]) => !isHeldOut(shard, problem)));
  return perColumn(task, trained, () => 0, ({ columns, standardized, residuals }, begin, end) => {
    standardized.expectInStep();
    return columns.host.dots(begin, end, residuals[problem]!);
  });
}

function scale(task: Task, shards: Shards): void {
  const [begin, end] = task.ids as unknown as [number, number];
  const range = { begin, means: task.values.slice(0, end - begin), scales: task.values.slice(end - begin) };
  for (const { standardized } of shards.values()) standardized.standardize(range);
}

function reset({ values }: Task, shards: Shards): void {
  const [problem, shift] = values as unknown as [number, number];
  for (const { target, roots, residuals } of shards.values()) {
    const residual = (residuals[problem] ??= new Float64Array(target.length));
    residual.set(target);
    if (shift !== 0) addOnes(residual, -shift, roots);
  }
}

/** vector += factor · u. */
function addOnes(vector: Float64Array, factor: number, roots: Roots | null): void {
  for (let i = 0; i < vector.length; i++) vector[i]! += roots ? factor * roots.values[i]! : factor;
}

function subtract({ ids, values }: Task, shards: Shards): void {
  const problem = values[0]!;
  for (const { columns, standardized, residuals } of shards.values()) {
    standardized.expectInStep();
    columns.host.subtract(ids, values.subarray(1), residuals[problem]!);
  }
}

function* settle({ values }: Task, shards: Shards): Generator<ShardChunk> {
  const [problem, offset] = values as unknown as [number, number];
  for (const [shard, held] of shards) {
    const residual = held.residuals[problem]!;
    addOnes(residual, offset, held.roots);
    if (problem === 0) held.columns.setResidual(Float32Array.from(residual));
    const sums = residualSums(residual, held);
    const keys = { first: 0, count: 1 };
    if (isHeldOut(held, problem)) yield { shard, chunk: { channel: Settled.HeldOut, keys, width: 1, values: sums.subarray(0, 1) } };
    else yield { shard, chunk: { channel: Settled.Training, keys, width: 3, values: sums } };
  }
}

/** Σ r², Σ y r, Σ u r. */
function residualSums(residual: Float64Array, { target, roots }: LassoShard): Float64Array {
  let squares = 0;
  let products = 0;
  let sum = 0;
  for (let i = 0; i < residual.length; i++) {
    const r = residual[i]!;
    squares += r * r;
    products += target[i]! * r;
    sum += roots ? roots.values[i]! * r : r;
  }
  return Float64Array.of(squares, products, sum);
}

/** What a Block task reads, and of which shard and channel it is. */
interface BlockRead {
  readonly shard: number;
  readonly channel: number;
  readonly request: ReadRequest;
}

/** Dots and Gram rows of all shards in one submission and one read; where the host shares the engine's memory they are there already. */
function block(engine: Engine, { ids, values }: Task, shards: Shards): Iterable<ShardChunk> | AsyncIterable<ShardChunk> {
  const dots = values[0]!;
  const first = values[1]!;
  const gramIds = ids.subarray(values[2]);
  const reads: BlockRead[] = [];
  for (const [shard, { columns, standardized, fold }] of shards) {
    standardized.expectInStep();
    if (dots > 0) {
      columns.setIds(ids.subarray(0, dots));
      reads.push({ shard, channel: Channel.Dots, request: columns.dots(dots) });
    }
    if (first < gramIds.length) {
      columns.setIds(gramIds);
      reads.push({ shard, channel: Channel.Gram + fold, request: columns.gram(gramIds.length, first) });
    }
  }
  return engine.kind === 'wasm' ? reads.map((read) => blockChunk(read, first, inPlace(engine, read.request))) : blockChunksRead(engine, reads, first);
}

async function* blockChunksRead(engine: Engine, reads: readonly BlockRead[], first: number): AsyncGenerator<ShardChunk> {
  const results = await engine.read(reads.map(({ request }) => request));
  for (const [i, read] of reads.entries()) yield blockChunk(read, first, new Float32Array(results[i]!));
}

function blockChunk({ shard, channel }: BlockRead, first: number, values: Float32Array): ShardChunk {
  return { shard, chunk: { channel, keys: { first: channel === Channel.Dots ? 0 : packedRow(first), count: values.length }, width: 1, values } };
}

function inPlace(engine: Engine, { buffer, bytes }: ReadRequest): Float32Array {
  const view = engine.hostView(buffer)!;
  return new Float32Array(view.buffer, view.byteOffset, bytes! / 4);
}
