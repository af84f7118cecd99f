/** The worker's half where X is cut by columns: whole columns, of which it reports the nearest and hands out those asked for. */
import type { Engine } from '../../../src/engine/engine.js';
import type { Chunk, ShardChunk, ShardHeader, ShardPart, Task, WorkerProgram } from '../../../src/program.js';
import type { Roots, ShardColumns } from '../columns.js';
import { openDense } from '../dense-columns.js';
import { openSparse } from '../sparse-columns.js';
import type { Folds } from '../samples.js';
import { prepareColumns, type Centring, type PreparedColumns } from './moments.js';
import type { ShardArray } from '../shard-memory.js';
import { CANDIDATE_WIDTH, decodeScan, factsWidth, GatherChannel, JUDGEMENT_WIDTH, Operation, placesOf, ScanChannel, type ColumnShardDescription, type ScanRequest } from './operations.js';
import { engineResidual, scan, type EngineResidual } from './scan.js';

export interface ColumnShard {
  readonly description: ColumnShardDescription;
  readonly columns: ShardColumns;
  readonly roots: Roots | null;
  readonly folds: Folds | null;
  /** One a column of the shard, or null: all 1. */
  readonly featureWeights: ShardArray<Float64Array> | null;
  /** What Prepare asked for: all that the shard's state is. Null before. */
  centring: Centring | null;
  /** What Prepare found, which stays when the shard is brought back to before it: columns are standardized in place once. */
  prepared: { readonly centring: Centring; readonly columns: PreparedColumns } | null;
}

type Shards = ReadonlyMap<number, ColumnShard>;

