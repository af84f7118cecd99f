/** KOS at 100 topics: the perplexity after so many sweeps, median of some seeds, and the time to a perplexity that others publish. */
import type { LdaInput } from '../models/lda/options.js';
import { shapeText, type MeasuredSets } from './lda-sets.js';
import { after, firstWithin, perplexityText, train, type Conditions, type Sweep, type Training } from './lda-training.js';
import { median, secondsText, table } from './report.js';

const TOPICS = 100;
const SEEDS = [0, 1, 2];
/** What tomotopy reaches after 200 sweeps on this split. */
const TARGET = 1406;

interface Setting {
  readonly name: string;
  readonly input: LdaInput & { readonly sweeps: number };
  /** Sweeps to look at, and the perplexity that is to be reached there. */
  readonly marks: readonly { readonly sweep: number; readonly goal: number | null }[];
}

const LEARNED: LdaInput = { sampler: 'exact', optimizeHyperparameters: true, burnIn: 50 };

const SETTINGS: readonly Setting[] = [
  { name: 'exact', input: { sampler: 'exact', sweeps: 200 }, marks: [{ sweep: 50, goal: null }, { sweep: 200, goal: 1430 }] },
  { name: 'exact, priors learned', input: { ...LEARNED, sweeps: 200 }, marks: [{ sweep: 200, goal: 1385 }] },
  { name: 'exact, priors learned', input: { ...LEARNED, sweeps: 400 }, marks: [{ sweep: 400, goal: 1385 }] },
  { name: 'mh', input: { sampler: 'mh', sweeps: 200 }, marks: [{ sweep: 200, goal: null }] },
];

export interface KosRow extends Setting {
  /** By worker processes, one a seed. */
  readonly bySeed: readonly Training[];
  /** The first seed again, in the measuring process. */
  readonly inProcess: Training;
}

export interface KosMeasured {
  readonly shape: string;
  readonly workers: number | null;
  readonly rows: readonly KosRow[];
}

export async function measureKos(sets: MeasuredSets, conditions: Conditions): Promise<KosMeasured> {
  const rows: KosRow[] = [];
  for (const setting of SETTINGS) {
    const input = { topics: TOPICS, ...setting.input };
    const bySeed: Training[] = [];
    for (const seed of SEEDS) bySeed.push(await train(sets, { ...input, seed }, conditions));
    rows.push({ ...setting, bySeed, inProcess: await train(sets, { ...input, seed: SEEDS[0]! }, { ...conditions, workers: null }) });
  }
  return { shape: shapeText(sets), workers: conditions.workers, rows };
}

export function kosSection({ shape, workers, rows }: KosMeasured): string[] {
  return [
    `## KOS at ${TOPICS} topics`,
    `${shape}.`,
    `${workers} worker processes, median of ${SEEDS.length} seeds with the smallest and the largest in brackets. An evaluation after every tenth sweep; priors are learned from sweep 50 on. Seconds of sampling, and of all from documents in memory on: distributing and evaluations.`,
    table(['sampler', 'sweeps', 'perplexity', 'at most', 'sampling s', 'all s'], rows.flatMap(resultLines)),
    `Time to the first evaluation with a perplexity of at most ${TARGET}; in one process with seed ${SEEDS[0]} alone.`,
    table(['sampler', 'sweeps of the run', `${workers} workers: at sweep`, 'sampling s', 'all s', 'one process: at sweep', 'sampling s', 'all s'], rows.map(timeLine)),
    `Perplexities of seed ${SEEDS[0]} in one process and by ${workers} workers: ${rows.every(isSame) ? 'the same bits' : '**not the same**'}.`,
  ];
}

function resultLines({ name, marks, bySeed }: KosRow): string[][] {
  return marks.flatMap(({ sweep, goal }) => {
    const reports = bySeed.flatMap((training) => after(training, sweep) ?? []);
    if (reports.length === 0) return [[name, String(sweep), '-', '-', '-', '-']];
    const middle = median(reports.map(perplexityOf));
    const aim = goal === null ? '-' : `${goal}${middle <= goal ? '' : ' **missed**'}`;
    return [[name, String(sweep), spread(reports.map(perplexityOf), perplexityText), aim, ...timesOf(reports)]];
  });
}

function timeLine({ name, input, bySeed, inProcess }: KosRow): string[] {
  const reached = bySeed.flatMap((training) => firstWithin(training, TARGET) ?? []);
  const alone = firstWithin(inProcess, TARGET);
  return [name, String(input.sweeps), ...timeCells(reached, bySeed.length), ...timeCells(alone ? [alone] : [], 1)];
}

function timeCells(reached: readonly Sweep[], runs: number): string[] {
  if (reached.length === 0) return ['not reached', '-', '-'];
  const some = reached.length < runs ? `, ${reached.length} of ${runs} seeds` : '';
  return [`${median(reached.map(({ sweep }) => sweep))}${some}`, ...timesOf(reached)];
}

function timesOf(reports: readonly Sweep[]): [string, string] {
  return [spread(reports.map(({ seconds }) => seconds), secondsText), spread(reports.map(({ wallSeconds }) => wallSeconds), secondsText)];
}

function spread(values: readonly number[], text: (value: number) => string): string {
  const middle = text(median(values));
  return values.length === 1 ? middle : `${middle} (${text(Math.min(...values))} … ${text(Math.max(...values))})`;
}

function perplexityOf({ perplexity }: Sweep): number {
  return perplexity!;
}

function isSame({ bySeed: [first], inProcess }: KosRow): boolean {
  return first!.history.every(({ perplexity }, at) => perplexity === inProcess.history[at]!.perplexity);
}
