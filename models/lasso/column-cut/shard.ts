/** The worker's half where X is cut by columns: whole columns, of which it reports the nearest and hands out those asked for. */
import type { Engine } from '../../../src/engine/engine.js';
import type { Chunk, ShardChunk, ShardHeader, ShardPart, Task, WorkerProgram } from '../../../src/program.js';
import type { Roots, ShardColumns } from '../columns.js';
import { openDense } from '../dense-columns.js';
import { openSparse } from '../sparse-columns.js';
import type { Folds } from '../samples.js';
import { prepareColumns, type PreparedColumns } from './moments.js';
import { CANDIDATE_WIDTH, decodeScan, factsWidth, GatherChannel, JUDGEMENT_WIDTH, Operation, ScanChannel, type ColumnShardDescription } from './operations.js';
import { engineResidual, scan } from './scan.js';

export interface ColumnShard {
  readonly description: ColumnShardDescription;
  readonly columns: ShardColumns;
  readonly roots: Roots | null;
  readonly folds: Folds | null;
  /** One a column of the shard, or null: all 1. */
  readonly featureWeights: Float64Array | null;
  /** Once Prepare has run. */
  prepared: PreparedColumns | null;
}

type Shards = ReadonlyMap<number, ColumnShard>;

export const columnWorker: WorkerProgram<ColumnShard> = {
  async open(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<ColumnShard> {
    const description = header.description as ColumnShardDescription;
    const stream = parts[Symbol.asyncIterator]();
    const [roots, foldOf, featureWeights] = (await stream.next()).value as [Float64Array, Uint32Array, Float64Array];
    const extent = { ...description, firstRow: 0, block: description.columns };
    const columns = await (description.kind === 'dense' ? openDense : openSparse)(engine, extent, { [Symbol.asyncIterator]: () => stream });
    columns.setIds(Uint32Array.from({ length: description.columns }, (_, j) => j));
    return {
      description,
      columns,
      roots: roots.length === 0 ? null : { values: roots, squares: roots.reduce((sum, u) => sum + u * u, 0) },
      folds: description.folds === 0 ? null : { count: description.folds, of: Uint16Array.from(foldOf) },
      featureWeights: featureWeights.length === 0 ? null : featureWeights,
      prepared: null,
    };
  },

  apply(): void {
    throw new TypeError('where X is cut by columns nothing is committed to the shards');
  },

  push(engine: Engine, task: Task, shards: Shards): Iterable<ShardChunk> | AsyncIterable<ShardChunk> {
    switch (task.operation) {
      case Operation.Prepare:
        for (const shard of shards.values()) prepare(shard, task.values);
        return [];
      case Operation.Scan:
        return scanAll(engine, task, shards);
      case Operation.Gather:
        return gather(task, shards);
      default:
        throw new TypeError(`the Lasso cut by columns has no operation ${task.operation}`);
    }
  },
};

function prepare(shard: ColumnShard, [center, standardize]: Float64Array): void {
  const { description, columns, roots, folds } = shard;
  const shape = { rows: description.rows, roots, folds };
  shard.prepared = prepareColumns(columns, description.columns, shape, { center: center === 1, standardize: standardize === 1 });
}

/** One float32 pass of all shards in one submission, then their reports. */
async function* scanAll(engine: Engine, { ids, values }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  const request = decodeScan(ids, values);
  const { unit, values: residual } = engineResidual(request.residual);
  const reads = Array.from(shards.values(), ({ columns, description }) => {
    columns.setResidual(residual);
    return columns.dots(description.columns);
  });
  const dots = await engine.read(reads);
  for (const [at, [shard, held]] of [...shards].entries()) yield* report(shard, held, request, { unit, dots: new Float32Array(dots[at]!) });
}

function* report(number: number, shard: ColumnShard, request: ReturnType<typeof decodeScan>, { unit, dots }: { unit: number; dots: Float32Array }): Generator<ShardChunk> {
  const { description, columns, roots, featureWeights } = shard;
  const { problems, heldNorms } = shard.prepared!;
  let residualSum = 0;
  for (let i = 0; i < request.residual.length; i++) residualSum += (roots?.values[i] ?? 1) * request.residual[i]!;
  const scanned = { columns, count: description.columns, firstColumn: description.firstColumn, moments: problems[request.problem]!, heldNorms, featureWeights, residualSum };
  const { largest, free, ids, facts } = scan(scanned, request, dots, unit);
  yield { shard: number, chunk: { channel: ScanChannel.Judgement, keys: { first: number, count: 1 }, width: JUDGEMENT_WIDTH, values: Float64Array.of(largest, free.pull, free.cost) } };
  if (ids.length > 0) yield { shard: number, chunk: { channel: ScanChannel.Candidates, keys: ids, width: CANDIDATE_WIDTH, values: facts } };
}

function* gather({ ids }: Task, shards: Shards): Generator<ShardChunk> {
  for (const [number, { description, columns, prepared }] of shards) {
    const { firstColumn, folds } = description;
    const own = ids.filter((id) => id >= firstColumn && id < firstColumn + description.columns);
    if (own.length === 0) continue;
    const width = factsWidth(folds);
    const facts = new Float64Array(width * own.length);
    for (const [k, id] of own.entries()) facts.set(factsRow(prepared!, columns, id - firstColumn), width * k);
    yield { shard: number, chunk: { channel: GatherChannel.Facts, keys: own, width, values: facts } };
    yield { shard: number, chunk: { channel: GatherChannel.Entries, ...entriesOf(own, ids.indexOf(own[0]!), description, columns) } };
  }
}

function factsRow({ problems, held }: PreparedColumns, columns: ShardColumns, j: number): number[] {
  return [columns.stored(j), held.means[j]!, held.scales[j]!, ...problems.flatMap(({ means, scales, squaredNorms }) => [means[j]!, scales[j]!, squaredNorms[j]!])];
}

/** The columns `own`, the first of which has position `first` in the task's ids. */
function entriesOf(own: Uint32Array, first: number, { kind, rows, firstColumn }: ColumnShardDescription, columns: ShardColumns): Omit<Chunk, 'channel'> {
  const stored = own.map((id) => columns.stored(id - firstColumn));
  const values = new Float64Array(stored.reduce((sum, count) => sum + count, 0));
  const keys = kind === 'dense' ? own : new Uint32Array(values.length);
  let at = 0;
  for (let k = 0; k < own.length; k++) {
    const entries = columns.entries(own[k]! - firstColumn);
    values.set(entries.values, at);
    if (entries.rowIds) for (let e = 0; e < entries.rowIds.length; e++) keys[at + e] = (first + k) * rows + entries.rowIds[e]!;
    at += stored[k]!;
  }
  return { keys, width: kind === 'dense' ? rows : 1, values };
}
