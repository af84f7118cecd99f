import { afterEach, describe, expect, it } from 'vitest';
import { DataError, DuplicateEntryError } from '../../src/data/dataset.js';
import { CapacityError } from '../../src/engine/engine.js';
import type { Chunk, ShardPart, Task, WorkerProgram } from '../../src/program.js';
import { Cluster, WorkerError } from '../../src/runtime/cluster.js';
import { frame, jsonFrame, Verb } from '../../src/runtime/protocol.js';
import { runRounds } from '../../src/runtime/rounds.js';
import { loopbackWorkers, type LoopbackWorkers } from './loopback-workers.js';
import { only } from './toy-programs.js';

const SHARDS = 4;
const TASK: Task = { operation: 3, ids: new Uint32Array(0), values: new Float64Array(0) };

/** Opens every shard and pushes nothing, until the test says otherwise. */
const quiet: WorkerProgram<null> = { open: () => Promise.resolve(null), apply: () => undefined, push: () => [] };

let workers: LoopbackWorkers;

async function unloaded(program: Partial<WorkerProgram<null>>, { count = 2 } = {}): Promise<Cluster> {
  workers = await loopbackWorkers(count, () => only('toy', { ...quiet, ...program }));
  return new Cluster(workers.members, SHARDS);
}

type Parts = AsyncIterable<{ shard: number; part: ShardPart }>;

function partsOf(count: number): Parts {
  return (async function* () {
    for (let i = 0; i < count; i++) yield { shard: i % SHARDS, part: [Float64Array.of(i)] };
  })();
}

const load = (cluster: Cluster, parts = partsOf(0), name = 'toy') => cluster.load(name, new Array(SHARDS).fill(null), () => parts);

async function loaded(program: Partial<WorkerProgram<null>>): Promise<Cluster> {
  const cluster = await unloaded(program);
  await load(cluster);
  return cluster;
}

const sumsOf = async (cluster: Cluster) => (await cluster.send(0, TASK)).sums;

const never = (): AsyncIterable<never> => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) });

afterEach(() => workers.close());