export const columnWorker: WorkerProgram<ColumnShard> = {
  async open(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<ColumnShard> {
    const description = header.description as ColumnShardDescription;
    const stream = parts[Symbol.asyncIterator]();
    const [roots, foldOf, featureWeights] = (await stream.next()).value as [Float64Array, Uint32Array, Float64Array];
    const extent = { ...description, firstRow: 0, block: description.columns };
    const rest = { [Symbol.asyncIterator]: () => stream };
    const columns = description.kind === 'dense' ? await openDense(engine, extent, rest) : await openSparse(engine, extent, rest, description.firstColumn);
    columns.setIds(firstIds(description.columns));
    return {
      description,
      columns,
      roots: roots.length === 0 ? null : { values: roots, squares: roots.reduce((sum, u) => sum + u * u, 0) },
      folds: description.folds === 0 ? null : { count: description.folds, of: Uint16Array.from(foldOf) },
      featureWeights: featureWeights.length === 0 ? null : heldWeights(columns, featureWeights),
      centring: null,
      prepared: null,
    };
  },

  apply(): void {
    throw new TypeError('where X is cut by columns nothing is committed to the shards');
  },

  push(engine: Engine, task: Task, shards: Shards): Iterable<ShardChunk> | AsyncIterable<ShardChunk> {
    switch (task.operation) {
      case Operation.Prepare:
        for (const shard of shards.values()) prepare(shard, { center: task.values[0] === 1, standardize: task.values[1] === 1 });
        return [];
      case Operation.Scan:
        return scanAll(engine, task, shards);
      case Operation.Gather:
        return gather(task, shards);
      default:
        throw new TypeError(`the Lasso cut by columns has no operation ${task.operation}`);
    }
  },

  *save(_engine: Engine, shard: number, shards: Shards): Generator<ShardPart> {
    const { centring } = shards.get(shard)!;
    yield [centring ? Uint32Array.of(Number(centring.center), Number(centring.standardize)) : new Uint32Array(0)];
  },

  async restore(_engine: Engine, shard: number, parts: AsyncIterable<ShardPart>, shards: Shards): Promise<void> {
    const [saved] = (await parts[Symbol.asyncIterator]().next()).value as [Uint32Array];
    const held = shards.get(shard)!;
    if (saved.length === 0) held.centring = null;
    else prepare(held, { center: saved[0] === 1, standardize: saved[1] === 1 });
  },

  close: (_engine: Engine, { columns }: ColumnShard): void => columns.close(),
};

/** 0 … count - 1. */
function firstIds(count: number): Uint32Array {
  const ids = new Uint32Array(count);
  for (let j = 0; j < count; j++) ids[j] = j;
  return ids;
}

function heldWeights({ host: { memory } }: ShardColumns, weights: Float64Array): ShardArray<Float64Array> {
  const held = memory.array('feature weights', Float64Array, weights.length);
  held.view.set(weights);
  return held;
}

function prepare(shard: ColumnShard, centring: Centring): void {
  const { description, columns, roots, folds } = shard;
  shard.prepared ??= { centring, columns: prepareColumns(columns, { rows: description.rows, roots, folds }, centring) };
  const { center, standardize } = shard.prepared.centring;
  if (center !== centring.center || standardize !== centring.standardize) throw new Error("a shard's columns are standardized in place, and now in another way: open the shard anew from its data");
  shard.centring = centring;
}

/** One float32 pass of all shards in one submission, then their reports. */
async function* scanAll(engine: Engine, { ids, values }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  const request = decodeScan(ids, values);
  const residual = engineResidual(request.residual);
  const reads = Array.from(shards.values(), ({ columns, description }) => {
    columns.setResidual(residual.values);
    return columns.dots(description.columns);
  });
  const dots = await engine.read(reads);
  let at = 0;
  for (const [number, shard] of shards) yield* report(number, shard, request, residual, new Float32Array(dots[at++]!));
}

function* report(number: number, { description, columns, roots, featureWeights, prepared }: ColumnShard, request: ScanRequest, residual: EngineResidual, dots: Float32Array): Generator<ShardChunk> {
  const scanned = { columns: columns.host, firstColumn: description.firstColumn, prepared: prepared!.columns, featureWeights, residualSum: sumOf(request.residual, roots) };
  const { largest, free, ids, facts } = scan(scanned, request, dots, residual);
  yield { shard: number, chunk: { channel: ScanChannel.Judgement, keys: { first: number, count: 1 }, width: JUDGEMENT_WIDTH, values: Float64Array.of(largest, free.pull, free.cost) } };
  if (ids.length > 0) yield { shard: number, chunk: { channel: ScanChannel.Candidates, keys: ids, width: CANDIDATE_WIDTH, values: facts } };
}

/** u'r. */
function sumOf(residual: Float64Array, roots: Roots | null): number {
  let sum = 0;
  for (let i = 0; i < residual.length; i++) sum += (roots === null ? 1 : roots.values[i]!) * residual[i]!;
  return sum;
}

function* gather({ ids }: Task, shards: Shards): Generator<ShardChunk> {
  for (const [number, shard] of shards) {
    const [begin, end] = placesOf(ids, shard.description);
    if (end === begin) continue;
    const own = ids.slice(begin, end);
    yield { shard: number, chunk: { channel: GatherChannel.Facts, keys: own, width: factsWidth(shard.description.folds), values: factsOf(own, shard) } };
    yield { shard: number, chunk: { channel: GatherChannel.Entries, ...entriesOf(own, begin, shard) } };
  }
}

function factsOf(own: Uint32Array, { description, columns, prepared }: ColumnShard): Float64Array {
  const { means, scales, squaredNorms, heldMeans, heldScales } = prepared!.columns;
  const views = [means.view, scales.view, squaredNorms.view];
  const [ofMeans, ofScales] = [heldMeans.view, heldScales.view];
  const facts = new Float64Array(factsWidth(description.folds) * own.length);
  let at = 0;
  for (const id of own) {
    const j = id - description.firstColumn;
    facts[at++] = columns.host.stored(j);
    facts[at++] = ofMeans[j]!;
    facts[at++] = ofScales[j]!;
    for (let q = 0; q <= description.folds; q++) for (const view of views) facts[at++] = view[q * description.columns + j]!;
  }
  return facts;
}

/** The columns `own`, the first of which has position `first` in the task's ids. */
function entriesOf(own: Uint32Array, first: number, { description: { kind, rows, firstColumn }, columns: { host } }: ColumnShard): Omit<Chunk, 'channel'> {
  let total = 0;
  for (const id of own) total += host.stored(id - firstColumn);
  const values = new Float64Array(total);
  const keys = kind === 'dense' ? own : new Uint32Array(total);
  let at = 0;
  for (let k = 0; k < own.length; k++) {
    const entries = host.entries(own[k]! - firstColumn);
    values.set(entries.values, at);
    if (entries.rowIds) for (let e = 0; e < entries.rowIds.length; e++) keys[at + e] = (first + k) * rows + entries.rowIds[e]!;
    at += entries.values.length;
  }
  return { keys, width: kind === 'dense' ? rows : 1, values };
}
