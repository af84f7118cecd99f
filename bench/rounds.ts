/**
 * How many strictly bulk-synchronous rounds a second: 32 variables a round, two worker processes on this machine over WebSocket, every round
 * crossing the bus with pushes from both. Three contenders take turns in one run: the Lasso (schedule, push, pull and sync of a real training),
 * the smallest program that does a whole round, and messages of the same bytes over bare `ws`, the ceiling.
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
import { openWorkers, type Session } from '../src/runtime/session.js';
import { partsOf } from '../src/runtime/shard-sources.js';
import { RoundRobinDraw } from '../src/schedule/round-robin.js';
import { missingFiles, problemsNamed, readOptions, type LassoProblem } from './problems.js';
import { dataOf } from './runner/arguments.js';
import { timed, type Benchmark } from './runner/benchmark.js';
import { quality, speed, speedRow, type Quality, type Row } from './runner/result.js';

const WORKERS = 2;
const BLOCK = 32;
const WARM_UP_ROUNDS = 3000;
const SAMPLE_ROUNDS = 3000;

/** One way to do a round. */
interface Contender {
  readonly name: string;
  rounds(count: number): Promise<void>;
  /** What the rounds came to; costs them nothing. */
  reached(): Promise<Quality>;
  close(): Promise<void>;
}

export const rounds: Benchmark = {
  name: 'rounds',
  about: `Strictly bulk-synchronous rounds of ${BLOCK} variables by ${WORKERS} worker processes over WebSocket, every one crossing the bus with pushes from both: a real Lasso, the smallest program that does a whole round, and messages of the same bytes over bare ws.`,
  needsData: true,
  usesEngine: false,
  async run(context) {
    const folder = dataOf(context.data!, 'lasso');
    const [problem] = problemsNamed(['lasso500by1K']) as [LassoProblem];
    const absent = missingFiles(problem, folder);
    if (absent.length > 0) return { tables: [], missing: [`${problem.name}: no ${absent.join(', ')} in the data folder`] };
    const contenders = [await bareContender(), await lassoContender(problem, folder), await toyContender()];
    try {
      const note = `By turns, ${SAMPLE_ROUNDS.toLocaleString('en-US')} rounds a sample after ${WARM_UP_ROUNDS.toLocaleString('en-US')} to warm up. Bare ws is the ceiling: no sessions, no frames, no program.`;
      return { tables: [{ title: `Rounds of ${BLOCK} variables, ${WORKERS} workers`, note, rows: await measureRounds(contenders, context.repeats) }], missing: [] };
    } finally {
      for (const contender of contenders) await contender.close();
    }
  },
};

/** Samples all contenders by turns; the first is the ceiling. */
async function measureRounds(contenders: readonly Contender[], samples: number): Promise<Row[]> {
  for (const contender of contenders) await contender.rounds(WARM_UP_ROUNDS);
  const rates = contenders.map((): number[] => []);
  for (let sample = 0; sample < samples; sample++) for (const [i, contender] of contenders.entries()) rates[i]!.push(await rateOf(contender));
  const [ceiling] = contenders as [Contender];
  const rows: Row[] = [];
  for (const [i, contender] of contenders.entries()) {
    rows.push(
      speedRow({
        case: `${(WARM_UP_ROUNDS + samples * SAMPLE_ROUNDS).toLocaleString('en-US')} rounds`,
        who: contender.name,
        speeds: [speed('rounds', 'rounds/s', rates[i]!, i === 0 ? null : { name: ceiling.name, samples: rates[0]! })],
        quality: [await contender.reached()],
      }),
    );
  }
  return rows;
}

async function rateOf(contender: Contender): Promise<number> {
  const { seconds } = await timed(() => contender.rounds(SAMPLE_ROUNDS));
  return SAMPLE_ROUNDS / seconds;
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
async function lassoContender(problem: LassoProblem, folder: string): Promise<Contender> {
  const { matrix, target } = await readDataset(readOptions(problem, folder));
  const options: LassoOptions = parseLassoOptions({ alpha: problem.penalties[0]!.value, intercept: false, cut: 'rows', schedule: 'random', block: BLOCK, coupling: 'independent', pipeline: 0 });
  const session = await openWorkers({ workers: WASM, workerModule, isolate: 'process' });
  const cluster = session.cluster(lassoShards(matrix, options, 0));
  const penalty = penaltyOf(options, null).at(options.alpha!);
  const [opened] = (await openProblems(cluster, matrix, samplesOf(target!, { weights: null, folds: null, center: false }), penalty, options)) as [Problem];
  await opened.start(penalty);
  const rounds = new Rounds(cluster, opened.program, matrix.columns);
  return {
    name: 'lasso',
    rounds: (count) => rounds.run(count),
    reached: async () => quality('objective by the optimum', (await opened.certify()).objective / problem.penalties[0]!.optimum),
    close: () => session.close(),
  };
}

const TOY_VARIABLES = 1000;
const TOY_SHARDS = 4;
/** As long as float64 halves exactly. */
const MOST_HALVINGS = 1000;

async function toyContender(): Promise<Contender> {
  const range = { begin: 0, end: TOY_VARIABLES };
  const draw = new RoundRobinDraw(range);
  /** Each update halves its variable, so the sums of a variable that was updated v times are known. */
  const updates = new Uint32Array(TOY_VARIABLES);
  let wrong = 0;
  const check = (id: number, sum: number) => {
    const halvings = updates[id]!++;
    if (halvings < MOST_HALVINGS && sum !== TOY_SHARDS * 2 ** -halvings) wrong++;
  };
  const program: SchedulerProgram = {
    schedule: (round) => [{ operation: 0, ids: draw.draw(round, BLOCK).sort(), values: new Float64Array(0) }],
    pull(_round, { ids }, [sums]) {
      draw.commit(ids);
      ids.forEach((id, k) => check(id, sums!.values[k]!));
      return { ids, values: sums!.values.map((sum) => -sum / (2 * TOY_SHARDS)) };
    },
  };
  const module = new URL('./toy-worker.js', import.meta.url).href;
  const session: Session = await openWorkers({ workers: WASM, workerModule: programWorker, program: { name: 'toy', module }, isolate: 'process' });
  const cluster = session.cluster(TOY_SHARDS);
  const shards = Array.from({ length: TOY_SHARDS }, () => ({ description: TOY_VARIABLES, parts: [] }));
  await cluster.load('toy', shards.map(({ description }) => description), partsOf(shards));
  const rounds = new Rounds(cluster, heldScheduler(program, { name: 'toy', range, block: BLOCK }), TOY_VARIABLES);
  return { name: 'toy program', rounds: (count) => rounds.run(count), reached: () => Promise.resolve(quality('wrong sums', wrong, 0)), close: () => session.close() };
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
  let wrong = 0;
  const rounds = (count: number) =>
    new Promise<void>((resolve) => {
      let left = count;
      let answers = 0;
      const start = () => sockets.forEach((socket) => socket.send(message));
      for (const socket of sockets) {
        socket.removeAllListeners('message');
        socket.on('message', (answer: Buffer) => {
          wrong += Number(answer.length !== BACK_BYTES);
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
  return { name: 'bare ws', rounds, reached: () => Promise.resolve(quality('wrong answers', wrong, 0)), close };
}
