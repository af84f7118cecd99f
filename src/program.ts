/**
 * The interface a model author implements. STRADS (Lee et al., NIPS 2014) trains a model in rounds of
 * schedule → push → pull → sync; an author writes the first three, the system owns the fourth.
 *
 *   schedule  scheduler   which variables are updated next, as a stream of bounded tasks
 *   push      worker      partial updates of a task's variables from the worker's own shards, as bounded chunks
 *   pull      aggregator  combined partials of a task → committed changes
 *   sync      everywhere  carries committed changes, and nothing else, to the shards that read them
 *
 * No call sees the whole model: `schedule` gets a range of variables, a task and a chunk are bounded by the
 * program's own block size, and `pull` receives sums by key for one task.
 */
import type { Engine } from './engine/engine.js';

/** Half-open range [begin, end) of variable ids. */
export interface VariableRange {
  readonly begin: number;
  readonly end: number;
}

/** One bounded piece of a round, sent to every logical shard. */
export interface Task {
  /** Which of the program's own operations the shards run; the numbers belong to the program. */
  readonly operation: number;
  /** Variables concerned, or what else the operation is about; at most the program's block size. */
  readonly ids: Uint32Array;
  /** Numbers that ride along, in an order that belongs to the operation. */
  readonly values: Float64Array;
}

/** Keys of a chunk: an ascending list of ids, or the run first, first + 1, …, first + count - 1. */
export type Keys = Uint32Array | { readonly first: number; readonly count: number };

/** A bounded part of what one shard pushes for one task: `width` numbers for each key. */
export interface Chunk {
  /** Which of the operation's results this is (0, 1, …). A channel keeps one form of keys and one width. */
  readonly channel: number;
  readonly keys: Keys;
  readonly width: number;
  /** keys × width numbers, row by row. */
  readonly values: Float32Array | Float64Array;
}

/** What the shards pushed for one task and channel, added up in float64 in shard order. */
export interface Sums {
  /** Every key that any shard pushed, ascending; a run also covers the keys between, with sums of 0. */
  readonly keys: Keys;
  readonly width: number;
  /** keys × width sums, row by row. */
  readonly values: Float64Array;
}

/** Changes a pull commits; sync delivers them, in round and task order, before the push that may read them. */
export interface Commit {
  readonly ids: Uint32Array;
  /** One number for each id, in the meaning that `apply` gives it. */
  readonly values: Float64Array;
}

/** The scheduler's half of a program. */
export interface SchedulerProgram {
  /** The tasks of a round, streamed; ids lie in `range`. The state it reads holds the pulls of rounds ≤ round - 1 - depth. */
  schedule(round: number, range: VariableRange): Iterable<Task>;
  /** Combines one task's sums (by channel) and returns what to commit. Called in round and task order. */
  pull(round: number, task: Task, sums: readonly Sums[]): Commit;
}

/** What the scheduler tells a worker about a logical shard before its data arrive. */
export interface ShardHeader {
  /** Logical shard, 0 … shards - 1; does not depend on who hosts it. */
  readonly shard: number;
  readonly shards: number;
  /** Program-defined description: shapes and options, JSON-serializable. */
  readonly description: unknown;
}

/** A bounded part of a shard's data; the arrays' order and meaning belong to the program. */
export type ShardPart = readonly (Uint8Array | Uint32Array | Float32Array | Float64Array)[];

/** A worker's answer to a task: a chunk and the shard it comes from. */
export interface ShardChunk {
  readonly shard: number;
  readonly chunk: Chunk;
}

/**
 * A bounded part of the model that one shard hands to another, whose host is another worker. The runtime copies it, and takes
 * it there directly or by the scheduler: to the program it is the same.
 */
export interface ShardParcel {
  /** Who hands it over. */
  readonly shard: number;
  /** Who gets it: a shard of the run that this worker does not host. */
  readonly to: number;
  readonly parcel: ShardPart;
}

/** A parcel as it arrives. */
export interface Parcel {
  readonly from: number;
  /** A shard that this worker hosts. */
  readonly to: number;
  /** As it was handed over; the receiver may keep and change the arrays. */
  readonly content: ShardPart;
}

/**
 * The worker's half. It runs in a Node process or a browser, so it imports nothing from `node:`.
 * All shards a worker hosts come in one call, so that an engine may serve them in one submission.
 */
export interface WorkerProgram<Shard = unknown> {
  /** Takes in one shard, part by part. Throws DataError when the parts are not valid data. */
  open(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<Shard>;
  /**
   * Partial updates for one task, and parcels for other shards. For each shard the chunks of a channel come in ascending
   * key order. An answer is copied before the next one is asked for, so an iterable, unlike an array, may reuse its memory. To a shard that it hosts too (`shards.has(to)`) a worker hands over by itself, without a parcel.
   */
  push(engine: Engine, task: Task, shards: ReadonlyMap<number, Shard>): AsyncIterable<ShardChunk | ShardParcel> | Iterable<ShardChunk | ShardParcel>;
  /** Folds committed changes into what the shards keep (a residual, say). */
  apply(engine: Engine, commit: Commit, shards: ReadonlyMap<number, Shard>): void;
  /**
   * Takes in a parcel for one of the shards, never during a push. What was handed over while a task was pushed is here
   * before any task that is sent once every shard has pushed that one: at pipelining depth s a parcel of round t is here
   * before round t + 1 + s, and the rounds between run with or without it. Parcels of one shard come in its order.
   * Only a program that yields parcels needs this.
   */
  receive?(engine: Engine, parcel: Parcel, shards: ReadonlyMap<number, Shard>): void | Promise<void>;
  /**
   * What pushes, commits and parcels have made of one shard and its data alone do not give, in bounded parts (1 MiB is a good size). Called
   * between pushes, with no parcel on its way, and changes nothing. Parts that did not change since the last time should
   * come out with the same bytes at the same place: only those that did are written. A part is copied before the next one is asked for.
   * A program that lacks it, or `restore`, does not survive the loss of a worker and takes no checkpoints.
   */
  save?(engine: Engine, shard: number, shards: ReadonlyMap<number, Shard>): AsyncIterable<ShardPart> | Iterable<ShardPart>;
  /**
   * Brings an open shard to the state that `save` told of, bit for bit, whatever it has been through since it was opened, here or
   * on another worker of the same kind of engine. Called between pushes; other shards of this worker may be restored after this one, and
   * no push, commit or parcel comes before all of them are.
   */
  restore?(engine: Engine, shard: number, parts: AsyncIterable<ShardPart>, shards: ReadonlyMap<number, Shard>): Promise<void>;
  /** Gives back what a shard holds, which goes to another worker: `shards` no longer has it. Shards that stay are as they were. */
  close?(engine: Engine, shard: Shard, shards: ReadonlyMap<number, Shard>): void;
}

/** What the scheduler's side of a run needs to go on from a place: facts in JSON, and the arrays they speak of. */
export interface SchedulerState {
  readonly facts: unknown;
  readonly arrays: ShardPart;
}
