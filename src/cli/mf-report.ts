/** What strads train mf says, sweep by sweep and at the end: fields for programs, text for people. */
import type { SetErrors } from '../../models/mf/evaluate.js';
import type { MfFit, MfStopped, SweepReport } from '../../models/mf/fit.js';
import { scheduleOf, usesMean, type MfOptions } from '../../models/mf/options.js';
import { byteSize, counted, grouped } from '../report/numbers.js';
import type { Fields, Reporter } from '../report/reporter.js';
import type { MemberTally } from '../runtime/cluster.js';
import { savedLine, workerFields, workerLine } from './tally.js';

/** Where a run was and what became of it. */
export interface MfRunFacts {
  readonly tally: readonly MemberTally[];
  readonly shards: number;
  /** Test ratings whose user or item has no training rating. */
  readonly unseen: number;
  readonly reproducible: boolean;
  /** Since the command began. */
  readonly wallSeconds: number;
  readonly out: string | undefined;
}

/** A way to judge a set of ratings. */
interface Measure {
  readonly label: string;
  /** Behind the name of the set, a field of the report. */
  readonly field: string;
  of(errors: SetErrors): number | undefined;
}

const OF_RATINGS: readonly Measure[] = [
  { label: 'RMSE', field: 'Rmse', of: ({ rmse }) => rmse },
  { label: 'MAE', field: 'Mae', of: ({ mae }) => mae },
];
const OF_CHOICES: readonly Measure[] = [
  { label: 'NDCG@10', field: 'Ndcg', of: ({ ndcg }) => ndcg },
  { label: 'recall@10', field: 'Recall', of: ({ recall }) => recall },
];

function measuresOf({ implicit }: MfOptions): readonly Measure[] {
  return implicit ? OF_CHOICES : OF_RATINGS;
}

type Judged = readonly [name: string, errors: SetErrors];

/** What is judged, by name, the most telling last; recommendations are judged on what was held out alone. */
function judgedSets({ train, validation, test }: SweepReport, { implicit }: MfOptions): Judged[] {
  const sets = { train: implicit ? null : train, validation, test };
  return Object.entries(sets).flatMap(([name, errors]) => (errors === null ? [] : [[name, errors] as const]));
}

export function reportSweep(reporter: Reporter, report: SweepReport, options: MfOptions): void {
  const { sweep, objective, seconds, wallSeconds, ratingsPerSecond } = report;
  reporter.step('sweep', { sweep, objective, ...errorFields(report, options), seconds, wallSeconds, ratingsPerSecond }, sweepLine(report, options));
}

/** "sweep 3/15 · objective 51213.42 · train RMSE 0.8921 · test RMSE 0.9402 MAE 0.7411 · 1,204,000 ratings/s · 12.3 s" */
function sweepLine(report: SweepReport, options: MfOptions): string {
  const { sweep, objective, ratingsPerSecond, wallSeconds } = report;
  const sets = judgedSets(report, options).map((judged, at, { length }) => describeErrors(judged, options, at === length - 1));
  return [`sweep ${sweep}/${options.sweeps}`, `objective ${objective.toPrecision(7)}`, ...sets, `${grouped(Math.round(ratingsPerSecond))} ratings/s`, `${wallSeconds.toFixed(1)} s`].join(' · ');
}

/** By all measures, or by the first alone, which keeps the line short. */
function describeErrors([name, errors]: Judged, options: MfOptions, inFull: boolean): string {
  const measures = measuresOf(options).slice(0, inFull ? undefined : 1);
  return [name, ...measures.map(({ label, of }) => `${label} ${shown(of(errors))}`)].join(' ');
}

export function reportMf(reporter: Reporter, fit: MfFit, options: MfOptions, facts: MfRunFacts): void {
  reporter.result('done', runFields(fit, options, facts), runLines(fit, options, facts).join('\n'));
}

/** trainRmse, trainMae, testRmse, … */
function errorFields(report: SweepReport, options: MfOptions): Fields {
  return Object.fromEntries(judgedSets(report, options).flatMap(([name, errors]) => measuresOf(options).map(({ field, of }) => [name + field, of(errors)])));
}

