/**
 * Holds a program of a user's own to the interface of program.ts. In: a half of a program. Out: the same half, which
 * throws ProgramError where it breaks the interface; the message names program, step and place.
 * A worker's half may run in a browser, so this imports nothing from `node:`.
 */
import { DataError } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Chunk, Commit, Keys, Parcel, SchedulerProgram, ShardChunk, ShardHeader, ShardParcel, ShardPart, Sums, Task, VariableRange, WorkerProgram } from '../program.js';

/** A program does not keep to its interface. The message says which program, in which step, where, and what it found. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

/** What the scheduler's half of a program has to keep to. */
export interface SchedulerContract {
  readonly name: string;
  readonly range: VariableRange;
  /** Most ids in a task and in a commit. */
  readonly block: number;
}

/** The scheduler's half: tasks and commits within range and block, sums and changes finite. Its own exceptions pass as they are. */
export function heldScheduler(program: SchedulerProgram, contract: SchedulerContract): SchedulerProgram {
  return {
    *schedule(round, range) {
      const place = `program ${contract.name}, schedule of round ${round}`;
      for (const task of iterable(program.schedule(round, range), place)) yield checkedTask(task, contract, place);
    },
    pull(round, task, sums) {
      const place = `program ${contract.name}, pull of round ${round}, operation ${task.operation}`;
      checkSums(sums, place);
      return checkedCommit(program.pull(round, task, sums), contract, place);
    },
  };
}

/** The worker's half: chunks in order and finite, parcels for shards elsewhere; what it throws says in which step and on which shards. DataError passes as it is. */
export function heldWorker(name: string, program: WorkerProgram): WorkerProgram {
  return {
    async open(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>) {
      try {
        return await program.open(engine, header, parts);
      } catch (error) {
        throw located(error, `program ${name}, open of shard ${header.shard}`);
      }
    },
    async *push(engine: Engine, task: Task, shards: ReadonlyMap<number, unknown>) {
      const place = `program ${name}, push of ${describe(task)} on ${shardList(shards)}`;
      const order = new KeyOrder(place);
      try {
        for await (const answer of iterable(program.push(engine, task, shards), place)) yield isParcel(answer) ? checkedParcel(answer, shards, place) : order.checked(answer, shards);
      } catch (error) {
        throw located(error, place);
      }
    },
    apply(engine: Engine, commit: Commit, shards: ReadonlyMap<number, unknown>) {
      try {
        program.apply(engine, commit, shards);
      } catch (error) {
        throw located(error, `program ${name}, apply of ${commit.ids.length} changes on ${shardList(shards)}`);
      }
    },
    ...(program.receive && { receive: heldReceive(name, program) }),
    ...(program.save && { save: heldSave(name, program) }),
    ...(program.restore && { restore: heldRestore(name, program) }),
    ...(program.close && { close: program.close.bind(program) }),
  };
}

function heldSave(name: string, program: WorkerProgram): NonNullable<WorkerProgram['save']> {
  return async function* (engine, shard, shards) {
    const place = `program ${name}, save of shard ${shard}`;
    try {
      for await (const part of iterable(program.save!(engine, shard, shards), place)) {
        if (!Array.isArray(part) || !part.every(isPartArray)) throw new ProgramError(`${place}: a part is ${nameOf(part)}, expected an array of Uint8Array, Uint32Array, Float32Array or Float64Array`);
        yield part;
      }
    } catch (error) {
      throw located(error, place);
    }
  };
}

function heldRestore(name: string, program: WorkerProgram): NonNullable<WorkerProgram['restore']> {
  return async (engine, shard, parts, shards) => {
    try {
      await program.restore!(engine, shard, parts, shards);
    } catch (error) {
      throw located(error, `program ${name}, restore of shard ${shard}`);
    }
  };
}

function heldReceive(name: string, program: WorkerProgram): NonNullable<WorkerProgram['receive']> {
  return async (engine: Engine, parcel: Parcel, shards: ReadonlyMap<number, unknown>) => {
    try {
      await program.receive!(engine, parcel, shards);
    } catch (error) {
      throw located(error, `program ${name}, receive of a parcel from shard ${parcel.from} for shard ${parcel.to}`);
    }
  };
}

