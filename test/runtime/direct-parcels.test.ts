/** Parcels over links between workers: rotation by direct, relayed and mixed ways, the promise of order, and what goes wrong. */
import { afterEach, describe, expect, it } from 'vitest';
import { deferred } from '../../src/bus/deferred.js';
import { BusError } from '../../src/bus/error.js';
import type { Frame, Link } from '../../src/bus/link.js';
import type { ShardParcel, Task, WorkerProgram } from '../../src/program.js';
import { Cluster, WorkerError } from '../../src/runtime/cluster.js';
import { frame, parcelFrame, Verb } from '../../src/runtime/protocol.js';
import { gather, runRounds } from '../../src/runtime/rounds.js';
import { Rotation } from '../../src/schedule/rotation.js';
import { loopbackWorkers, webSocketWorkers, type LoopbackWorkers, type Programs } from './loopback-workers.js';
import { memoryNetworks, webSocketNetworks, type Networks } from './peer-networks.js';
import { collected, rotatedInOneLoop, rotatingScheduler, rotatingWorker } from './rotating-program.js';
import { only } from './toy-programs.js';

const SHARDS = 5;
const TASK: Task = { operation: 0, ids: new Uint32Array(0), values: new Float64Array(0) };

const everyone = () => true;

let workers: LoopbackWorkers | null = null;

afterEach(async () => {
  await workers?.close();
  workers = null;
});

type Start = (count: number, programs: (worker: number) => Programs, networks: Networks) => Promise<LoopbackWorkers>;

const inMemory: Start = (count, programs, networks) => loopbackWorkers(count, programs, undefined, undefined, undefined, networks);

async function clusterOf(count: number, shards: number, programs: (worker: number) => Programs, networks: Networks, start = inMemory): Promise<Cluster> {
  workers = await start(count, programs, networks);
  const cluster = new Cluster(workers.members, shards);
  await cluster.load('toy', new Array(shards).fill(null), async function* () {});
  return cluster;
}

/** Numbers in a block. */
const LENGTH = 3;
const PARCEL_BYTES = (1 + LENGTH) * Uint32Array.BYTES_PER_ELEMENT;

async function rotated(count: number, rotation: Rotation, depth: number, steps: number, networks: Networks, start = inMemory): Promise<{ blocks: Uint32Array[]; cluster: Cluster }> {
  const cluster = await clusterOf(count, rotation.shards, (worker) => only('toy', rotatingWorker(rotation, LENGTH, worker)), networks, start);
  await runRounds(cluster, rotatingScheduler, { range: { begin: 0, end: 1 }, firstRound: 0, rounds: steps, depth });
  return { blocks: await collected(cluster, LENGTH), cluster };
}

describe('blocks that rotate among workers', () => {
  const ways = [['all listen', everyone], ['every other one listens', (worker: number) => worker % 2 === 1], ['none listens', () => false]] as const;
  for (const [way, listens] of ways) {
    for (const [blocksAShard, depth] of [[1, 0], [2, 1], [3, 2]] as const) {
      it.each([2, 3, 5])(`have the bits of one loop where ${way}: ${blocksAShard} a shard, depth ${depth}, %d workers`, async (count) => {
        const rotation = new Rotation(SHARDS, blocksAShard);
        const steps = 3 * rotation.blocks + 2;
        const { blocks, cluster } = await rotated(count, rotation, depth, steps, memoryNetworks(listens));
        expect(blocks).toEqual(rotatedInOneLoop(rotation, LENGTH, steps));
        const listening = Array.from({ length: count }, (_, worker) => worker).filter(listens).length;
        expect([cluster.bytesDirect, cluster.bytesRelayed]).toEqual([listening * steps * PARCEL_BYTES, (count - listening) * steps * PARCEL_BYTES]);
      });
    }
  }

  it('have them over WebSockets', async () => {
    const rotation = new Rotation(SHARDS, 2);
    const { blocks, cluster } = await rotated(3, rotation, 1, 32, webSocketNetworks(everyone), webSocketWorkers);
    expect(blocks).toEqual(rotatedInOneLoop(rotation, LENGTH, 32));
    expect([cluster.bytesDirect, cluster.bytesRelayed]).toEqual([3 * 32 * PARCEL_BYTES, 0]);
  });
});

