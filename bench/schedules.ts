/**
 * Seconds and rounds of the Lasso's schedules to 1.5, 1.1, 1.01 and 1.001 times the optimum. What is committed is logged with
 * its time while a fit runs, and replayed afterwards in float64: measuring the objective costs the run nothing.
 *
 *   node dist/bench/schedules.js <folder with the data sets> [workers] [cases] [blocks] [pipeline]
 *
 * Workers: 0 runs one inside this process. Cases: schedule[:threshold][:independent], separated by commas, at each of the blocks.
 */
import { join } from 'node:path';
import { parseLassoOptions } from '../models/lasso/estimator.js';
import { fitLasso } from '../models/lasso/fit.js';
import type { LassoInput } from '../models/lasso/options.js';
import { workerModule, workerPrograms } from '../models/workers.js';
import type { Dataset } from '../src/data/dataset.js';
import { readDataset } from '../src/data/read.js';
import type { Commit } from '../src/program.js';
import { openInProcess, openProcesses, type Session } from '../src/runtime/session.js';

interface Problem {
  readonly name: string;
  readonly matrix: string;
  readonly target: string;
  /** At alpha 1e-6, no intercept. */
  readonly optimum: number;
}

const ALPHA = 1e-6;
const PROBLEMS: readonly Problem[] = [
  { name: 'lasso500by1K', matrix: 'lasso500by1K/lasso500by1K.X.mmt.gz', target: 'lasso500by1K/lasso500by1K.Y.mmt.gz', optimum: 3.97416e-5 },
  { name: 'chain', matrix: 'chain/chain.X.mtx.gz', target: 'chain/chain.Y.mtx.gz', optimum: 7.6295e-6 },
];
const FACTORS = [1.5, 1.1, 1.01, 1.001];
/** A case that takes longer is cut off. */
const PATIENCE_SECONDS = 20;

const [folder, workers = '0', cases = 'random,priority,priority:0.1', blocks = '64,256', pipeline = '0'] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node dist/bench/schedules.js <folder with the data sets> [workers] [cases] [blocks] [pipeline]\n');
  process.exit(2);
}

process.stdout.write(`| problem | schedule | block | ${FACTORS.map((factor) => `${factor} s (rounds)`).join(' | ')} | rounds/s | updates/round |\n|---|---|---|---|---|---|---|---|---|\n`);
for (const problem of PROBLEMS) {
  const dataset = await readDataset({ data: join(folder, problem.matrix), target: join(folder, problem.target) });
  const columns = await columnsOf(dataset);
  for (const block of blocks.split(',').map(Number)) {
    for (const name of cases.split(',')) {
      const line = await measure(problem, dataset, columns, name, block);
      process.stdout.write(`| ${problem.name} | ${name} | ${block} | ${line} |\n`);
    }
  }
}

/** A commit, when it happened, in seconds since the data were in memory. */
interface Entry {
  readonly seconds: number;
  readonly commit: Commit;
}

interface Columns {
  readonly rows: readonly number[][];
  readonly values: readonly number[][];
  readonly target: Float64Array;
}

async function columnsOf({ matrix, target }: Dataset): Promise<Columns> {
  const rows: number[][] = Array.from({ length: matrix.columns }, () => []);
  const values: number[][] = Array.from({ length: matrix.columns }, () => []);
  for await (const chunk of matrix.chunks()) {
    if (chunk.kind !== 'sparse') throw new TypeError('the problems of this measurement are sparse');
    for (let e = 0; e < chunk.rows.length; e++) {
      rows[chunk.columns[e]!]!.push(chunk.rows[e]!);
      values[chunk.columns[e]!]!.push(chunk.values[e]!);
    }
  }
  return { rows, values, target: target! };
}

function optionsOf(name: string, block: number): LassoInput {
  const [schedule, ...rest] = name.split(':');
  const threshold = rest.find((part) => Number(part) > 0);
  return {
    alpha: ALPHA,
    intercept: false,
    tol: 1e-7,
    maxRounds: 1e6,
    schedule: schedule as NonNullable<LassoInput['schedule']>,
    ...(schedule === 'working-set' ? {} : { block, pipeline: Number(pipeline) }),
    ...(threshold === undefined ? {} : { dependencyThreshold: Number(threshold) }),
    coupling: rest.includes('independent') ? 'independent' : 'exact',
  };
}

function open(): Promise<Session> {
  return workers === '0' ? openInProcess(workerPrograms) : openProcesses({ workers: [{ engine: 'wasm', count: Number(workers) }], workerModule });
}

async function measure({ optimum }: Problem, { matrix, target }: Dataset, columns: Columns, name: string, block: number): Promise<string> {
  const session = await open();
  try {
    const cluster = session.cluster(4);
    const log: Entry[] = [];
    const certificates: { seconds: number; rounds: number; objective: number }[] = [];
    const start = performance.now();
    const commit = cluster.commit.bind(cluster);
    cluster.commit = (committed) => {
      log.push({ seconds: (performance.now() - start) / 1000, commit: committed });
      commit(committed);
    };
    let best = Infinity;
    const fit = await fitLasso(cluster, { matrix, target: target! }, parseLassoOptions(optionsOf(name, block)), {
      progress: ({ seconds, rounds, objective }) => {
        certificates.push({ seconds, rounds, objective });
        best = objective;
      },
      shouldStop: () => best < 1.0009 * optimum || performance.now() - start > 1000 * PATIENCE_SECONDS,
    });
    const trace = name === 'working-set' ? certificates : replay(columns, log);
    const reached = FACTORS.map((factor) => trace.find(({ objective }) => objective <= factor * optimum));
    const updates = log.reduce((sum, { commit: { ids } }) => sum + ids.length, 0);
    const rounds = Math.max(1, fit.rounds);
    return [...reached.map((at) => (at ? `${at.seconds.toFixed(3)} (${at.rounds})` : '-')), (rounds / fit.seconds).toFixed(0), (updates / rounds).toFixed(1)].join(' | ');
  } finally {
    await session.close();
  }
}

/** Objective after every commit, in float64. */
function replay({ rows, values, target }: Columns, log: readonly Entry[]): { seconds: number; rounds: number; objective: number }[] {
  const residual = target.slice();
  const beta = new Float64Array(rows.length);
  let norm = 0;
  return log.map(({ seconds, commit: { ids, values: steps } }, round) => {
    for (let k = 0; k < ids.length; k++) {
      const j = ids[k]!;
      norm += Math.abs(beta[j]! + steps[k]!) - Math.abs(beta[j]!);
      beta[j]! += steps[k]!;
      for (let e = 0; e < rows[j]!.length; e++) residual[rows[j]![e]!]! -= steps[k]! * values[j]![e]!;
    }
    let squares = 0;
    for (const r of residual) squares += r * r;
    return { seconds, rounds: round + 1, objective: squares / (2 * residual.length) + ALPHA * norm };
  });
}
