/**
 * Does a dynamic schedule pay in seconds? Time to 1.5, 1.1, 1.01 and 1.001 times the optimum of the Lasso's schedules and of a serial
 * coordinate descent, all in this process and one thread, on two problems at alpha 1e-6 without intercept; then from which
 * work per round on the working set is faster than the serial loop, on the first columns of the larger problem.
 *
 *   node dist/bench/seconds-to.js <folder with the data sets> [repetitions]
 *
 * The clock starts when the data are in place (shards loaded, moments known; the loop's columns in its memory) and shows
 * when coefficients were committed whose objective meets the target. Writes bench/results/seconds-to.
 */
import { Lasso } from '../models/index.js';
import { readDataset } from '../src/data/read.js';
import { firstColumns, readColumns, type SparseColumns } from './columns.js';
import { missingFiles, problemsNamed, readOptions, type LassoProblem } from './problems.js';
import { fail, median, provenance, secondsText, table, writeReport } from './report.js';
import { scheduledDescent, type ScheduleOptions } from './scheduled.js';
import { serialDescent, type SparseProblem } from './serial.js';
import { timesTo, type Moment } from './trace.js';

const FACTORS = [1.5, 1.1, 1.01, 1.001];
const BLOCKS = [64, 256];
const SUBSETS = [500, 1000, 2500, 5000, 10_000, 20_000];
const SUBSETS_OF = 'chain';
const ALPHA = 1e-6;
const THRESHOLD = 0.1;
/** A run that takes longer is cut off, and one to warm up sooner. */
const PATIENCE_SECONDS = 6;
const WARM_UP_SECONDS = 2;

interface Method {
  readonly name: string;
  /** Null: the serial loop. */
  readonly schedule: ScheduleOptions | null;
}

const BLOCK_SCHEDULES: readonly Method[] = [
  { name: 'random', schedule: { schedule: 'random' } },
  { name: 'priority', schedule: { schedule: 'priority' } },
  { name: `priority, filter ${THRESHOLD}`, schedule: { schedule: 'priority', dependencyThreshold: THRESHOLD } },
];
const WORKING_SET: Method = { name: 'working set', schedule: { schedule: 'working-set' } };
const SERIAL: Method = { name: 'serial loop', schedule: null };

/** Seconds to each factor; null where the run was cut off before. */
type Times = readonly (number | null)[];

interface Measured {
  readonly method: string;
  readonly block: number | null;
  /** Median over the repetitions. */
  readonly times: Times;
}

interface Comparison {
  readonly problem: string;
  readonly columns: number;
  readonly entries: number;
  readonly optimum: number;
  readonly measured: readonly Measured[];
  /** One run at each block size, from which the block of `measured` was chosen. */
  readonly trials: readonly Measured[];
}

const [folder, repetitionCount = '5'] = process.argv.slice(2);
if (folder === undefined || !(Number(repetitionCount) >= 1)) fail('usage: node dist/bench/seconds-to.js <folder with the data sets> [repetitions]');
const repetitions = Number(repetitionCount);
const missing: string[] = [];
const compared: Comparison[] = [];
const subsets: Comparison[] = [];
for (const problem of problemsNamed(['lasso500by1K', 'chain'])) {
  const absent = missingFiles(problem, folder);
  if (absent.length > 0) {
    missing.push(`${problem.name}: no ${absent.join(', ')} in the data folder`);
    continue;
  }
  const data = await load(problem, folder);
  compared.push(await compare(problem.name, data));
  if (problem.name === SUBSETS_OF) for (const count of SUBSETS) subsets.push(await compareSubset(data, count));
}
report();

async function load(problem: LassoProblem, from: string): Promise<SparseProblem> {
  const { matrix, target } = await readDataset(readOptions(problem, from));
  const columns = await readColumns(matrix);
  await matrix.close();
  return { columns: columns as SparseColumns, target: target!, alpha: ALPHA };
}

/** From a run to far below the smallest gap that is measured. */
async function optimumOf({ columns, target, alpha }: SparseProblem): Promise<number> {
  const X = { rows: columns.rows, columns: columns.count, columnStarts: columns.starts, rowIds: columns.rowIds, values: columns.values };
  const { model } = await new Lasso({ alpha, intercept: false, tol: 1e-12 }).fit(X, target);
  return model.summary.objective;
}

async function compare(name: string, data: SparseProblem): Promise<Comparison> {
  const optimum = await optimumOf(data);
  const trials: Measured[] = [];
  const measured: Measured[] = [];
  for (const method of BLOCK_SCHEDULES) {
    const tried: Measured[] = [];
    for (const block of BLOCKS) tried.push(await measure(withBlock(method, block), data, optimum, 1));
    trials.push(...tried);
    const { block } = tried.reduce((best, one) => (isFaster(one.times, best.times) ? one : best));
    measured.push(await measure(withBlock(method, block!), data, optimum, repetitions));
  }
  for (const method of [WORKING_SET, SERIAL]) measured.push(await measure(method, data, optimum, repetitions));
  return { problem: name, columns: data.columns.count, entries: data.columns.values.length, optimum, measured, trials };
}