describe('loading', () => {
  it('brings every shard its parts in order, and the description', async () => {
    const received = new Map<number, number[]>();
    const descriptions = new Map<number, unknown>();
    const cluster = await unloaded({
      open: async (_engine, { shard, shards, description }, parts) => {
        const values: number[] = [];
        for await (const [part] of parts) values.push(part[0]);
        received.set(shard, values);
        descriptions.set(shard, [shards, description]);
        return null;
      },
    });
    await cluster.load('toy', ['a', 'b', 'c', 'd'], () => partsOf(10));
    expect([...received].sort()).toEqual([[0, [0, 4, 8]], [1, [1, 5, 9]], [2, [2, 6]], [3, [3, 7]]]);
    expect([...descriptions].sort()).toEqual([[0, [4, 'a']], [1, [4, 'b']], [2, [4, 'c']], [3, [4, 'd']]]);
  });

  it('rejects when the workers do not have the program, and says which they have', async () => {
    const cluster = await unloaded({});
    await expect(load(cluster, partsOf(0), 'other')).rejects.toThrow(/^worker worker-\d failed: TypeError: this worker has no program "other"; it has toy: /);
  });

  it('hands on bad data as such, without a word of workers', async () => {
    const cluster = await unloaded({ open: () => Promise.reject(new DataError('row 3, column 1: found 1e39')) });
    const loading = load(cluster, partsOf(100));
    await expect(loading).rejects.toBeInstanceOf(DataError);
    await expect(loading).rejects.toThrow(/^row 3, column 1: found 1e39$/);
  });

  it('hands on the place of an entry that comes twice', async () => {
    const cluster = await unloaded({ open: () => Promise.reject(new DuplicateEntryError(6, 2)) });
    const loading = load(cluster);
    await expect(loading).rejects.toBeInstanceOf(DuplicateEntryError);
    await expect(loading).rejects.toMatchObject({ row: 6, column: 2 });
  });

  it('refuses a shard that its worker’s engine can’t hold, and says what would fit', async () => {
    const cluster = await unloaded({
      open: async (engine, { shard }) => {
        engine.createBuffer('values', shard === 0 ? 48 << 20 : 40 << 20);
        return Promise.resolve(null);
      },
    });
    const loading = load(cluster);
    await expect(loading).rejects.toBeInstanceOf(CapacityError);
    await expect(loading).rejects.toThrow(
      /^worker worker-\d: shard 1 of 4 does not fit beside the 48 MiB that are taken: buffer 'values': 41943040 bytes do not fit; the largest buffer that fits now is \d+ bytes .*\(CPU .*, wasm, takes 64 MiB in one buffer and 64 MiB in all\)\. With more workers each hosts fewer of the 4 shards\.$/,
    );
  });

  it.each<[string, Partial<WorkerProgram<null>>]>([
    ['is opened', { open: () => new Promise(() => new Float64Array(2 ** 53)) }],
    ['works', { push: () => [{ shard: new Float64Array(2 ** 53).length, chunk: null as never }] }],
  ])('says in numbers when no memory is left in JavaScript while a shard %s', async (_when, program) => {
    const cluster = await unloaded(program);
    const failing = load(cluster).then(() => sumsOf(cluster));
    await expect(failing).rejects.toBeInstanceOf(CapacityError);
    await expect(failing).rejects.toThrow(/no memory is left in the worker's process \(Invalid typed array length: 9007199254740992\), where the buffers of its engine take 0 B/);
  });

  it('rejects when a worker leaves before its shards are open', async () => {
    const cluster = await unloaded({ open: () => new Promise(() => undefined) });
    const failing = expect(load(cluster)).rejects.toThrow(/^worker worker-1 is gone: /);
    await workers.links[1].close();
    await failing;
  });

  it('rejects when a worker was gone before the run began', async () => {
    workers = await loopbackWorkers(2, () => only('toy', quiet));
    await workers.links[0].close();
    await expect(load(new Cluster(workers.members, SHARDS))).rejects.toThrow(/^worker worker-0 is gone: /);
  });

  it('rejects with what the parts throw', async () => {
    const cluster = await unloaded({});
    const broken: Parts = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new DataError('line 9: not a number')) }) };
    await expect(load(cluster, broken)).rejects.toThrow('line 9: not a number');
  });
});

