/**
 * How many strictly bulk-synchronous rounds a second: 32 variables a round, two worker processes on this machine over WebSocket, every round
 * crossing the bus with pushes from both. Three contenders take turns in one run: the Lasso (schedule, push, pull and sync of a real training),
 * the smallest program that does a whole round, and messages of the same bytes over bare `ws`, the ceiling.
 *
 *   node dist/bench/rounds.js <folder of Lasso data sets> [samples]
 */
import { fork, type ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { parseLassoOptions } from '../models/lasso/estimator.js';
import { lassoShards, openProblems, penaltyOf } from '../models/lasso/open.js';
import type { LassoOptions } from '../models/lasso/options.js';
import type { Problem } from '../models/lasso/problem.js';
import { samplesOf } from '../models/lasso/samples.js';
import { workerModule } from '../models/workers.js';
import { readDataset } from '../src/data/read.js';
import type { SchedulerProgram } from '../src/program.js';
import { heldScheduler } from '../src/runtime/contract.js';
import type { Cluster } from '../src/runtime/cluster.js';
import { programWorker } from '../src/runtime/program-process.js';
import { runRounds } from '../src/runtime/rounds.js';
import { openProcesses, type Session } from '../src/runtime/session.js';
import { addressedParts } from '../src/runtime/shard-sources.js';
import { RoundRobinDraw } from '../src/schedule/round-robin.js';
import { problemsNamed, readOptions } from './problems.js';
import { fail, median } from './report.js';

const WORKERS = 2;
const BLOCK = 32;
const WARM_UP_ROUNDS = 3000;
const SAMPLE_ROUNDS = 3000;
const SAMPLES = 9;

/** One way to do a round. */
interface Contender {
  readonly name: string;
  rounds(count: number): Promise<void>;
  /** The objective reached, where there is one; costs the rounds nothing. */
  objective(): Promise<number | null>;
  close(): Promise<void>;
}

export interface RoundsRow {
  readonly name: string;
  /** Median, least and most of the samples. */
  readonly perSecond: number;
  readonly least: number;
  readonly most: number;
  /** Median of the ratios to the ceiling, sample by sample. */
  readonly ofCeiling: number;
  /** How many there were in all. */
  readonly rounds: number;
  readonly objective: number | null;
}

/** Samples all contenders in turn; the last row is the ceiling. */
export async function measureRounds(folder: string, samples = SAMPLES): Promise<RoundsRow[]> {
  const contenders = [await lassoContender(folder), await toyContender(), await bareContender()];
  try {
    for (const contender of contenders) await contender.rounds(WARM_UP_ROUNDS);
    const rates: number[][] = contenders.map(() => []);
    for (let sample = 0; sample < samples; sample++) {
      for (const [i, contender] of contenders.entries()) rates[i]!.push(await rateOf(contender));
    }
    const ceiling = rates.at(-1)!;
    const rows: RoundsRow[] = [];
    for (const [i, contender] of contenders.entries()) {
      const own = rates[i]!;
      rows.push({
        name: contender.name,
        perSecond: median(own),
        least: Math.min(...own),
        most: Math.max(...own),
        ofCeiling: median(own.map((rate, sample) => rate / ceiling[sample]!)),
        rounds: WARM_UP_ROUNDS + samples * SAMPLE_ROUNDS,
        objective: await contender.objective(),
      });
    }
    return rows;
  } finally {
    for (const contender of contenders) await contender.close();
  }
}

async function rateOf(contender: Contender): Promise<number> {
  const start = performance.now();
  await contender.rounds(SAMPLE_ROUNDS);
  return (1000 * SAMPLE_ROUNDS) / (performance.now() - start);
}

const WASM = [{ engine: 'wasm', count: WORKERS }] as const;

/** Runs a program's rounds on, from where they stopped. */
class Rounds {
  #next = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly program: SchedulerProgram,
    private readonly columns: number,
  ) {}

  async run(rounds: number): Promise<void> {
    this.#next += await runRounds(this.cluster, this.program, { range: { begin: 0, end: this.columns }, firstRound: this.#next, rounds, depth: 0 });
  }
}

