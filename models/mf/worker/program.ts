/** The worker's half of matrix factorization: which operation is done where. */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, ShardParcel, Task, WorkerProgram } from '../../../src/program.js';
import { Operation } from '../operations.js';
import { endItems, solveItems, solveUsers } from './als.js';
import { fetchRank, recallRank, settleItems, visitItems, visitUsers } from './ccd.js';
import { judge } from './errors.js';
import { gramOf, setGram } from './gram.js';
import { highWater } from '../../worker-memory.js';
import { rank } from './ranking.js';
import { keep, penaltyOf, putBack, readRows, writeRows } from './rows.js';
import { descend } from './sgd.js';
import { openShard, type MfShard, type Shards } from './shard.js';
import { closeShard, restoreShard, saveShard } from './state.js';
import { receiveBlock } from './turn.js';

type Pushed = AsyncIterable<ShardChunk | ShardParcel> | Iterable<ShardChunk | ShardParcel>;

/** What an operation pushes, or that it is done. */
type Handler = (engine: Engine, task: Task, shards: Shards) => Pushed | Promise<void>;

const handlers: Readonly<Record<number, Handler>> = {
  [Operation.Descend]: descend,
  [Operation.SolveUsers]: solveUsers,
  [Operation.SolveItems]: solveItems,
  [Operation.EndItems]: endItems,
  [Operation.UserRank]: visitUsers,
  [Operation.ItemRank]: visitItems,
  [Operation.SettleItems]: settleItems,
  [Operation.FetchRank]: fetchRank,
  [Operation.RecallRank]: recallRank,
  [Operation.Errors]: judge,
  [Operation.Rank]: rank,
  [Operation.Gram]: gramOf,
  [Operation.SetGram]: setGram,
  [Operation.Penalty]: penaltyOf,
  [Operation.ReadRows]: readRows,
  [Operation.WriteRows]: writeRows,
  [Operation.Keep]: (engine, _task, shards) => keep(engine, shards),
  [Operation.Restore]: (engine, _task, shards) => putBack(engine, shards),
  [Operation.Finish]: (engine) => engine.finish(),
  [Operation.Memory]: memoryOf,
};

export const mfWorker: WorkerProgram<MfShard> = {
  open: openShard,

  async *push(engine, task, shards) {
    const handler = handlers[task.operation];
    if (!handler) throw new TypeError(`matrix factorization has no operation ${task.operation}`);
    const pushed = await handler(engine, task, shards);
    if (pushed) yield* pushed;
  },

  apply() {
    throw new TypeError('matrix factorization commits nothing to its shards: columns and rows ride with the tasks');
  },

  receive: receiveBlock,
  save: saveShard,
  restore: restoreShard,
  close: closeShard,
};

/** A worker tells once, with the lowest of its shards. */
function* memoryOf(engine: Engine, _task: Task, shards: Shards): Generator<ShardChunk> {
  const shard = Math.min(...shards.keys());
  yield { shard, chunk: { channel: 0, keys: Uint32Array.of(shard), width: 1, values: Float64Array.of(highWater(engine)) } };
}
