/** Parcels from shard to shard: rotation at any number of workers, much at once both ways, and what goes wrong. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Parcel, ShardParcel, Task, WorkerProgram } from '../../src/program.js';
import { Cluster, WorkerError } from '../../src/runtime/cluster.js';
import { frame, Verb } from '../../src/runtime/protocol.js';
import { gather, runRounds } from '../../src/runtime/rounds.js';
import { Rotation } from '../../src/schedule/rotation.js';
import { loopbackWorkers, webSocketWorkers, type LoopbackWorkers, type Programs } from './loopback-workers.js';
import { collected, rotatedInOneLoop, rotatingScheduler, rotatingWorker } from './rotating-program.js';
import { only } from './toy-programs.js';

const SHARDS = 5;
const TASK: Task = { operation: 0, ids: new Uint32Array(0), values: new Float64Array(0) };

let workers: LoopbackWorkers | null = null;

type Start = (count: number, programs: (worker: number) => Programs) => Promise<LoopbackWorkers>;

async function clusterOf(count: number, shards: number, programs: (worker: number) => Programs, start: Start = loopbackWorkers): Promise<Cluster> {
  workers = await start(count, programs);
  const cluster = new Cluster(workers.members, shards);
  await cluster.load('toy', new Array(shards).fill(null), async function* () {});
  return cluster;
}

afterEach(async () => {
  await workers?.close();
  workers = null;
});

interface Scene {
  readonly count: number;
  readonly rotation: Rotation;
  readonly depth: number;
  readonly steps: number;
}

/** Numbers in a block. */
const LENGTH = 3;

async function rotated({ count, rotation, depth, steps }: Scene): Promise<{ blocks: Uint32Array[]; cluster: Cluster }> {
  const cluster = await clusterOf(count, rotation.shards, (worker) => only('toy', rotatingWorker(rotation, LENGTH, worker)));
  await runRounds(cluster, rotatingScheduler, { range: { begin: 0, end: 1 }, firstRound: 0, rounds: steps, depth });
  return { blocks: await collected(cluster, LENGTH), cluster };
}

describe('blocks that rotate', () => {
  for (const [blocksAShard, depth] of [[1, 0], [2, 0], [2, 1], [3, 2]] as const) {
    const rotation = new Rotation(SHARDS, blocksAShard);
    const steps = 3 * rotation.blocks + 2;
    for (const count of [1, 2, 3, 5, 7]) {
      it(`have the bits of one loop: ${blocksAShard} a shard, depth ${depth}, ${count} worker(s)`, async () => {
        const { blocks, cluster } = await rotated({ count, rotation, depth, steps });
        expect(blocks).toEqual(rotatedInOneLoop(rotation, LENGTH, steps));
        const crossings = count === 1 ? 0 : Math.min(count, SHARDS);
        expect(cluster.bytesRelayed).toBe(crossings * steps * (1 + LENGTH) * Uint32Array.BYTES_PER_ELEMENT);
      });
    }
  }

  it('miss a block where more rounds are in flight than it has steps to travel', async () => {
    await expect(rotated({ count: 5, rotation: new Rotation(SHARDS, 1), depth: 1, steps: 20 })).rejects.toThrow(/shard \d has no block \d in step \d+$/);
  });
});

/** Opens every shard and pushes nothing, until the test says otherwise. */
const quiet: WorkerProgram<null> = { open: () => Promise.resolve(null), apply: () => undefined, push: () => [] };

const loaded = (program: Partial<WorkerProgram<null>>, count = 2) => clusterOf(count, 4, () => only('toy', { ...quiet, ...program }));

const sumsOf = async (cluster: Cluster) => (await cluster.send(0, TASK)).sums;

/** Shards 0 and 1 are hosted by worker-0, shards 2 and 3 by worker-1. */
const fromShard = (from: number, parcels: readonly Partial<ShardParcel>[]): WorkerProgram<null>['push'] => (_engine, _task, shards) => (shards.has(from) ? parcels.map((one) => ({ shard: from, to: 2, parcel: [], ...one })) : []);

describe('much at once', () => {
  const NUMBERS = 5 << 19;

  /** Every shard hands two parcels, each larger than the window of a link, to every shard elsewhere; `received` tells by whom, to whom, and whether they are whole. */
  const exchange = (received: string[]): WorkerProgram<null> => ({
    ...quiet,
    *push(_engine, { ids }, shards) {
      for (const shard of shards.keys()) {
        for (const to of ids) {
          for (const copy of [0, 1]) if (!shards.has(to)) yield { shard, to, parcel: [new Uint32Array(NUMBERS).fill(2 * shard + copy)] };
        }
      }
    },
    receive: (_engine, { from, to, content: [numbers] }) => void received.push(`${from} to ${to}: ${numbers.every((number) => number === numbers[0]) && numbers.length === NUMBERS ? numbers[0] - 2 * from : 'broken'}`),
  });

  for (const [bus, start] of [['the loopback bus', loopbackWorkers], ['WebSockets', webSocketWorkers]] as const) {
    it(`crosses ${bus} while all workers push, where every parcel exceeds the window of a link`, async () => {
      const received: string[] = [];
      const cluster = await clusterOf(3, 3, () => only('toy', exchange(received)), start);
      const tasks = [Uint32Array.of(0, 1, 2), new Uint32Array(0)].map((ids) => ({ ...TASK, ids }));
      await gather(cluster, 0, tasks, () => undefined, 1);
      const pairs = [0, 1, 2].flatMap((from) => [0, 1, 2].filter((to) => to !== from).map((to) => `${from} to ${to}`));
      for (const pair of pairs) expect(received.filter((one) => one.startsWith(pair))).toEqual([`${pair}: 0`, `${pair}: 1`]);
      expect(received).toHaveLength(2 * pairs.length);
      expect(cluster.bytesRelayed).toBe(received.length * NUMBERS * Uint32Array.BYTES_PER_ELEMENT);
    });
  }
});