async function compareSubset({ columns, target, alpha }: SparseProblem, count: number): Promise<Comparison> {
  const data = { columns: firstColumns(columns, count), target, alpha };
  const optimum = await optimumOf(data);
  const measured = [await measure(WORKING_SET, data, optimum, repetitions), await measure(SERIAL, data, optimum, repetitions)];
  return { problem: `${SUBSETS_OF}, first ${count}`, columns: count, entries: data.columns.values.length, optimum, measured, trials: [] };
}

function withBlock({ name, schedule }: Method, block: number): Method {
  return { name, schedule: { ...schedule, block } };
}

/** By the hardest factor that either reaches. */
function isFaster(a: Times, b: Times): boolean {
  for (let k = FACTORS.length - 1; k >= 0; k--) {
    const [own, other] = [a[k] ?? Infinity, b[k] ?? Infinity];
    if (own !== other) return own < other;
  }
  return false;
}

/** The median of `times` runs after one that warms up. */
async function measure(method: Method, data: SparseProblem, optimum: number, times: number): Promise<Measured> {
  const targets = FACTORS.map((factor) => factor * optimum);
  const last = targets.at(-1)!;
  const runs: Times[] = [];
  await descend(method, data, last, WARM_UP_SECONDS);
  while (runs.length < times) runs.push(timesTo(await descend(method, data, last, PATIENCE_SECONDS), targets));
  const middle = FACTORS.map((_, k) => median(runs.map((one) => one[k] ?? Infinity)));
  const measured = { method: method.name, block: method.schedule?.block ?? null, times: middle.map((seconds) => (Number.isFinite(seconds) ? seconds : null)) };
  process.stderr.write(`${data.columns.count} columns, ${method.name} ${measured.block ?? ''}: ${middle.map(timeText).join(' ')}\n`);
  return measured;
}

async function descend({ schedule }: Method, data: SparseProblem, target: number, patience: number): Promise<Moment[]> {
  return schedule ? scheduledDescent(data, schedule, target, patience) : serialDescent(data, target, patience);
}

function timeText(seconds: number | null): string {
  return seconds === null || seconds === Infinity ? `> ${PATIENCE_SECONDS}` : secondsText(seconds);
}

function firstAt(measured: readonly Measured[], k: number): string {
  const best = measured.reduce((first, one) => ((one.times[k] ?? Infinity) < (first.times[k] ?? Infinity) ? one : first));
  return best.method;
}

function comparisonText({ problem, columns, entries, optimum, measured, trials }: Comparison): string[] {
  const head = FACTORS.map((factor) => `${factor} ×`);
  const rows = measured.map(({ method, block, times }) => [method, String(block ?? '-'), ...times.map(timeText)]);
  const first = ['**first**', '', ...FACTORS.map((_, k) => `**${firstAt(measured, k)}**`)];
  return [
    `## ${problem}: ${columns} columns, ${entries} nonzeros, optimum ${optimum.toPrecision(9)}`,
    table(['method', 'block', ...head], [...rows, first]),
    'One run at each block size:',
    table(['method', 'block', ...head], trials.map(({ method, block, times }) => [method, String(block), ...times.map(timeText)])),
  ];
}

function subsetsText(): string[] {
  if (subsets.length === 0) return [];
  const ratio = ({ measured: [own, serial] }: Comparison, k: number) => (serial!.times[k] ?? Infinity) / (own!.times[k] ?? Infinity);
  const rows = subsets.map((subset) => {
    const [own, serial] = subset.measured;
    return [String(subset.columns), String(subset.entries), ...FACTORS.map((_, k) => `${timeText(own!.times[k]!)} / ${timeText(serial!.times[k]!)} (${ratio(subset, k).toPrecision(3)}×)`)];
  });
  const from = FACTORS.map((factor, k) => {
    const slower = subsets.findLastIndex((subset) => !(ratio(subset, k) > 1));
    const first = subsets[slower + 1];
    return `${factor} ×: ${first ? `${first.entries} nonzeros` : 'at none of these sizes'}`;
  });
  return [
    `## From which work per round on`,
    `Working set / serial loop on the first columns of ${SUBSETS_OF}; a round of either passes over all nonzeros.`,
    table(['columns', 'nonzeros', ...FACTORS.map((factor) => `${factor} ×`)], rows),
    `The working set is faster from there on: ${from.join('; ')}.`,
  ];
}

function report(): void {
  const args = ['<data>', ...(repetitions === 5 ? [] : [repetitionCount])];
  writeReport('seconds-to', provenance(`node dist/bench/seconds-to.js ${args.join(' ')}`), { alpha: ALPHA, factors: FACTORS, repetitions, patienceSeconds: PATIENCE_SECONDS, missing, compared, subsets }, [
    '# Seconds to a multiple of the optimum',
    `Lasso at alpha ${ALPHA}, no intercept; one thread, one process, wasm; median of ${repetitions} after one run to warm up. The clock starts when the data are in place and shows when coefficients were committed that meet the target. Certificates count where the schedule reads them (working set, priority). The serial loop is cyclic coordinate descent in float64 WebAssembly, by the function that also serves the working set. Runs are cut off after ${PATIENCE_SECONDS} s.`,
    ...compared.flatMap(comparisonText),
    ...subsetsText(),
    ...(missing.length > 0 ? [`Missing: ${missing.join('; ')}.`] : []),
  ]);
}
