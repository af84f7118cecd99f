import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SchedulerProgram, Sums, Task } from '../../src/program.js';
import { Cluster } from '../../src/runtime/cluster.js';
import { gather, runRounds } from '../../src/runtime/rounds.js';
import { loopbackWorkers, type LoopbackWorkers, type Programs } from './loopback-workers.js';
import { ledgerProgram, magnitudesProgram, only } from './toy-programs.js';

const SHARDS = 5;
const RANGE = { begin: 0, end: 100 };

let workers: LoopbackWorkers | null = null;

async function clusterOf(count: number, programs: (worker: number) => Programs): Promise<Cluster> {
  workers = await loopbackWorkers(count, programs);
  const cluster = new Cluster(workers.members, SHARDS);
  await cluster.load('toy', new Array(SHARDS).fill(null), async function* () {});
  return cluster;
}

afterEach(async () => {
  await workers?.close();
  workers = null;
});

const ledgers = (worker: number) => only('toy', ledgerProgram(worker));

/** One commit a task, numbered through; notes what the shards had seen when they pushed. */
class Recorder implements SchedulerProgram {
  readonly scheduled: number[] = [];
  readonly pulled: number[] = [];
  readonly seen: Sums[] = [];

  constructor(readonly tasksARound = 1) {}

  *schedule(round: number): Generator<Task> {
    for (let task = 0; task < this.tasksARound; task++) {
      this.scheduled.push(this.pulled.length);
      yield { operation: 0, ids: new Uint32Array(0), values: Float64Array.of(round * this.tasksARound + task) };
    }
  }

  pull(_round: number, { values }: Task, sums: readonly Sums[]) {
    this.pulled.push(values[0]);
    this.seen.push(sums[0]);
    return { ids: Uint32Array.from(values), values: Float64Array.of(1) };
  }
}

const firstIds = (count: number) => Uint32Array.from({ length: Math.max(0, count) }, (_, id) => id);
const onceFromEachShard = (count: number) => Float64Array.from({ length: 2 * Math.max(0, count) }, (_, i) => (i % 2 === 0 ? SHARDS : 0));

describe('runRounds', () => {
  for (const depth of [0, 1, 2, 3, 4]) {
    for (const tasksARound of [1, 3]) {
      it(`at depth ${depth} with ${tasksARound} task(s) a round, round t sees exactly the commits of rounds up to t - ${1 + depth}, each once`, async () => {
        const cluster = await clusterOf(3, ledgers);
        const recorder = new Recorder(tasksARound);
        const rounds = 12;
        expect(await runRounds(cluster, recorder, { range: RANGE, firstRound: 0, rounds, depth })).toBe(rounds);
        expect(recorder.pulled).toEqual([...firstIds(rounds * tasksARound)]);
        for (let t = 0; t < rounds; t++) {
          const commits = Math.max(0, t - depth) * tasksARound;
          for (let task = t * tasksARound; task < (t + 1) * tasksARound; task++) {
            expect(recorder.scheduled[task]).toBe(commits);
            expect(recorder.seen[task].keys).toEqual(firstIds(commits));
            expect(recorder.seen[task].values).toEqual(onceFromEachShard(commits));
          }
        }
      });
    }
  }

  it('pulls everything in flight when it is asked to stop early', async () => {
    const cluster = await clusterOf(2, ledgers);
    const recorder = new Recorder();
    const shouldStop = () => recorder.scheduled.length === 5;
    expect(await runRounds(cluster, recorder, { range: RANGE, firstRound: 0, rounds: 100, depth: 3, shouldStop })).toBe(5);
    expect(recorder.pulled).toEqual([0, 1, 2, 3, 4]);
  });

  it('runs nothing when it is to stop at once, or for no rounds', async () => {
    const cluster = await clusterOf(1, ledgers);
    const recorder = new Recorder();
    expect(await runRounds(cluster, recorder, { range: RANGE, firstRound: 0, rounds: 9, depth: 0, shouldStop: () => true })).toBe(0);
    expect(await runRounds(cluster, recorder, { range: RANGE, firstRound: 0, rounds: 0, depth: 2 })).toBe(0);
    expect(recorder.scheduled).toEqual([]);
  });

  it('brings the last commits to the shards before the first task of the next loop', async () => {
    const cluster = await clusterOf(2, ledgers);
    const recorder = new Recorder();
    await runRounds(cluster, recorder, { range: RANGE, firstRound: 0, rounds: 3, depth: 2 });
    await runRounds(cluster, recorder, { range: RANGE, firstRound: 3, rounds: 2, depth: 2 });
    expect(recorder.seen[3].keys).toEqual(firstIds(3));
    expect(recorder.pulled).toEqual([0, 1, 2, 3, 4]);
  });

  it('hands the range to the schedule and counts rounds from the first', async () => {
    const cluster = await clusterOf(1, ledgers);
    const asked: unknown[] = [];
    const program: SchedulerProgram = {
      schedule: (round, range) => {
        asked.push([round, range]);
        return [];
      },
      pull: () => expect.unreachable(),
    };
    await runRounds(cluster, program, { range: RANGE, firstRound: 7, rounds: 2, depth: 0 });
    expect(asked).toEqual([[7, RANGE], [8, RANGE]]);
  });

  it('rejects with what a pull throws', async () => {
    const cluster = await clusterOf(2, ledgers);
    const program: SchedulerProgram = {
      schedule: (round) => new Recorder().schedule(round),
      pull: () => {
        throw new RangeError('no such variable');
      },
    };
    await expect(runRounds(cluster, program, { range: RANGE, firstRound: 0, rounds: 4, depth: 2 })).rejects.toThrow('no such variable');
  });
});