/** The released STRADS' figures are of this problem: lasso500by1K at alpha 1e-6, random draws, each variable as if the others stood still. */
async function lassoContender(folder: string): Promise<Contender> {
  const [problem] = problemsNamed(['lasso500by1K']);
  const { matrix, target } = await readDataset(readOptions(problem!, folder));
  const options: LassoOptions = parseLassoOptions({ alpha: problem!.penalties[0]!.value, intercept: false, cut: 'rows', schedule: 'random', block: BLOCK, coupling: 'independent', pipeline: 0 });
  const session = await openProcesses({ workers: WASM, workerModule });
  const cluster = session.cluster(lassoShards(matrix, options, 0));
  const penalty = penaltyOf(options, null).at(options.alpha!);
  const [opened] = (await openProblems(cluster, matrix, samplesOf(target!, { weights: null, folds: null, center: false }), penalty, options)) as [Problem];
  await opened.start(penalty);
  const rounds = new Rounds(cluster, opened.program, matrix.columns);
  return {
    name: 'lasso',
    rounds: (count) => rounds.run(count),
    objective: async () => (await opened.certify()).objective,
    close: () => session.close(),
  };
}

const TOY_VARIABLES = 1000;
const TOY_SHARDS = 4;

async function toyContender(): Promise<Contender> {
  const range = { begin: 0, end: TOY_VARIABLES };
  const draw = new RoundRobinDraw(range);
  const program: SchedulerProgram = {
    schedule: (round) => [{ operation: 0, ids: draw.draw(round, BLOCK).sort(), values: new Float64Array(0) }],
    pull(_round, { ids }, [sums]) {
      draw.commit(ids);
      return { ids, values: sums!.values.map((sum) => -sum / (2 * TOY_SHARDS)) };
    },
  };
  const module = new URL('./toy-worker.js', import.meta.url).href;
  const session: Session = await openProcesses({ workers: WASM, workerModule: programWorker, program: { name: 'toy', module } });
  const cluster = session.cluster(TOY_SHARDS);
  const shards = Array.from({ length: TOY_SHARDS }, () => ({ description: TOY_VARIABLES, parts: [] }));
  await cluster.load('toy', shards.map(({ description }) => description), addressedParts(shards));
  const rounds = new Rounds(cluster, heldScheduler(program, { name: 'toy', range, block: BLOCK }), TOY_VARIABLES);
  return { name: 'toy program', rounds: (count) => rounds.run(count), objective: () => Promise.resolve(null), close: () => session.close() };
}

/** A round's ids and changes out, the partials of two shards back. */
const OUT_BYTES = BLOCK * (4 + 8);
const BACK_BYTES = BLOCK * 2 * 4;

/** No sessions, no frames, no program: one message to each worker, and the next round when both have answered. */
async function bareContender(): Promise<Contender> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  const sockets: WebSocket[] = [];
  const joined = new Promise<void>((resolve) => server.on('connection', (socket) => sockets.push(socket) === WORKERS && resolve()));
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const module = new URL('./bare-worker.js', import.meta.url);
  const workers: ChildProcess[] = Array.from({ length: WORKERS }, () => fork(module, [url, String(BACK_BYTES)]));
  await joined;
  const message = new Uint8Array(OUT_BYTES);
  const rounds = (count: number) =>
    new Promise<void>((resolve) => {
      let left = count;
      let answers = 0;
      const start = () => sockets.forEach((socket) => socket.send(message));
      for (const socket of sockets) {
        socket.removeAllListeners('message');
        socket.on('message', () => {
          if (++answers < WORKERS) return;
          answers = 0;
          if (--left === 0) resolve();
          else start();
        });
      }
      start();
    });
  const close = async () => {
    for (const socket of sockets) socket.close();
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
    server.close();
  };
  return { name: 'bare ws', rounds, objective: () => Promise.resolve(null), close };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const [folder, samples] = process.argv.slice(2);
  if (folder === undefined) fail('usage: node dist/bench/rounds.js <folder of Lasso data sets> [samples]');
  for (const row of await measureRounds(folder, samples === undefined ? SAMPLES : Number(samples))) {
    process.stdout.write(`${row.name.padEnd(12)} ${row.perSecond.toFixed(0).padStart(6)} rounds/s (${row.least.toFixed(0)} … ${row.most.toFixed(0)})  ${row.ofCeiling.toFixed(2)} of bare ws  ${row.objective === null ? '' : `objective ${row.objective.toPrecision(7)} after ${row.rounds} rounds`}\n`);
  }
}
