/**
 * The worker's half of the scheduled Lasso on generated columns. A shard keeps the residual of its rows, in float64; columns are
 * computed when a task names them, once for all shards of the worker, and forgotten.
 */
import type { WorkerFactory } from '../../src/runtime/own-program.js';
import type { Commit, ShardChunk, ShardHeader, Task } from '../../src/program.js';
import { Channel, Operation, pairOf, type ChainShardDescription } from './chain-operations.js';
import { ChainColumns } from './chain-columns.js';
import { chainTarget } from './chain-target.js';
import { SharedRows } from './shared-rows.js';

interface Shard {
  readonly columns: ChainColumns;
  readonly firstRow: number;
  readonly endRow: number;
  readonly residual: Float64Array;
}

type Shards = ReadonlyMap<number, Shard>;

const makeWorker: WorkerFactory<Shard> = () => {
  const sharedRows = new SharedRows();
  return {
    open: (_engine, header) => Promise.resolve(openShard(header)),

    *push(_engine, task, shards) {
      if (task.operation === Operation.Squares) yield* squares(shards);
      else yield* update(task, shards, sharedRows);
    },

    apply: (_engine, commit, shards) => step(commit, shards),
  };
};

export default makeWorker;

function openShard({ description }: ShardHeader): Shard {
  const { firstRow, endRow, ...shape } = description as ChainShardDescription;
  const columns = new ChainColumns(shape);
  return { columns, firstRow, endRow, residual: chainTarget(columns).y.slice(firstRow, endRow) };
}

function* squares(shards: Shards): Generator<ShardChunk> {
  for (const [shard, { residual }] of shards) {
    yield { shard, chunk: { channel: 0, keys: { first: 0, count: 1 }, width: 1, values: Float64Array.of(residual.reduce((sum, r) => sum + r * r, 0)) } };
  }
}

function* update({ ids, values: [size] }: Task, shards: Shards, sharedRows: SharedRows): Generator<ShardChunk> {
  const held = [...shards.values()];
  const [{ columns }] = held;
  const dots = held.map(() => new Float64Array(size));
  for (let k = 0; k < size; k++) {
    const { rowIds, values } = columns.column(ids[k]);
    for (const [at, shard] of held.entries()) dots[at][k] = dot(shard, rowIds, values);
  }
  sharedRows.clear();
  for (let k = size; k < ids.length; k++) sharedRows.add(columns.column(ids[k]));
  for (const [at, [shard, { firstRow, endRow }]] of [...shards].entries()) {
    if (size > 0) yield { shard, chunk: { channel: Channel.Dots, keys: { first: 0, count: size }, width: 1, values: dots[at] } };
    const { keys, values } = sharedRows.products(firstRow, endRow, pairOf);
    if (keys.length > 0) yield { shard, chunk: { channel: Channel.Correlations, keys, width: 1, values } };
  }
}

/** The part of x'r in a shard's rows. */
function dot({ firstRow, endRow, residual }: Shard, rowIds: Uint32Array, values: Float64Array): number {
  let sum = 0;
  for (let e = 0; e < rowIds.length; e++) {
    const row = rowIds[e];
    if (row >= firstRow && row < endRow) sum += values[e] * residual[row - firstRow];
  }
  return sum;
}

function step({ ids, values: steps }: Commit, shards: Shards): void {
  const held = [...shards.values()];
  for (let k = 0; k < ids.length; k++) {
    const { rowIds, values } = held[0].columns.column(ids[k]);
    for (const { firstRow, endRow, residual } of held) {
      for (let e = 0; e < rowIds.length; e++) {
        const row = rowIds[e];
        if (row >= firstRow && row < endRow) residual[row - firstRow] -= steps[k] * values[e];
      }
    }
  }
}
