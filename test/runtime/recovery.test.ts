/** Workers that come, go and die in the course of a run: the bits of the undisturbed one. */
import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SchedulerProgram } from '../../src/program.js';
import { Cluster, WorkerError } from '../../src/runtime/cluster.js';
import { runRounds } from '../../src/runtime/rounds.js';
import { SnapshotKeeper } from '../../src/runtime/snapshot-keeper.js';
import { randomBelow } from '../../src/schedule/random.js';
import { Rotation } from '../../src/schedule/rotation.js';
import { loopbackWorkers, webSocketWorkers, type LoopbackWorkers } from './loopback-workers.js';
import { memoryNetworks, webSocketNetworks, type Networks } from './peer-networks.js';
import { collected, rotatedInOneLoop, rotatingScheduler, rotatingWorker } from './rotating-program.js';
import { only } from './toy-programs.js';

const SHARDS = 5;
const LENGTH = 3;

let workers: LoopbackWorkers;

/** A run of the rotating program, to which a test does what it likes. */
interface Stage {
  readonly cluster: Cluster;
  readonly keeper: SnapshotKeeper;
  readonly folder: string;
  readonly notices: string[];
  /** Runs this many steps, with `disturb` before each of them. */
  run(steps: number, depth: number, disturb: (step: number) => void | Promise<void>): Promise<Uint32Array[]>;
}

async function staged(count: number, rotation: Rotation, networks: Networks, start: typeof webSocketWorkers = (n, programs, nets) => loopbackWorkers(n, programs, undefined, undefined, undefined, nets)): Promise<Stage> {
  workers = await start(count, (worker) => only('toy', rotatingWorker(rotation, LENGTH, worker)), networks);
  const folder = await mkdtemp(join(tmpdir(), 'strads-recovery-test-'));
  const notices: string[] = [];
  const notice = (sentence: string) => void notices.push(sentence);
  const keeper = new SnapshotKeeper({ folder, plan: null, notice });
  const cluster = new Cluster([...workers.members], rotation.shards, { recovery: { keeper, allowEngineChange: false, patienceMs: 5000, deadlineMs: 60_000, notice } });
  await cluster.load('toy', new Array(rotation.shards).fill(null), async function* () {});
  return {
    cluster, keeper, folder, notices,
    async run(steps, depth, disturb) {
      const program: SchedulerProgram = { ...rotatingScheduler };
      for (let step = 0; step < steps; ) {
        await disturb(step);
        step += await runRounds(cluster, program, { range: { begin: 0, end: 1 }, firstRound: step, rounds: Math.min(1 + depth, steps - step), depth });
      }
      return collected(cluster, LENGTH);
    },
  };
}

const lose = (cluster: Cluster, worker: number) => cluster.lost(`worker-${worker}`, 'the test lost it');

afterEach(async () => {
  await workers.close();
});

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a run whose workers die', () => {
  const ways = [['directly', memoryNetworks(() => true)], ['by the scheduler', memoryNetworks(() => false)]] as const;
  for (const [way, networks] of ways) {
    for (const [blocksAShard, depth] of [[1, 0], [2, 1], [3, 2]] as const) {
      it.each([1, 2, 3, 4, 5, 6, 7, 8])(`ends with the bits of one loop, parcels going ${way}, ${blocksAShard} block(s) a shard, depth ${depth}, seed %d`, async (seed) => {
        const rotation = new Rotation(SHARDS, blocksAShard);
        const steps = 4 * rotation.blocks;
        const { cluster, keeper, run } = await staged(4, rotation, networks);
        const present = new Set([0, 1, 2, 3]);
        const disturb = async (step: number) => {
          const dice = (what: number, sides: number) => randomBelow(sides, seed, step, what);
          if (dice(0, 3) === 0) keeper.hurry();
          if (step === 6 || dice(1, 4) === 0) {
            const victim = [...present][dice(2, present.size)];
            present.delete(victim);
            void turns(dice(3, 12)).then(() => lose(cluster, victim));
          }
          if (present.size < 2 || dice(4, 6) === 0) {
            const member = await workers.join();
            present.add(Number(member.name.slice('worker-'.length)));
            cluster.admit(member);
          }
        };
        const blocks = await run(steps, depth, disturb);
        expect(blocks).toEqual(rotatedInOneLoop(rotation, LENGTH, steps));
        expect(cluster.incidents.some(({ what }) => what === 'lost')).toBe(true);
        await cluster.close(new WorkerError('over'));
      });
    }
  }

  it('leaves nothing behind', async () => {
    const rotation = new Rotation(SHARDS, 1);
    const { cluster, keeper, folder, run } = await staged(2, rotation, memoryNetworks(() => true));
    await run(10, 0, () => keeper.hurry());
    expect((await readdir(folder)).length).toBeGreaterThan(0);
    await cluster.close(new WorkerError('over'));
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });

  it.each([0, 2, 4, 8, 16])('tells of everybody who gets shards that they take part, the second coming %d turns after the first', async (count) => {
    const rotation = new Rotation(SHARDS, 1);
    const { cluster, run, notices } = await staged(1, rotation, memoryNetworks(() => true));
    const newcomers = [await workers.join(), await workers.join()] as const;
    const blocks = await run(60, 0, (step) => {
      if (step !== 10) return;
      cluster.admit(newcomers[0]);
      void turns(count).then(() => cluster.admit(newcomers[1]));
    });
    expect(blocks).toEqual(rotatedInOneLoop(rotation, LENGTH, 60));
    expect(cluster.incidents.map(({ what }) => what)).toEqual(['joined', 'joined']);
    expect(notices.filter((sentence) => sentence.includes('gets no shards'))).toEqual([]);
  });

  it('ends when nobody is left and nobody comes', async () => {
    const rotation = new Rotation(SHARDS, 1);
    const { cluster, run, notices } = await staged(2, rotation, memoryNetworks(() => true));
    const running = run(1000, 0, (step) => {
      if (step === 5) [0, 1].forEach((worker) => lose(cluster, worker));
    });
    await expect(running).rejects.toThrow('no worker of wasm is left to go on with, and none came for 5 s');
    expect(notices.some((sentence) => sentence.includes('the run waits for one'))).toBe(true);
  });

  it('has the bits of one loop over WebSockets', async () => {
    const rotation = new Rotation(SHARDS, 2);
    const { cluster, keeper, run } = await staged(3, rotation, webSocketNetworks(() => true), webSocketWorkers);
    const blocks = await run(60, 1, async (step) => {
      if (step === 10) keeper.hurry();
      if (step === 20) lose(cluster, 1);
      if (step === 30) cluster.admit(await workers.join());
      if (step === 40) lose(cluster, 0);
    });
    expect(blocks).toEqual(rotatedInOneLoop(rotation, LENGTH, 60));
    expect(cluster.incidents.map(({ what }) => what)).toEqual(['lost', 'joined', 'lost']);
    await cluster.close(new WorkerError('over'));
  });
});
