/** The worker's half of a topic model: which operation is done where. */
import type { Engine } from '../../../src/engine/engine.js';
import type { Commit, ShardChunk, ShardParcel, Task, WorkerProgram } from '../../../src/program.js';
import { highWater } from '../../worker-memory.js';
import { Operation } from '../operations.js';
import { audit } from './audit.js';
import { countStep, shareStep } from './count.js';
import { perplexityStep, receiveRows, toldStep } from './held-out.js';
import { alphaTerms, betaTerms } from './learn.js';
import { likelihood } from './likelihood.js';
import { addSample, keepRows, readTopics, restoreRows } from './rows.js';
import { sampleStep } from './sample.js';
import { closeShard, restoreShard, saveShard, settled } from './regroup.js';
import { openShard, type LdaShard, type Shards } from './shard.js';
import { tablesOf } from './tables.js';
import { receiveBlock, Travelling } from './turn.js';
import { drawStep, emptyRows, setRows, writeTopic } from './warm.js';

type Pushed = AsyncIterable<ShardChunk | ShardParcel> | Iterable<ShardChunk | ShardParcel>;

/** What an operation pushes, or that it is done. */
type Handler = (engine: Engine, task: Task, shards: Shards) => Pushed | Promise<void>;

const handlers: Readonly<Record<number, Handler>> = {
  [Operation.SetPriors]: setPriors,
  [Operation.WriteTopic]: writeTopic,
  [Operation.SetRows]: setRows,
  [Operation.Draw]: drawStep,
  [Operation.Empty]: emptyRows,
  [Operation.Count]: countStep,
  [Operation.Share]: shareStep,
  [Operation.Sample]: sampleStep,
  [Operation.Likelihood]: likelihood,
  [Operation.Perplexity]: perplexityStep,
  [Operation.ToldPerplexity]: toldStep,
  [Operation.AlphaTerms]: alphaTerms,
  [Operation.BetaTerms]: betaTerms,
  [Operation.AddSample]: addSample,
  [Operation.Keep]: keepRows,
  [Operation.Restore]: restoreRows,
  [Operation.ReadTopics]: readTopics,
  [Operation.Audit]: audit,
  [Operation.Finish]: (engine) => engine.finish(),
  [Operation.Memory]: memoryOf,
};

export const ldaWorker: WorkerProgram<LdaShard> = {
  open: openShard,

  async *push(engine, task, shards) {
    const handler = handlers[task.operation];
    if (!handler) throw new TypeError(`topic models have no operation ${task.operation}`);
    await settled(engine, shards);
    const pushed = await handler(engine, task, shards);
    if (pushed) yield* pushed;
  },

  apply: takeTotals,
  async receive(engine, parcel, shards) {
    await settled(engine, shards);
    const [kind] = parcel.content[0];
    if (kind === Travelling.Sample) receiveRows(parcel, shards);
    else if (kind === Travelling.Block) receiveBlock(engine, parcel, shards);
    else tablesOf(shards).copies!.receive(engine, parcel);
  },
  save: saveShard,
  restore: restoreShard,
  close: closeShard,
};

/** Topic counts of the whole corpus as they have become. */
function takeTotals(_engine: Engine, { ids, values }: Commit, shards: Shards): void {
  for (const { totals } of shards.values()) for (let at = 0; at < ids.length; at++) totals[ids[at]] = values[at];
}

async function setPriors(_engine: Engine, { values }: Task, shards: Shards): Promise<void> {
  tablesOf(shards).priors.set(values.slice(0, -1), values.at(-1)!);
}

/** A worker tells once, with the lowest of its shards. */
function* memoryOf(engine: Engine, _task: Task, shards: Shards): Generator<ShardChunk> {
  const shard = Math.min(...shards.keys());
  yield { shard, chunk: { channel: 0, keys: Uint32Array.of(shard), width: 1, values: Float64Array.of(highWater(engine)) } };
}