function describe({ operation, ids }: Task): string {
  return ids.length === 0 ? `operation ${operation}` : `operation ${operation} (${ids.length} ids from ${ids[0]})`;
}

function shardList(shards: ReadonlyMap<number, unknown>): string {
  return `shard${shards.size === 1 ? '' : 's'} ${[...shards.keys()].join(', ')}`;
}

/** An exception of the author's code, with the step it came from and the line that threw it. */
function located(error: unknown, place: string): Error {
  if (error instanceof ProgramError || error instanceof DataError) return error;
  if (!(error instanceof Error)) return new ProgramError(`${place}: ${String(error)}`);
  const line = /\(?([^\s(]+:\d+:\d+)\)?/.exec(error.stack?.slice(error.stack.indexOf('\n')) ?? '');
  return new ProgramError(`${place}: ${error.name}: ${error.message}${line ? ` (at ${line[1]})` : ''}`, { cause: error });
}

type Some<T> = Iterable<T> | AsyncIterable<T>;

function iterable<T, Given extends Some<T>>(value: Given, place: string): Given {
  const some = value as Partial<Iterable<T> & AsyncIterable<T>> | null | undefined;
  if (typeof some?.[Symbol.iterator] === 'function' || typeof some?.[Symbol.asyncIterator] === 'function') return value;
  throw new ProgramError(`${place} returned ${nameOf(value)}, expected something to iterate over: an array, or yield from a generator (function*)`);
}

function checkedTask(task: Task, { range, block }: SchedulerContract, place: string): Task {
  const { operation, ids, values } = task as Partial<Task>;
  if (!isCount(operation)) throw new ProgramError(`${place}: the task's operation is ${nameOf(operation)}, expected a whole number from 0 to 4294967295`);
  expectIds(ids, range, block, `${place}: the task`);
  if (!(values instanceof Float64Array)) throw new ProgramError(`${place}: the task's values are ${nameOf(values)}, expected a Float64Array (of length 0 if nothing rides along)`);
  return task;
}

function checkedCommit(commit: Commit, { range, block }: SchedulerContract, place: string): Commit {
  const { ids, values } = (commit as Partial<Commit> | undefined) ?? {};
  expectIds(ids, range, block, `${place}: the commit`);
  if (!(values instanceof Float64Array) || values.length !== ids.length) {
    const found = values instanceof Float64Array ? `${values.length} numbers` : nameOf(values);
    throw new ProgramError(`${place}: the commit's values are ${found}, expected a Float64Array of ${ids.length}, one for each id`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new ProgramError(`${place}: the commit's change for id ${ids[bad]} is ${values[bad]}, expected a finite number`);
  return commit;
}

function expectIds(ids: unknown, { begin, end }: VariableRange, block: number, whose: string): asserts ids is Uint32Array {
  if (!(ids instanceof Uint32Array)) throw new ProgramError(`${whose}'s ids are ${nameOf(ids)}, expected a Uint32Array`);
  if (ids.length > block) throw new ProgramError(`${whose} has ${ids.length} ids, and the program's block is ${block}: yield several tasks, or choose a larger block`);
  const outside = ids.find((id) => id < begin || id >= end);
  if (outside !== undefined) throw new ProgramError(`${whose} has id ${outside}, which is outside the range [${begin}, ${end})`);
}

function checkSums(sums: readonly Sums[], place: string): void {
  for (const [channel, { keys, width, values }] of sums.entries()) {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) continue;
    throw new ProgramError(`${place}: the shards' sum for key ${keyAt(keys, Math.floor(bad / width))} of channel ${channel} is ${values[bad]}: what they push adds up beyond float64; scale the data down`);
  }
}

function isParcel(answer: ShardChunk | ShardParcel): answer is ShardParcel {
  return (answer as Partial<ShardParcel> | undefined)?.parcel !== undefined;
}

function checkedParcel(answer: ShardParcel, shards: ReadonlyMap<number, unknown>, place: string): ShardParcel {
  const { shard, to, parcel } = answer;
  if (!shards.has(shard)) throw new ProgramError(`${place}: it hands over a parcel from shard ${String(shard)}, which this worker does not host; yield { shard, to, parcel } with a shard of the map it was given`);
  const handover = `${place}: shard ${shard} hands a parcel to shard ${String(to)}`;
  if (!isCount(to)) throw new ProgramError(`${handover}, expected the number of a shard`);
  if (shards.has(to)) throw new ProgramError(`${handover}, which this worker hosts too: hand it over within push where shards.has(to)`);
  if (!Array.isArray(parcel) || !parcel.every(isPartArray)) throw new ProgramError(`${handover} that is ${nameOf(parcel)}, expected an array of Uint8Array, Uint32Array, Float32Array or Float64Array`);
  return answer;
}

function isPartArray(value: unknown): boolean {
  return [Uint8Array, Uint32Array, Float32Array, Float64Array].some((View) => value instanceof View);
}

/** Where a shard's channel has got to: keys ascend within a chunk and from chunk to chunk. */
class KeyOrder {
  readonly #place: string;
  readonly #lastKeys = new Map<string, number>();

  constructor(place: string) {
    this.#place = place;
  }

  checked(answer: ShardChunk, shards: ReadonlyMap<number, unknown>): ShardChunk {
    const { shard, chunk } = (answer as Partial<ShardChunk> | undefined) ?? {};
    if (shard === undefined || !shards.has(shard)) throw new ProgramError(`${this.#place}: it answers for shard ${String(shard)}, which this worker does not host; yield { shard, chunk } with a shard of the map it was given`);
    if (typeof chunk !== 'object') throw new ProgramError(`${this.#place}: shard ${shard} pushes ${nameOf(chunk)} as its chunk, expected { channel, keys, width, values }`);
    const place = `${this.#place}: shard ${shard}, channel ${String(chunk.channel)}`;
    expectShape(chunk, place);
    this.#expectOrder(chunk.keys, `${shard}/${chunk.channel}`, place);
    const bad = chunk.values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new ProgramError(`${place}: the number for key ${keyAt(chunk.keys, Math.floor(bad / chunk.width))} is ${chunk.values[bad]}, expected a finite number; look for a division by 0 or values beyond float32`);
    return answer;
  }

  #expectOrder(keys: Keys, channel: string, place: string): void {
    let last = this.#lastKeys.get(channel) ?? -1;
    if (!(keys instanceof Uint32Array) && keys.count === 0) return;
    for (const key of keys instanceof Uint32Array ? keys : [keys.first]) {
      if (key <= last) throw new ProgramError(`${place}: key ${key} comes after key ${last}, and keys must ascend, each once; sort them before you push`);
      last = key;
    }
    this.#lastKeys.set(channel, keys instanceof Uint32Array ? last : keys.first + keys.count - 1);
  }
}

function expectShape({ channel, keys, width, values }: Partial<Chunk>, place: string): void {
  if (!isCount(channel)) throw new ProgramError(`${place}: the channel is ${nameOf(channel)}, expected 0, 1, …`);
  const run = (keys ?? {}) as { first?: unknown; count?: unknown };
  if (!(keys instanceof Uint32Array) && !(isCount(run.first) && isCount(run.count))) throw new ProgramError(`${place}: the keys are ${nameOf(keys)}, expected a Uint32Array or { first, count }`);
  if (!isCount(width) || width === 0) throw new ProgramError(`${place}: the width is ${nameOf(width)}, expected 1, 2, …: how many numbers there are for each key`);
  const numbers = (keys instanceof Uint32Array ? keys.length : (run.count as number)) * width;
  const found = values instanceof Float32Array || values instanceof Float64Array ? values.length : null;
  if (found !== numbers) throw new ProgramError(`${place}: the values are ${found === null ? nameOf(values) : `${found} numbers`}, expected a Float32Array or Float64Array of ${numbers}, ${width} for each key`);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

function keyAt(keys: Keys, position: number): number {
  return keys instanceof Uint32Array ? keys[position]! : keys.first + position;
}

/** A value as a message shows it: numbers as they are, the rest by kind. */
function nameOf(value: unknown): string {
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : `a ${value.constructor.name}`;
}