describe('a parcel', () => {
  it('arrives as it was sent, and the receiver may keep and change it', async () => {
    const received: Parcel[] = [];
    const parcel = [Float32Array.of(1.5, NaN), new Uint8Array(0), Uint32Array.of(7), Float64Array.of(1e300), Uint8Array.of(1, 2, 3)];
    const cluster = await loaded({ push: fromShard(1, [{ to: 3, parcel }, { to: 2 }]), receive: (_engine, one) => void received.push(one) });
    await sumsOf(cluster);
    await sumsOf(cluster);
    expect(received.slice(0, 2)).toEqual([{ from: 1, to: 3, content: parcel }, { from: 1, to: 2, content: [] }]);
    (received[0].content[0] as Float32Array)[0] = 9;
    expect(parcel[0][0]).toBe(1.5);
    expect(cluster.bytesRelayed).toBe(2 * (8 + 4 + 8 + 3));
  });

  it('may be written over as soon as the push goes on', async () => {
    const received: number[] = [];
    const numbers = new Uint32Array(1);
    function* push(_engine: unknown, _task: Task, shards: ReadonlyMap<number, null>) {
      if (!shards.has(0)) return;
      for (numbers[0] = 1; numbers[0] <= 5; numbers[0]++) yield { shard: 0, to: 2, parcel: [numbers] };
    }
    const cluster = await loaded({ push, receive: (_engine, { content }) => void received.push(content[0][0]) });
    await sumsOf(cluster);
    await sumsOf(cluster);
    expect(received.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is never received during a push, and always before the next task', async () => {
    const events: string[] = [];
    async function* push(_engine: unknown, { values: [number] }: Task, shards: ReadonlyMap<number, null>) {
      if (shards.has(0)) {
        for (let i = 0; i < 3; i++) yield { shard: 0, to: 2, parcel: [] };
        return;
      }
      events.push(`begin ${number}`);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      events.push(`end ${number}`);
    }
    const cluster = await loaded({ push, receive: async () => void (await Promise.resolve(), events.push('parcel')) });
    for (const number of [0, 1]) await (await cluster.send(number, { ...TASK, values: Float64Array.of(number) })).sums;
    expect(events).toEqual(['begin 0', 'end 0', 'parcel', 'parcel', 'parcel', 'begin 1', 'end 1', 'parcel', 'parcel', 'parcel'].slice(0, events.length));
    expect(events.length).toBeGreaterThanOrEqual(7);
  });

  it.each<[string, Partial<WorkerProgram<null>>, string]>([
    ['for a shard that is none', { push: fromShard(0, [{ to: 4 }]) }, "worker worker-0 sent what a scheduler can't take: a parcel from shard 0 for shard 4, and the run has shards 0 to 3"],
    ['for a shard of its own worker', { push: fromShard(0, [{ to: 1 }]) }, "worker worker-0 sent what a scheduler can't take: a parcel from shard 0 for shard 1, which it hosts too: hand over within push where shards.has(to)"],
    ['from a shard elsewhere', { push: fromShard(0, [{ shard: 3 }]) }, "worker worker-0 sent what a scheduler can't take: a parcel from shard 3, which is not one it hosts"],
    ['for a program that takes none', { push: fromShard(0, [{}]) }, 'worker worker-1 failed: TypeError: program "toy" has no receive, and shard 0 hands a parcel to shard 2: give its worker half receive(engine, { from, to, content }, shards)'],
    ['that is not received well', { push: fromShard(0, [{}]), receive: () => { throw new RangeError('no such block'); } }, 'worker worker-1 failed: RangeError: no such block'],
    ['that is refused later', { push: fromShard(0, [{}]), receive: () => Promise.reject(new Error('device lost')) }, 'worker worker-1 failed: Error: device lost'],
  ])('%s ends the run', async (_what, program, message) => {
    const cluster = await loaded(program);
    await sumsOf(cluster).catch(() => undefined);
    const failing = sumsOf(cluster);
    await expect(failing).rejects.toBeInstanceOf(WorkerError);
    await expect(failing).rejects.toThrow(message);
  });

  it.each([
    ['without segments', []],
    ['with two addressees', [Uint32Array.of(2, 3)]],
    ['with an addressee of another type', [Float32Array.of(2)]],
  ])('%s ends the run', async (_what, segments) => {
    const cluster = await loaded({ push: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }) });
    const failing = expect(sumsOf(cluster)).rejects.toThrow("worker worker-0 sent what a scheduler can't take: a parcel without an addressee");
    workers!.links[0].send(frame(Verb.Parcel, { round: 0, task: 1, shard: 0 }, segments));
    await failing;
  });

  for (const lost of [0, 1]) {
    it(`in flight does not hold up the end of a run whose ${['sender', 'receiver'][lost]} is lost`, async () => {
      const parcel = [new Float64Array(3 << 18)];
      async function* push(_engine: unknown, _task: Task, shards: ReadonlyMap<number, null>) {
        while (shards.has(0)) yield { shard: 0, to: 2, parcel };
        await new Promise(() => undefined);
      }
      const cluster = await loaded({ push });
      const failing = expect(sumsOf(cluster)).rejects.toThrow(new RegExp(`^worker worker-${lost} is gone: `));
      while (cluster.bytesRelayed < 1 << 25) await new Promise((resolve) => setImmediate(resolve));
      void workers!.links[lost].close();
      await failing;
      await expect(cluster.send(1, TASK)).rejects.toThrow(`worker-${lost} is gone`);
    });
  }
});