/** Opens every shard and pushes nothing, until the test says otherwise. Shards 0 and 1 are hosted by worker-0, shards 2 and 3 by worker-1. */
const quiet: WorkerProgram<null> = { open: () => Promise.resolve(null), apply: () => undefined, push: () => [] };

const loaded = (program: Partial<WorkerProgram<null>>, networks: Networks, start = inMemory) => clusterOf(2, 4, () => only('toy', { ...quiet, ...program }), networks, start);

const sumsOf = async (cluster: Cluster) => (await cluster.send(0, TASK)).sums;

const fromShard = (from: number, parcels: readonly Partial<ShardParcel>[]): WorkerProgram<null>['push'] => (_engine, _task, shards) => (shards.has(from) ? parcels.map((one) => ({ shard: from, to: 2, parcel: [], ...one })) : []);

const settle = async (turns = 20) => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('much at once', () => {
  const NUMBERS = 5 << 19;

  /** Every shard hands two parcels, each larger than the window, to every shard elsewhere that the task names. */
  const exchange = (received: string[]): WorkerProgram<null> => ({
    ...quiet,
    *push(_engine, { ids }, shards) {
      for (const shard of shards.keys()) {
        for (const to of ids) for (const copy of [0, 1]) if (!shards.has(to)) yield { shard, to, parcel: [new Uint32Array(NUMBERS).fill(2 * shard + copy)] };
      }
    },
    receive: (_engine, { from, to, content: [numbers] }) => void received.push(`${from} to ${to}: ${numbers.every((number) => number === numbers[0]) && numbers.length === NUMBERS ? numbers[0] - 2 * from : 'broken'}`),
  });

  it.each<[string, Start, Networks]>([
    ['the loopback bus', inMemory, memoryNetworks(everyone)],
    ['WebSockets', webSocketWorkers, webSocketNetworks(everyone)],
    ['WebSockets, to one of three by the scheduler', webSocketWorkers, webSocketNetworks((worker) => worker > 0)],
  ])('crosses %s while all workers push, each parcel above the window', async (_bus, start, networks) => {
    const received: string[] = [];
    const cluster = await clusterOf(3, 3, () => only('toy', exchange(received)), networks, start);
    const tasks = [Uint32Array.of(0, 1, 2), new Uint32Array(0)].map((ids) => ({ ...TASK, ids }));
    await gather(cluster, 0, tasks, () => undefined, 1);
    const pairs = [0, 1, 2].flatMap((from) => [0, 1, 2].filter((to) => to !== from).map((to) => `${from} to ${to}`));
    for (const pair of pairs) expect(received.filter((one) => one.startsWith(pair))).toEqual([`${pair}: 0`, `${pair}: 1`]);
    expect(received).toHaveLength(2 * pairs.length);
    expect(cluster.bytesDirect + cluster.bytesRelayed).toBe(received.length * NUMBERS * Uint32Array.BYTES_PER_ELEMENT);
    expect(cluster.bytes).toBeGreaterThan(cluster.bytesDirect + 2 * cluster.bytesRelayed);
  });
});

/** A network whose only peer is the test: it holds the other end of the one link that worker-0 opens to it. */
function heldNetwork(): { networks: Networks; sent: Frame[]; answer: (one: Frame) => void; close: Link['onClose'] } {
  const sent: Frame[] = [];
  const link = { peer: 'worker worker-1', run: 7, stats: { bytesSent: 10, bytesReceived: 5 }, send: (one: Frame) => void sent.push(one) } as unknown as Link;
  const network = { onLink: () => undefined, dial: () => Promise.resolve(link), notice: () => undefined, close: () => Promise.resolve() };
  return {
    networks: (worker) => Promise.resolve({ ...network, facts: worker === 1 ? { host: 'elsewhere', port: 7, run: 7, invitation: '' } : undefined }),
    sent,
    answer: (one) => link.onFrame(one),
    close: (closed) => link.onClose(closed),
  };
}

