/**
 * Does a problem of Netflix' size fit? Generates ratings in the shape of the prize's, trains two sweeps at rank 64 through the real command
 * line, and reports seconds, test errors and memory: of all processes together, and of each worker beside the high-water
 * mark that it tells itself. Linux only: it reads /proc. Needs about 16 bytes a rating in the folder for temporary files.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ALGORITHMS, type Algorithm } from '../models/mf/options.js';
import { workerModule } from '../models/workers.js';
import { openWorkers } from '../src/runtime/session.js';
import { ITEMS, TEST_PART, USERS } from './generated/netflix.js';
import { writeNetflix } from './netflix-problem.js';
import { MemorySampler, type HighWater, type Peak } from './process-memory.js';
import type { Benchmark, Context, Scale } from './runner/benchmark.js';
import { ROOT } from './runner/machine.js';
import { amount, quality, speed, speedRow, type Row } from './runner/result.js';

const RANK = 64;
const SWEEPS = 2;
const RATINGS: Readonly<Record<Scale, number>> = { small: 2_000_000, large: 20_000_000 };
const LIMIT_GIB = 6;
/** A worker that has joined is watched for this long. */
const IDLE_MS = 1000;
const MAIN = join(ROOT, 'dist/src/cli/main.js');

/** What the command's last JSON line says. */
interface Done {
  /** Of the sweeps; from ratings in memory on; of the whole command. */
  readonly seconds: number;
  readonly fitSeconds: number;
  readonly wallSeconds: number;
  readonly ratingsPerSecond: number;
  readonly bytesPerWorker: readonly number[];
  readonly bytesMovedPerSweep: number;
}

interface Run extends Done {
  readonly testRmse: readonly number[];
  readonly readingPeak: Peak;
  readonly trainingPeak: Peak;
  /** Of the worker processes, as the system counts it. */
  readonly residentHighWaters: readonly number[];
}

export const mfNetflix: Benchmark = {
  name: 'mf-netflix',
  about: `Matrix factorization of generated ratings in the shape of the Netflix prize's (${USERS.toLocaleString('en-US')} × ${ITEMS.toLocaleString('en-US')}) through the real command line: seconds, test RMSE, and the memory of all processes together.`,
  needsData: false,
  usesEngine: true,
  async run(context) {
    if (!existsSync('/proc/self/task')) return { tables: [], missing: ['the memory of processes is read from /proc, which this system does not have'] };
    const folder = mkdtempSync(join(tmpdir(), 'strads-netflix-'));
    try {
      const counts = await writeNetflix(RATINGS[context.scale], join(folder, 'train.csv'), join(folder, 'test.csv'));
      const idle = await idleWorkerBytes(context);
      const rows: Row[] = [];
      for (const algorithm of ALGORITHMS) rows.push(rowOf(algorithm, await train(context, folder, algorithm), idle));
      const note =
        `${counts.train.toLocaleString('en-US')} ratings to train on, ${counts.test.toLocaleString('en-US')} (${100 * TEST_PART} %) held out; rank ${RANK}, ${SWEEPS} sweeps, ${context.workers} workers, one run each. Memory: the sum of the resident sizes of all processes at its largest, sampled every 50 ms, to stay below ${LIMIT_GIB} GiB; ` +
        'and of each worker the mark that it tells of its buffers and arrays, and its resident size less that of a worker with nothing to do.';
      return { tables: [{ title: 'A problem of Netflix\' size in bounded memory', note, rows }], missing: [] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** High-water mark of a worker that has joined and has nothing to do. */
async function idleWorkerBytes({ engine }: Context): Promise<number> {
  const session = await openWorkers({ workers: [{ engine: engine.kind, count: 1 }], workerModule, isolate: 'process' });
  const sampler = new MemorySampler(process.pid);
  await pause(IDLE_MS);
  sampler.stop();
  await session.close();
  return workersOf(sampler.highWaters)[0]!;
}

function workersOf(highWaters: readonly HighWater[]): number[] {
  const module = fileURLToPath(workerModule);
  return highWaters.filter(({ command }) => command.includes(module)).map(({ bytes }) => bytes);
}

async function train({ engine, workers }: Context, folder: string, algorithm: Algorithm): Promise<Run> {
  const flags = ['--rank', RANK, '--sweeps', SWEEPS, '--biases', '--algorithm', algorithm, '--workers', workers, '--isolate', 'process', '--engine', engine.kind, '--json'].map(String);
  const child = spawn(process.execPath, [MAIN, 'train', 'mf', '--data', 'train.csv', '--test', 'test.csv', ...flags], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const sampler = new MemorySampler(child.pid!);
  const testRmse: number[] = [];
  let readingPeak: Peak | null = null;
  let last = '';
  for await (const event of createInterface(child.stdout)) {
    // The first event says what was read.
    readingPeak ??= sampler.takePeak();
    const { event: kind, testRmse: error } = JSON.parse(event) as { event: string; testRmse: number };
    if (kind === 'sweep') testRmse.push(error);
    last = event;
  }
  const trainingPeak = sampler.takePeak();
  sampler.stop();
  if (testRmse.length !== SWEEPS) throw new Error(`strads train mf --algorithm ${algorithm} ended after ${testRmse.length} of ${SWEEPS} sweeps: its message stands above`);
  return { ...(JSON.parse(last) as Done), testRmse, readingPeak: readingPeak!, trainingPeak, residentHighWaters: workersOf(sampler.highWaters) };
}

function rowOf(algorithm: Algorithm, run: Run, idleBytes: number): Row {
  const { seconds, fitSeconds, wallSeconds, ratingsPerSecond, readingPeak, trainingPeak, testRmse, bytesMovedPerSweep, bytesPerWorker, residentHighWaters } = run;
  const gib = ({ bytes }: Peak) => bytes / 2 ** 30;
  return speedRow({
    case: `${SWEEPS} sweeps`,
    who: algorithm,
    speeds: [speed('reading and starting', 's', [wallSeconds - fitSeconds]), speed('sweeps', 's', [seconds]), speed('distributing and judging', 's', [fitSeconds - seconds]), speed('wall', 's', [wallSeconds]), speed('sweeps', 'ratings/s', [ratingsPerSecond])],
    quality: [quality('test RMSE after 1 sweep', testRmse[0]!), quality('test RMSE', testRmse.at(-1)!), quality('GiB at the peak', Math.max(gib(readingPeak), gib(trainingPeak)), LIMIT_GIB)],
    amounts: [
      amount('held while reading', 'GiB', gib(readingPeak)),
      amount('held while training', 'GiB', gib(trainingPeak)),
      amount('a worker tells', 'MiB', bytesPerWorker.map((bytes) => bytes / 2 ** 20)),
      amount('a worker less an idle one', 'MiB', residentHighWaters.map((bytes) => (bytes - idleBytes) / 2 ** 20)),
      amount('moved a sweep', 'MiB', bytesMovedPerSweep / 2 ** 20),
    ],
  });
}
