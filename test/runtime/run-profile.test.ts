/** The profile of a run over the loopback bus, whose engines tell what a test wants to hear. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loopback } from '../../src/bus/loopback.js';
import type { Engine, Kernel } from '../../src/engine/engine.js';
import type { ClockSource, EngineProfiler } from '../../src/engine/profiler.js';
import type { SchedulerProgram, WorkerProgram } from '../../src/program.js';
import { readTrace } from '../../src/report/trace/read-trace.js';
import { Cluster, type Member } from '../../src/runtime/cluster.js';
import { runRounds } from '../../src/runtime/rounds.js';
import { RunProfile } from '../../src/runtime/run-profile.js';
import { serve } from '../../src/runtime/worker.js';
import { checkTrace } from '../report/trace/checker.js';
import { scale } from '../engine/scale-kernel.js';
import { delay, only } from './toy-programs.js';

const SHARDS = 4;
const COST = { bytes: 3e6, flops: 1e6 };
/** What a dispatch takes, ms, as the engine tells it. */
const TAKES = 0.25;
const CEILINGS = { bytesPerSecond: 24e9, flopsPerSecond: 8e9, software: false, clock: 'host' as const };

/** Tells of dispatches when the next task has come, as a GPU does, or in the end; every tenth has no length. */
class TellingEngine {
  readonly kind = 'wasm';
  profiler: EngineProfiler | null = null;
  readonly #clock: ClockSource;
  #late: (() => void)[] = [];
  #dispatches = 0;

  constructor(clock: ClockSource) {
    this.#clock = clock;
  }

  profile(profiler: EngineProfiler | null): void {
    this.profiler = profiler;
  }