describe('the sums of a task', () => {
  const task: Task = { operation: 0, ids: Uint32Array.from({ length: 64 }, (_, id) => 3 * id), values: new Float64Array(0) };

  async function sumsOf(count: number): Promise<Sums[]> {
    const cluster = await clusterOf(count, (worker) => only('toy', magnitudesProgram(worker)));
    const sums = await (await cluster.send(0, task)).sums;
    await workers!.close();
    return sums;
  }

  it('are the same bits for 1, 2, 3 and 6 workers', async () => {
    const alone = await sumsOf(1);
    expect(alone[0].keys).toEqual(task.ids);
    for (const count of [2, 3, 6]) expect(await sumsOf(count)).toEqual(alone);
  });
});

describe('gather', () => {
  for (const window of [1, 3]) {
    it(`keeps at most ${window} task(s) in flight and gives their sums in task order`, async () => {
      const cluster = await clusterOf(3, ledgers);
      let inFlight = 0;
      let most = 0;
      const send = cluster.send.bind(cluster);
      vi.spyOn(cluster, 'send').mockImplementation((round, task) => {
        most = Math.max(most, ++inFlight);
        return send(round, task);
      });
      const order: number[] = [];
      const tasks = Array.from({ length: 10 }, (_, i) => ({ operation: 0, ids: new Uint32Array(0), values: Float64Array.of(i) }));
      await gather(cluster, 0, tasks, ({ values }) => {
        inFlight--;
        order.push(values[0]);
      }, window);
      expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(most).toBe(window);
    });
  }
});

describe('a cluster', () => {
  it('counts pushes by shard and bytes by worker', async () => {
    const cluster = await clusterOf(2, ledgers);
    const before = cluster.bytes;
    await runRounds(cluster, new Recorder(2), { range: RANGE, firstRound: 0, rounds: 3, depth: 0 });
    const tally = cluster.tally();
    expect(tally.map(({ name, shards, pushes }) => ({ name, shards, pushes }))).toEqual([
      { name: 'worker-0', shards: 3, pushes: 18 },
      { name: 'worker-1', shards: 2, pushes: 12 },
    ]);
    for (const { bytesSent, bytesReceived } of tally) {
      expect(bytesSent).toBeGreaterThan(0);
      expect(bytesReceived).toBeGreaterThan(0);
    }
    expect(cluster.bytes).toBeGreaterThan(before);
    expect(tally.reduce((sum, { bytesSent, bytesReceived }) => sum + bytesSent + bytesReceived, 0)).toBe(cluster.bytes);
  });

  it('leaves a worker without shards alone', async () => {
    const cluster = await clusterOf(SHARDS + 2, ledgers);
    await runRounds(cluster, new Recorder(), { range: RANGE, firstRound: 0, rounds: 2, depth: 0 });
    expect(cluster.tally().map(({ pushes }) => pushes)).toEqual([2, 2, 2, 2, 2, 0, 0]);
  });
});