const passedOn = (bytes: number) => frame(Verb.PassedOn, { round: 0, task: 0 }, [Uint32Array.of(bytes)]);

/** Whether it has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await settle();
  return settled;
}

describe('a push', () => {
  it('counts as pushed when its receivers have queued all of its parcels', async () => {
    const { networks, sent, answer } = heldNetwork();
    const cluster = await loaded({ push: fromShard(0, [{ to: 2 }, { to: 3 }]) }, networks);
    const sums = sumsOf(cluster);
    expect(await isSettled(sums)).toBe(false);
    expect(sent.map(({ kind, segments: [to] }) => [kind, to[0]])).toEqual([[Verb.Parcel, 2], [Verb.Parcel, 3]]);
    answer(passedOn(0));
    expect(await isSettled(sums)).toBe(false);
    answer(passedOn(0));
    await sums;
    expect(cluster.tally().map(({ pushes }) => pushes)).toEqual([2, 2]);
  });

  it('does not wait for what later ones hand over', async () => {
    const { networks, sent, answer } = heldNetwork();
    const cluster = await loaded({ push: fromShard(0, [{}]) }, networks);
    const [first, second] = [sumsOf(cluster), sumsOf(cluster)];
    expect(await isSettled(first)).toBe(false);
    expect(sent).toHaveLength(2);
    answer(passedOn(0));
    await first;
    expect(await isSettled(second)).toBe(false);
    answer(passedOn(0));
    await second;
  });

  it('waits with the next parcel while 8 MiB are not queued', async () => {
    const { networks, sent, answer } = heldNetwork();
    const parcel = [new Uint8Array(5 << 20)];
    const cluster = await loaded({ push: fromShard(0, [{ parcel }, { parcel }, { parcel }, { parcel }]) }, networks);
    const sums = sumsOf(cluster);
    await settle();
    expect(sent).toHaveLength(2);
    answer(passedOn(5 << 20));
    await settle();
    expect(sent).toHaveLength(3);
    for (let queued = 1; queued < 4; queued++) {
      answer(passedOn(5 << 20));
      await settle();
    }
    await sums;
    expect(sent).toHaveLength(4);
  });

  it('tells what the links between workers have carried', async () => {
    const cluster = await loaded({ push: fromShard(1, [{ parcel: [new Uint8Array(1000)] }, { parcel: [new Float64Array(5)] }]), receive: () => undefined }, memoryNetworks(everyone));
    await sumsOf(cluster);
    expect(cluster.bytesDirect).toBe(1040);
    await sumsOf(cluster);
    expect(cluster.bytesDirect).toBe(2080);
    const byScheduler = workers!.members.reduce((sum, { link }) => sum + link.stats.bytesSent + link.stats.bytesReceived, 0);
    expect(cluster.bytes).toBeGreaterThan(byScheduler + 2080);
    const [sender, receiver] = cluster.tally();
    expect(sender.bytesSent - workers!.members[0].link.stats.bytesReceived).toBeGreaterThan(2080);
    expect(receiver.bytesReceived - workers!.members[1].link.stats.bytesSent).toBeGreaterThan(1040);
  });

  it('is in order with what comes by the scheduler: never received during a push, always before the next task', async () => {
    const events: string[] = [];
    async function* push(_engine: unknown, { values: [number] }: Task, shards: ReadonlyMap<number, null>) {
      if (shards.has(0)) {
        for (let i = 0; i < 3; i++) yield { shard: 0, to: 2, parcel: [] };
        return;
      }
      events.push(`begin ${number}`);
      await settle();
      events.push(`end ${number}`);
    }
    const cluster = await loaded({ push, receive: async () => void (await Promise.resolve(), events.push('parcel')) }, memoryNetworks(everyone));
    for (const number of [0, 1]) await (await cluster.send(number, { ...TASK, values: Float64Array.of(number) })).sums;
    await settle();
    expect(events).toEqual(['begin 0', 'end 0', 'parcel', 'parcel', 'parcel', 'begin 1', 'end 1', 'parcel', 'parcel', 'parcel']);
  });
});

describe('a peer that can’t be reached', () => {
  const program = { push: fromShard(0, [{ parcel: [Uint32Array.of(1)] }, { parcel: [Uint32Array.of(2)] }]) };

  it.each<[string, (notices: string[]) => Networks, Start, RegExp]>([
    ['because nobody answers', (notices) => async (worker) => ({ ...(await memoryNetworks(() => false, notices)(worker)), facts: { host: 'gone', port: 7, run: 1, invitation: '' } }), inMemory, /^worker worker-1 can't be reached directly, so parcels for it go by the scheduler: nobody answers at ws:\/\/gone:7$/],
    ['because its token is another', (notices) => webSocketNetworks(everyone, notices, (worker) => `token-${worker}`), webSocketWorkers, /^worker worker-1 can't be .*: the worker at ws:\/\/127\.0\.0\.1:\d+ refused this token: pass the one that it was started with$/],
    ['because it is somebody else', (notices) => {
      const networks = memoryNetworks(everyone, notices);
      return async (worker) => {
        const network = await networks(worker);
        return { ...network, facts: { ...network.facts!, run: 1 } };
      };
    }, inMemory, /^worker worker-1 can't be .*: worker worker-1 answers at ws:\/\/peer-1:7$/],
  ])('%s is sent to by the scheduler, with one notice', async (_why, networks, start, sentence) => {
    const notices: string[] = [];
    const received: number[] = [];
    const cluster = await loaded({ ...program, receive: (_engine, { content }) => void received.push(content[0][0]) }, networks(notices), start);
    for (let push = 0; push < 3; push++) await sumsOf(cluster);
    expect(received.slice(0, 4)).toEqual([1, 2, 1, 2]);
    expect([cluster.bytesRelayed, cluster.bytesDirect]).toEqual([3 * 2 * 4, 0]);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(sentence);
  });

  it('for another reason ends the run', async () => {
    const networks: Networks = async (worker) => ({ ...(await memoryNetworks(everyone)(worker)), dial: () => Promise.reject(new RangeError('no such thing')) });
    await expect(sumsOf(await loaded(program, networks))).rejects.toThrow('worker worker-0 failed: RangeError: no such thing');
  });
});

describe('a link between workers', () => {
  const busy = { push: fromShard(0, [{}]) };

  it.each(['lost', 'protocol', 'refused'] as const)('that ends as %s ends the run', async (reason) => {
    const { networks, close } = heldNetwork();
    const cluster = await loaded(busy, networks);
    const failing = sumsOf(cluster);
    await settle();
    close({ reason, message: 'worker worker-1 was out of reach for 60000 ms' });
    await expect(failing).rejects.toBeInstanceOf(WorkerError);
    await expect(failing).rejects.toThrow('worker worker-0 failed: the direct link to worker worker-1 ended: worker worker-1 was out of reach for 60000 ms');
  });

  it('that ends with a goodbye leaves the word to the scheduler', async () => {
    const { networks, close } = heldNetwork();
    const cluster = await loaded(busy, networks);
    const sums = sumsOf(cluster);
    await settle();
    close({ reason: 'peer-closed', message: 'worker worker-1 said goodbye' });
    expect(await isSettled(sums.catch(() => undefined))).toBe(false);
    const failing = expect(sums).rejects.toThrow(/^worker worker-1 is gone: /);
    await workers!.links[1].close();
    await failing;
  });

  it.each<[string, Frame, string]>([
    ['another verb', frame(Verb.Task, { round: 0, task: 0 }, []), 'a frame of kind 22'],
    ['word of a parcel that was not sent', passedOn(1), 'worker worker-1 has queued a parcel that was not sent'],
  ])('does not take %s from whom it sends to', async (_what, wrong, message) => {
    const { networks, answer } = heldNetwork();
    const cluster = await loaded(busy, networks);
    const first = sumsOf(cluster);
    await settle();
    answer(passedOn(0));
    await first;
    answer(wrong);
    await expect(sumsOf(cluster)).rejects.toThrow(`worker worker-0 failed: Error: worker worker-1 sent what another worker can't take: ${message}`);
  });

  it.each<[string, Frame, string]>([
    ['another verb', frame(Verb.Commit, { round: 0, task: 0 }, []), 'a frame of kind 21'],
    ['a parcel for another', parcelFrame({ round: 0, task: 0 }, { shard: 3, to: 1, parcel: [] }), 'a parcel for shard 1, which is hosted elsewhere'],
    ['a parcel for nobody', frame(Verb.Parcel, { round: 0, task: 0, shard: 3 }, []), 'a parcel without an addressee'],
  ])('does not take %s from whoever opened it', async (_what, wrong, message) => {
    let join: (link: Link) => void = () => undefined;
    const networks: Networks = async (worker) => {
      const network = await memoryNetworks(() => false)(worker);
      return worker === 1 ? Object.defineProperty(network, 'onLink', { set: (handler: typeof join) => void (join = handler) }) : network;
    };
    const cluster = await loaded({}, networks);
    const link = { peer: 'worker-0', stats: { bytesSent: 0, bytesReceived: 0 } } as unknown as Link;
    join(link);
    link.onFrame(wrong);
    await expect(sumsOf(cluster)).rejects.toThrow(`worker worker-1 failed: Error: worker worker-0 sent what another worker can't take: ${message}`);
  });

  it('is opened once, with the first parcel, and not before', async () => {
    const dialled: string[] = [];
    const networks = memoryNetworks(everyone);
    const counting: Networks = async (worker) => {
      const network = await networks(worker);
      return Object.assign(network, { dial: ((dial) => (url: string, invitation: string) => (dialled.push(`${worker} → ${url}`), dial(url, invitation)))(network.dial) });
    };
    let parcels: ShardParcel[] = [];
    const cluster = await loaded({ push: (_engine, _task, shards) => parcels.filter(({ shard }) => shards.has(shard)), receive: () => undefined }, counting);
    await sumsOf(cluster);
    expect(dialled).toEqual([]);
    parcels = [{ shard: 0, to: 2, parcel: [] }, { shard: 1, to: 3, parcel: [] }];
    for (let push = 0; push < 3; push++) await sumsOf(cluster);
    expect(dialled).toEqual(['0 → ws://peer-1:7']);
  });

  it('holds the push up while it opens, whether it does or not', async () => {
    const opening = deferred();
    const networks: Networks = async (worker) => ({ ...(await memoryNetworks(everyone)(worker)), dial: async () => { await opening.promise; throw new BusError('unreachable', 'it took too long'); } });
    const cluster = await loaded({ ...busy, receive: () => undefined }, networks);
    const sums = sumsOf(cluster);
    expect(await isSettled(sums)).toBe(false);
    opening.resolve();
    await sums;
    await sumsOf(cluster);
  });

  it.each<[string, Partial<ShardParcel>, string]>([
    ['for a shard that is none', { to: 4 }, 'a parcel from shard 0 for shard 4, and the run has shards 0 to 3'],
    ['for a shard of its own worker', { to: 1 }, 'a parcel from shard 0 for shard 1, which it hosts too: hand over within push where shards.has(to)'],
    ['from a shard elsewhere', { shard: 3 }, 'a parcel from shard 3, which is not one it hosts'],
  ])('takes no parcel %s: the scheduler says what is wrong', async (_what, parcel, message) => {
    const cluster = await loaded({ push: fromShard(0, [parcel]) }, memoryNetworks(everyone));
    await expect(sumsOf(cluster)).rejects.toThrow(`worker worker-0 sent what a scheduler can't take: ${message}`);
  });
});

it('a push that ends with counts that are none ends the run', async () => {
  const cluster = await loaded({ push: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }) }, memoryNetworks(everyone));
  const failing = expect(sumsOf(cluster)).rejects.toThrow("worker worker-0 sent what a scheduler can't take: a push that ends with what are no three byte counts");
  workers!.links[0].send(frame(Verb.Pushed, { round: 0, task: 1 }, [Float64Array.of(1)]));
  await failing;
});
