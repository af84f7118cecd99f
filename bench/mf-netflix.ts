/**
 * Does a problem of Netflix' size fit? Generates 20 million ratings in the shape of the prize's, trains two sweeps at rank 64 through the real
 * command line, and reports seconds, test errors and memory: of all processes together, and of each worker beside the high-water
 * mark that it tells itself. Linux only: it reads /proc.
 *
 *   node dist/bench/mf-netflix.js [--ratings N] [algorithm …]
 *
 * Needs about 16 bytes a rating in the folder for temporary files. Writes bench/results/mf-netflix.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ALGORITHMS, type Algorithm } from '../models/mf/options.js';
import { workerModule } from '../models/workers.js';
import { openProcesses } from '../src/runtime/session.js';
import { ITEMS, MOST_RATINGS, TEST_PART, USERS, writeNetflix, type Counts } from './netflix-problem.js';
import { MemorySampler, type HighWater, type Peak } from './process-memory.js';
import { fail, provenance, ROOT, secondsText, table, writeReport } from './report.js';

const RANK = 64;
const SWEEPS = 2;
const WORKERS = 2;
const LIMIT_BYTES = 6 * 2 ** 30;
/** How far a worker's own high-water mark may be from what the system counts. */
const AGREEMENT = 0.2;
/** A worker that has joined is watched for this long. */
const IDLE_MS = 1000;
const MAIN = join(ROOT, 'dist/src/cli/main.js');

const USAGE = 'usage: node dist/bench/mf-netflix.js [--ratings N] [algorithm …]';
const { values: flags, positionals } = parseArgs({ options: { ratings: { type: 'string', default: '20000000' } }, allowPositionals: true });
const ratings = Number(flags.ratings);
if (!(Number.isInteger(ratings) && ratings >= 1000 && ratings <= MOST_RATINGS)) fail(`--ratings ${flags.ratings}: expected a whole number from 1,000 to ${MOST_RATINGS}\n${USAGE}`);
const algorithms = ALGORITHMS.filter((name) => positionals.length === 0 || positionals.includes(name));
const unknown = positionals.find((name) => !ALGORITHMS.includes(name as Algorithm));
if (unknown !== undefined) fail(`${unknown}: no such algorithm; choose from ${ALGORITHMS.join(', ')}\n${USAGE}`);
if (!existsSync('/proc/self/task')) fail('this measurement reads the memory of processes from /proc: run it on Linux');

/** What the command's last JSON line says. */
interface Done {
  readonly engine: string;
  /** Of the sweeps; from ratings in memory on; of the whole command. */
  readonly seconds: number;
  readonly fitSeconds: number;
  readonly wallSeconds: number;
  readonly ratingsPerSecond: number;
  readonly bytesPerWorker: readonly number[];
  readonly bytesMovedPerSweep: number;
  readonly unseenTestRatings: number;
}

interface Row extends Done {
  readonly algorithm: Algorithm;
  readonly command: string;
  readonly testRmse: readonly number[];
  readonly readingPeak: Peak;
  readonly trainingPeak: Peak;
  /** Of the worker processes, as the system counts it. */
  readonly residentHighWaters: readonly number[];
}