function runFields(fit: MfFit, options: MfOptions, { tally, shards, unseen, reproducible, wallSeconds, out }: MfRunFacts): Fields {
  const { best, sweeps, stopped, seconds, bytesPerWorker, bytesMovedPerSweep } = fit;
  const { algorithm, rank, lambda, seed } = options;
  return {
    model: 'mf',
    algorithm,
    schedule: scheduleOf(options),
    rank,
    lambda,
    seed,
    ...workerFields(tally, shards),
    ratings: best.train.count,
    unseenTestRatings: unseen,
    objective: best.objective,
    ...errorFields(best, options),
    sweeps,
    bestSweep: best.sweep,
    stopped,
    seconds,
    fitSeconds: fit.wallSeconds,
    wallSeconds,
    ratingsPerSecond: speedOf(fit),
    bytesPerWorker,
    mostBytesPerWorker: Math.max(...bytesPerWorker),
    bytesMovedPerSweep,
    reproducible,
    out: out ?? null,
  };
}

const ENDINGS: Readonly<Record<MfStopped, string>> = {
  sweeps: 'done',
  converged: 'done, as the objective hardly falls any more',
  validation: 'stopped early, as the validation no longer gets better',
  interrupted: 'interrupted',
};

function runLines(fit: MfFit, options: MfOptions, { tally, shards, unseen, wallSeconds, out }: MfRunFacts): string[] {
  const { best, sweeps, stopped, seconds, bytesPerWorker, bytesMovedPerSweep } = fit;
  const kept = best.sweep < sweeps ? `, kept that of sweep ${best.sweep}` : '';
  return [
    `${ENDINGS[stopped]}: ${options.algorithm} (${scheduleOf(options)}) at rank ${options.rank}, objective ${best.objective.toPrecision(7)} after ${counted(sweeps, 'sweep')}${kept}`,
    ...errorTable(best, options),
    ...(unseen === 0 ? [] : [`  ${counted(unseen, 'test rating')} of users or items without training ratings: predicted by ${fallback(options)}`]),
    `  ${counted(sweeps, 'sweep')} in ${seconds.toFixed(2)} s, ${grouped(Math.round(speedOf(fit)))} ratings/s (${fit.wallSeconds.toFixed(2)} s with distributing and evaluating, ${wallSeconds.toFixed(2)} s with reading and starting)`,
    `  ${byteSize(bytesMovedPerSweep)} moved a sweep; the ${bytesPerWorker.length === 1 ? 'worker' : 'workers'} held at most ${bytesPerWorker.map(byteSize).join(', ')}`,
    `  ${workerLine(tally, shards)}`,
    `  ${savedLine(out)}`,
  ];
}

/** Ratings a second over all sweeps, those after the best as well. */
function speedOf({ history }: MfFit): number {
  return history.at(-1)!.ratingsPerSecond;
}

/** What predicts for those that training has not seen. */
function fallback(options: MfOptions): string {
  if (options.biases) return usesMean(options) ? 'the mean and the biases' : 'the biases';
  return usesMean(options) ? 'the mean' : '0';
}

const NAME_WIDTH = 12;
const CELL_WIDTH = 11;

function errorTable(report: SweepReport, options: MfOptions): string[] {
  const sets = judgedSets(report, options);
  if (sets.length === 0) return [];
  const measures = measuresOf(options);
  const line = (name: string, cells: readonly string[]) => `  ${name.padEnd(NAME_WIDTH)}${cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')}`;
  const header = line('', [...measures.map(({ label }) => label), 'ratings']);
  return [header, ...sets.map(([name, errors]) => line(name, [...measures.map(({ of }) => shown(of(errors))), grouped(errors.count)]))];
}

/** A set without anything to judge has no number. */
function shown(error: number | undefined): string {
  return error === undefined || Number.isNaN(error) ? '–' : error.toFixed(4);
}
