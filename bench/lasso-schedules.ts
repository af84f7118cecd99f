/**
 * Does a dynamic schedule pay in seconds? Time to multiples of the optimum of the Lasso's schedules and of a serial coordinate descent, all in
 * one process and one thread, on two problems at alpha 1e-6 without intercept; then from which work per round on the working set is
 * faster than the serial loop, on the first columns of the larger problem.
 *
 * The clock starts when the data are in place (shards loaded, moments known; the loop's columns in its memory) and shows
 * when coefficients were committed whose objective meets the target.
 */
import { Lasso } from '../models/index.js';
import { readDataset } from '../src/data/read.js';
import { firstColumns, readColumns, type SparseColumns } from './columns.js';
import { missingFiles, problemsNamed, readOptions, type LassoProblem } from './problems.js';
import { dataOf } from './runner/arguments.js';
import type { Benchmark, Context, Scale } from './runner/benchmark.js';
import { amountRow, quality, speed, speedRow, type Row, type Table } from './runner/result.js';
import { scheduledDescent, type ScheduleOptions } from './scheduled.js';
import { serialDescent, type SparseProblem } from './serial.js';
import { timesTo } from './trace.js';

const FACTORS = [1.5, 1.1, 1.01, 1.001];
const SUBSETS: Readonly<Record<Scale, readonly number[]>> = { small: [1000, 5000, 20_000], large: [500, 1000, 2500, 5000, 10_000, 20_000] };
const SUBSETS_OF = 'chain';
const ALPHA = 1e-6;
const THRESHOLD = 0.1;
const BLOCK = 64;
/** A run that takes longer is cut off, and one to warm up sooner. */
const PATIENCE_SECONDS: Readonly<Record<Scale, number>> = { small: 2, large: 6 };
const WARM_UP_SECONDS = 0.5;

interface Method {
  readonly name: string;
  /** Null: the serial loop. */
  readonly schedule: ScheduleOptions | null;
}

const SERIAL: Method = { name: 'serial loop', schedule: null };
const WORKING_SET: Method = { name: 'working set', schedule: { schedule: 'working-set' } };
const BLOCK_SCHEDULES: readonly Method[] = [
  { name: 'random', schedule: { schedule: 'random', block: BLOCK } },
  { name: 'priority', schedule: { schedule: 'priority', block: BLOCK } },
  { name: `priority, filter ${THRESHOLD}`, schedule: { schedule: 'priority', block: BLOCK, dependencyThreshold: THRESHOLD } },
];

/** One run: seconds to each factor, null where it was cut off before; and how low it came in the end. */
interface Run {
  readonly times: readonly (number | null)[];
  readonly reached: number;
}

export const lassoSchedules: Benchmark = {
  name: 'lasso-schedules',
  about: `Seconds to multiples of the Lasso's optimum by each schedule and by a serial loop, at alpha ${ALPHA} without intercept; one process, one thread, wasm.`,
  needsData: true,
  usesEngine: false,
  async run(context) {
    const folder = dataOf(context.data!, 'lasso');
    const missing: string[] = [];
    const tables: Table[] = [];
    for (const problem of problemsNamed(['lasso500by1K', SUBSETS_OF])) {
      const absent = missingFiles(problem, folder);
      if (absent.length > 0) {
        missing.push(`${problem.name}: no ${absent.join(', ')} in the data folder`);
        continue;
      }
      const data = await load(problem, folder);
      const note = `Blocks of ${BLOCK}; runs are cut off after ${PATIENCE_SECONDS[context.scale]} s. The serial loop is cyclic coordinate descent in float64 WebAssembly, by the function that also serves the working set. Ratios: how many times faster than the serial loop.`;
      tables.push({ title: `${problem.name}: ${data.columns.count} columns, ${data.columns.values.length} nonzeros`, note, rows: await compare(context, problem.name, data, [...BLOCK_SCHEDULES, WORKING_SET]) });
      if (problem.name === SUBSETS_OF) tables.push(await compareSubsets(context, data));
    }
    return { tables, missing };
  },
};

async function load(problem: LassoProblem, from: string): Promise<SparseProblem> {
  const { matrix, target } = await readDataset(readOptions(problem, from));
  const columns = await readColumns(matrix);
  await matrix.close();
  return { columns: columns as SparseColumns, target: target!, alpha: ALPHA };
}

async function compareSubsets(context: Context, { columns, target, alpha }: SparseProblem): Promise<Table> {
  const rows: Row[] = [];
  for (const count of SUBSETS[context.scale]) rows.push(...(await compare(context, `first ${count} columns`, { columns: firstColumns(columns, count), target, alpha }, [WORKING_SET])));
  return { title: `From which work per round on: first columns of ${SUBSETS_OF}`, note: 'A round of either passes over all nonzeros.', rows };
}

/** From a run to far below the smallest gap that is measured. */
async function optimumOf({ columns, target, alpha }: SparseProblem): Promise<number> {
  const X = { rows: columns.rows, columns: columns.count, columnStarts: columns.starts, rowIds: columns.rowIds, values: columns.values };
  const { model } = await new Lasso({ alpha, intercept: false, tol: 1e-12 }).fit(X, target);
  return model.summary.objective;
}

/** All methods and the serial loop by turns, after one run each to warm up. */
async function compare(context: Context, name: string, data: SparseProblem, methods: readonly Method[]): Promise<Row[]> {
  const optimum = await optimumOf(data);
  const all = [SERIAL, ...methods];
  const runs = all.map((): Run[] => []);
  for (const method of all) await descend(method, data, optimum, WARM_UP_SECONDS);
  for (let k = 0; k < context.repeats; k++) for (const [i, method] of all.entries()) runs[i]!.push(await descend(method, data, optimum, PATIENCE_SECONDS[context.scale]));
  context.say(`${name}: measured`);
  return all.map((method, i) => rowOf(name, method, runs[i]!, runs[0]!));
}

async function descend({ schedule }: Method, data: SparseProblem, optimum: number, patience: number): Promise<Run> {
  const targets = FACTORS.map((factor) => factor * optimum);
  const last = targets.at(-1)!;
  const trace = schedule ? await scheduledDescent(data, schedule, last, patience) : serialDescent(data, last, patience);
  const reached = trace.reduce((least, { objective }) => Math.min(least, objective), Infinity);
  return { times: timesTo(trace, targets), reached: Number.isFinite(reached) ? reached / optimum : 1e9 };
}

/** A speed for each factor that every run reached. */
function rowOf(name: string, method: Method, runs: readonly Run[], serial: readonly Run[]): Row {
  const reached = quality('objective by the optimum', Math.max(...runs.map((run) => run.reached)), FACTORS.at(-1)!);
  const speeds = FACTORS.flatMap((factor, k) => {
    const samples = timesAt(runs, k);
    const baseline = method === SERIAL ? null : timesAt(serial, k);
    return samples === null ? [] : [speed(`to ${factor} ×`, 's', samples, baseline && { name: SERIAL.name, samples: baseline })];
  });
  const [first, ...rest] = speeds;
  return first ? speedRow({ case: name, who: method.name, speeds: [first, ...rest], quality: [reached] }) : amountRow({ case: name, who: method.name, amounts: [], quality: [reached] });
}

/** Null where some run was cut off before. */
function timesAt(runs: readonly Run[], k: number): number[] | null {
  const times = runs.flatMap((run) => run.times[k] ?? []);
  return times.length === runs.length ? times : null;
}