const folder = mkdtempSync(join(tmpdir(), 'strads-netflix-'));
const rows: Row[] = [];
let counts: Counts;
let fileBytes = 0;
let idleBytes = 0;
try {
  const trainFile = join(folder, 'train.csv');
  counts = await writeNetflix(ratings, trainFile, join(folder, 'test.csv'));
  fileBytes = statSync(trainFile).size;
  idleBytes = await idleWorkerBytes();
  for (const algorithm of algorithms) {
    rows.push(await train(algorithm));
    process.stderr.write(`${line(rows.at(-1)!).join(', ')}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report();

/** High-water mark of a worker that has joined and has nothing to do. */
async function idleWorkerBytes(): Promise<number> {
  const session = await openProcesses({ workers: [{ engine: 'auto', count: 1 }], workerModule, isolate: 'process' });
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

async function train(algorithm: Algorithm): Promise<Row> {
  const command = ['train', 'mf', '--data', 'train.csv', '--test', 'test.csv', '--rank', String(RANK), '--sweeps', String(SWEEPS), '--biases', '--algorithm', algorithm, '--workers', String(WORKERS), '--isolate', 'process', '--json'];
  const child = spawn(process.execPath, [MAIN, ...command], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
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
  if (testRmse.length !== SWEEPS) throw new Error(`strads ${command.join(' ')}: ended after ${testRmse.length} of ${SWEEPS} sweeps, its message stands above`);
  const { engine, seconds, fitSeconds, wallSeconds, ratingsPerSecond, bytesPerWorker, bytesMovedPerSweep, unseenTestRatings } = JSON.parse(last) as Done;
  return {
    algorithm, command: `strads ${command.join(' ')}`, testRmse, readingPeak: readingPeak!, trainingPeak, residentHighWaters: workersOf(sampler.highWaters),
    engine, seconds, fitSeconds, wallSeconds, ratingsPerSecond, bytesPerWorker, bytesMovedPerSweep, unseenTestRatings,
  };
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2);
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

function line({ algorithm, wallSeconds, fitSeconds, seconds, ratingsPerSecond, readingPeak, trainingPeak, testRmse, bytesMovedPerSweep }: Row): string[] {
  const peak = (at: Peak) => `${gib(at.bytes)} (${at.byProcess.map(gib).join(' + ')})`;
  return [algorithm, secondsText(wallSeconds - fitSeconds), secondsText(seconds), secondsText(fitSeconds - seconds), secondsText(wallSeconds), Math.round(ratingsPerSecond).toLocaleString('en-US'), peak(readingPeak), peak(trainingPeak), testRmse.map((error) => error.toFixed(4)).join(' → '), mib(bytesMovedPerSweep)];
}

/** A worker's own mark by what the system counts, less an idle worker's. */
function agreement(reported: number, resident: number): number {
  return reported / (resident - idleBytes);
}

function workerLines({ algorithm, bytesPerWorker, residentHighWaters }: Row): string[][] {
  return bytesPerWorker.map((reported, worker) => {
    const resident = residentHighWaters[worker]!;
    const ratio = agreement(reported, resident);
    return [algorithm, String(worker), mib(reported), mib(resident), mib(resident - idleBytes), `${ratio.toFixed(2)}${Math.abs(ratio - 1) <= AGREEMENT ? '' : ' **beyond**'}`];
  });
}

function report(): void {
  const grouped = (count: number) => count.toLocaleString('en-US');
  const worst = Math.max(...rows.flatMap(({ readingPeak, trainingPeak }) => [readingPeak.bytes, trainingPeak.bytes]));
  const falls = rows.every(({ testRmse }) => testRmse.every((error, sweep) => sweep === 0 || error < testRmse[sweep - 1]!));
  writeReport('mf-netflix', provenance(['node dist/bench/mf-netflix.js', ...process.argv.slice(2)].join(' ')), { users: USERS, items: ITEMS, ...counts, fileBytes, rank: RANK, sweeps: SWEEPS, peakBytes: worst, limitBytes: LIMIT_BYTES, idleBytes, runs: rows }, [
    '# A problem of Netflix\' size in bounded memory',
    `Generated ratings of at most ${grouped(USERS)} users × ${grouped(ITEMS)} items, with the skew of the prize's data: ${grouped(counts.train)} to train on in a CSV of ${gib(fileBytes)} GiB, ${grouped(counts.test)} (${100 * TEST_PART} %) held out. \`${rows[0]!.command}\` and the like: rank ${RANK}, ${SWEEPS} sweeps, ${WORKERS} workers (${rows[0]!.engine}). Memory: the sum of the resident sizes of all processes at its largest, in GiB, the command first and then its workers; sampled every 50 ms. Its peak of ${gib(worst)} GiB is ${worst <= LIMIT_BYTES ? 'within' : '**above**'} the limit of ${gib(LIMIT_BYTES)}. The test RMSE ${falls ? 'falls' : '**does not fall**'} from sweep to sweep.`,
    table(['algorithm', 'reading and starting s', 'sweeps s', 'distributing and judging s', 'wall s', 'ratings/s', 'peak while reading', 'peak while training', 'test RMSE by sweep', 'MiB moved a sweep'], rows.map(line)),
    `High-water marks of the workers in MiB: as each tells it of its engine's buffers and typed arrays, and as the system counts its resident size, also less the ${mib(idleBytes)} MiB of a worker that has joined and does nothing. They are to agree within ${100 * AGREEMENT} %.`,
    table(['algorithm', 'worker', 'reported', 'resident', 'less an idle worker', 'reported by the latter'], rows.flatMap(workerLines)),
  ]);
}