  dispatch(kernel: Kernel): void {
    const { profiler } = this;
    if (!profiler) return;
    const { round, task } = profiler.place;
    const number = this.#dispatches++;
    const begin = performance.now();
    const isReliable = number % 10 !== 9;
    const span = { kernel, round, task, begin, end: begin + (isReliable ? TAKES : -0.1), clock: this.#clock, isReliable, isFirst: number === 0, workgroups: 7, cost: COST };
    this.#late.push(() => profiler.dispatched(span));
    if (this.#late.length > 3) this.#late.shift()!();
  }

  finish(): Promise<void> {
    for (const tell of this.#late.splice(0)) tell();
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const telling = (worker: number): WorkerProgram => {
  let pushes = 0;
  return {
    open: () => Promise.resolve(null),
    apply: () => undefined,
    async *push(engine, { ids }, shards) {
      await delay(worker, pushes++);
      for (const shard of shards.keys()) {
        (engine as unknown as TellingEngine).dispatch(scale);
        yield { shard, chunk: { channel: 0, keys: ids, width: 1, values: new Float64Array(ids.length) } };
      }
    },
  };
};

const scheduler: SchedulerProgram = {
  *schedule(round) {
    for (let task = 0; task < 2; task++) yield { operation: 0, ids: Uint32Array.of(round, round + 1, round + 2), values: new Float64Array(0) };
  },
  pull: (round) => ({ ids: Uint32Array.of(round), values: Float64Array.of(1) }),
};

interface Run {
  readonly profile: RunProfile;
  readonly members: readonly Member[];
  readonly cluster: Cluster;
  rounds(count: number, depth?: number): Promise<number>;
}

let folder = '';
let close: () => Promise<void> = () => Promise.resolve();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strads-profile-'));
});

afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const trace = () => join(folder, 'run.json');

async function open(clocks: readonly ClockSource[], mostEvents?: number): Promise<Run> {
  const bus = loopback();
  const members: Member[] = [];
  const listener = await bus.listen({ token: 'test', run: 1, accept: () => null, onLink: (link, { name }) => members.push({ name, kind: 'wasm', software: false, adapter: `adapter ${name}`, link }) });
  for (const [worker, clock] of clocks.entries()) {
    const link = await bus.connect({ token: 'test', hello: { name: `worker-${worker}`, facts: {} } });
    void serve(link, new TellingEngine(clock) as unknown as Engine, only('toy', telling(worker)), { ceilings: () => Promise.resolve(CEILINGS) });
  }
  const profile = new RunProfile(trace(), 'test', mostEvents);
  const cluster = new Cluster(members, SHARDS, { profile });
  close = async () => {
    profile.discard();
    await listener.close();
  };
  await cluster.load('toy', new Array(SHARDS).fill(null), async function* () {});
  let next = 0;
  const rounds = async (count: number, depth = 0) => {
    const done = await runRounds(cluster, scheduler, { range: { begin: 0, end: 10 }, firstRound: next, rounds: count, depth });
    next += done;
    return done;
  };
  return { profile, members, cluster, rounds };
}

describe('a run’s profile', () => {
  it.each([0, 1, 3])('has every dispatch of every worker with its task, at pipelining depth %i', async (depth) => {
    const { profile, rounds } = await open(['gpu', 'host']);
    await rounds(40, depth);
    await rounds(3);
    profile.counter('objective', 3);
    profile.counter('objective', NaN);
    const told = await profile.finish();
    expect(readTrace(trace())).toEqual(told);
    const { spans, counters, flows } = checkTrace(trace());
    expect(told.rounds).toMatchObject({ rounds: 43, tasks: 86 });
    expect(flows().size).toBe(86 * 2);
    expect(counters().get('objective')).toEqual([3]);
    for (const { args } of spans(/\/kernels$/)) expect(args).toMatchObject({ ids: 3, workgroups: 7, ...COST });
    for (const { engine, workers, kernels } of told.devices) {
      expect({ engine, workers }).toEqual({ engine: 'wasm', workers: 1 });
      const dispatches = (86 * SHARDS) / 2;
      const unreliable = Math.floor(dispatches / 10);
      const [row, ...others] = kernels;
      expect(others).toEqual([]);
      expect(row).toMatchObject({ kernel: scale.name, timed: { calls: dispatches - unreliable - 1 }, first: { calls: 1 }, unreliable: { calls: unreliable, milliseconds: 0, bytes: unreliable * COST.bytes }, share: 1 });
      expect(row!.timed.milliseconds).toBeCloseTo(row!.timed.calls * TAKES, 6);
      expect(row!.p50! / TAKES).toBeCloseTo(1, 1);
      expect(row!.bytesPerSecond).toBeCloseTo((1000 * COST.bytes) / TAKES, -3);
      expect(row!.roofline!.bound).toBe('memory');
      expect(row!.roofline!.share).toBeCloseTo(0.5, 6);
      expect(row!.tags).toEqual({ times: 'measured', rates: 'modelled' });
    }
  });

  it('tags what rounded timestamps blur', async () => {
    const { profile, rounds } = await open(['gpu-quantized']);
    await rounds(5);
    const { devices, rounds: told } = await profile.finish();
    expect(devices[0]!.kernels[0]!.tags).toEqual({ times: 'quantized', rates: 'modelled+quantized' });
    expect(told.phases.filter(({ tag }) => tag === 'quantized').map(({ phase }) => phase)).toEqual(['GPU', 'map wait']);
  });

  it('leaves out of the timeline what does not fit, and says how much; the tables stay whole', async () => {
    const most = 300;
    const { profile, rounds } = await open(['gpu', 'gpu'], most);
    await rounds(50);
    const { timeline, devices } = await profile.finish();
    const { flows } = checkTrace(trace());
    expect(timeline.leftOut).toBeGreaterThan(0);
    expect(flows().size).toBeGreaterThan(0);
    expect(timeline.events).toBeLessThan(2 * most);
    const calls = devices.flatMap(({ kernels }) => kernels).reduce((sum, { timed, first, unreliable }) => sum + timed.calls + first.calls + unreliable.calls, 0);
    expect(calls).toBe(100 * SHARDS);
  });

  it('costs the run no bytes of its count', async () => {
    const { profile, members, cluster, rounds } = await open(['host']);
    await rounds(5);
    await profile.finish();
    const all = members.reduce((sum, { link }) => sum + link.stats.bytesSent + link.stats.bytesReceived, 0);
    expect(profile.bytes).toBeGreaterThan(0);
    expect(cluster.bytes).toBe(all - profile.bytes);
  });

  it('of a run that fails leaves nothing', async () => {
    const { profile, cluster, rounds } = await open(['host']);
    await rounds(2);
    expect(await readdir(folder)).toHaveLength(1);
    cluster.fail(new Error('lost'));
    await expect(profile.finish()).rejects.toThrow('lost');
    profile.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('whose file vanished says so in the end', async () => {
    const { profile, rounds } = await open(['host']);
    await rounds(2);
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    await expect(profile.finish()).rejects.toThrow(/^.*run\.json: the trace could not be written \(ENOENT.*\)\. Make room, or choose another --profile$/);
    expect(await readdir(folder)).toEqual([]);
  });
});