describe('a run', () => {
  it.each<[string, Partial<WorkerProgram<null>>, string]>([
    ['a push', { push: () => { throw new RangeError('no operation 3'); } }, 'RangeError: no operation 3'],
    ['an asynchronous push', { push: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('device lost')) }) }) }, 'Error: device lost'],
    ['an apply', { apply: () => { throw new TypeError('no shard'); } }, 'TypeError: no shard'],
    ['something that is no error', { push: () => { throw 'a string' as unknown as Error; } }, 'Error: a string'],
  ])('rejects with the worker’s name when %s throws', async (_what, program, message) => {
    const cluster = await loaded(program);
    cluster.commit({ ids: Uint32Array.of(1), values: Float64Array.of(1) });
    const sums = sumsOf(cluster);
    await expect(sums).rejects.toBeInstanceOf(WorkerError);
    await expect(sums).rejects.toThrow(new RegExp(`^worker worker-\\d failed: ${message}$`));
    await expect(cluster.send(1, TASK)).rejects.toThrow(message);
  });

  it('rejects everything that is awaited when a worker is lost', async () => {
    const cluster = await loaded({ push: never });
    const awaited = [sumsOf(cluster), sumsOf(cluster), sumsOf(cluster)];
    const settled = Promise.allSettled(awaited);
    await workers.links[1].close();
    for (const outcome of await settled) expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'WorkerError', message: expect.stringMatching(/^worker worker-1 is gone: /) as string } });
    await expect(cluster.send(0, TASK)).rejects.toThrow(/worker-1 is gone/);
  });

  it('ends its rounds when a worker is lost', async () => {
    const cluster = await loaded({ push: never });
    const program = { schedule: () => [TASK], pull: () => expect.unreachable() };
    const running = runRounds(cluster, program, { range: { begin: 0, end: 1 }, firstRound: 0, rounds: 9, depth: 2 });
    const lost = expect(running).rejects.toThrow(/worker-0 is gone/);
    await workers.links[0].close();
    await lost;
  });

  it('rejects what is awaited, and what is asked later, once its owner ends it', async () => {
    const cluster = await loaded({ push: never });
    const awaited = sumsOf(cluster);
    const over = new WorkerError('the run is over');
    const rejected = expect(awaited).rejects.toBe(over);
    cluster.fail(over);
    await rejected;
    await expect(cluster.send(1, TASK)).rejects.toBe(over);
  });

  it('keeps the first of several errors', async () => {
    const cluster = await loaded({ push: () => { throw new Error('the first'); } });
    await expect(sumsOf(cluster)).rejects.toThrow('the first');
    await workers.links[1].close();
    await expect(cluster.send(0, TASK)).rejects.toThrow('the first');
  });

  it('refuses a verb that a worker does not know', async () => {
    const cluster = await loaded({});
    workers.members[0].link.send(frame(99, { round: 0, task: 0 }, []));
    await expect(sumsOf(cluster)).rejects.toThrow(/^worker worker-0 failed: TypeError: a worker does not take a frame of kind 99$/);
  });

  it('refuses a verb that a scheduler does not know', async () => {
    const cluster = await loaded({ push: never });
    const failing = expect(sumsOf(cluster)).rejects.toThrow('worker worker-1 sent a frame of kind 99, which a scheduler does not take');
    workers.links[1].send(frame(99, { round: 0, task: 0 }, []));
    await failing;
  });

  const chunk: Chunk = { channel: 0, keys: { first: 0, count: 1 }, width: 1, values: Float64Array.of(1) };

  it.each<[string, Partial<WorkerProgram<null>>, RegExp]>([
    ['for a shard that is none', { push: () => [{ shard: 77, chunk }] }, /worker-0 .*shard 77 is not one it hosts/],
    ['in two widths', { push: (_engine, _task, shards) => [...shards.keys()].map((shard) => ({ shard, chunk: { ...chunk, width: 1 + shard, values: new Float64Array(1 + shard) } })) }, /one form of keys and one width/],
    ['with more keys than numbers', { push: (_engine, _task, shards) => [...shards.keys()].map((shard) => ({ shard, chunk: { ...chunk, keys: { first: 0, count: 5 } } })) }, /5 × 1 numbers carries 1/],
  ])('rejects with the worker’s name when a program pushes %s', async (_what, program, message) => {
    const failing = sumsOf(await loaded(program));
    await expect(failing).rejects.toBeInstanceOf(WorkerError);
    await expect(failing).rejects.toThrow(/^worker worker-\d sent what a scheduler can't take: /);
    await expect(failing).rejects.toThrow(message);
  });

  it('rejects when a worker’s own report of failure is unreadable', async () => {
    const cluster = await loaded({ push: never });
    const failing = expect(sumsOf(cluster)).rejects.toThrow(/^worker worker-0 sent what a scheduler can't take: /);
    workers.links[0].send(frame(Verb.Failed, { round: 0, task: 0 }, [Uint8Array.of(123)]));
    await failing;
  });

  it('ignores what still comes in after it has failed', async () => {
    const cluster = await loaded({ push: never });
    const failing = expect(sumsOf(cluster)).rejects.toThrow('worker worker-0 failed: Error: first');
    workers.links[0].send(jsonFrame(Verb.Failed, { round: 0, task: 0 }, { name: 'Error', message: 'first' }));
    workers.links[0].send(frame(Verb.Pushed, { round: 0, task: 1 }, []));
    await failing;
  });
});
