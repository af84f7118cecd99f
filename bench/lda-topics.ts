/** What more topics cost, and where they stop helping; and how far the shards' views of the topics' totals are apart (the s-error). */
import type { LdaInput } from '../models/lda/options.js';
import { grouped, shapeText, type MeasuredSets } from './lda-sets.js';
import { after, mib, perplexityText, train, type Conditions, type Training } from './lda-training.js';
import { secondsText, table } from './report.js';

const TOPICS = [10, 30, 100, 300, 1000, 3000, 10_000];
/** Topics at which a sweep of the sampler of constant cost is compared. */
const [FEW, MANY] = [1000, 10_000];
const KOS_TOPICS = 100;
const SWEEPS = 100;
/** Sweeps of the run that is looked at after each, without test documents. */
const FIRST_SWEEPS = 5;
const ERROR_MARKS = [1, 2, 5];

export interface TopicsRow {
  readonly data: string;
  /** Reports before and after the last sweep, so that the last one tells of that sweep alone. */
  readonly whole: Training;
  /** The same run as far as FIRST_SWEEPS. */
  readonly first: Training;
}

export interface TopicsMeasured {
  readonly shape: string;
  readonly rows: readonly TopicsRow[];
  /** The sampler of constant cost where auto chooses the other one. */
  readonly mh: TopicsRow;
  readonly kos: TopicsRow;
}

export async function measureTopics(newsgroups: MeasuredSets, kos: MeasuredSets, conditions: Conditions): Promise<TopicsMeasured> {
  const rows: TopicsRow[] = [];
  for (const topics of TOPICS) rows.push(await measureRow(newsgroups, { topics }, conditions));
  return {
    shape: shapeText(newsgroups),
    rows,
    mh: await measureRow(newsgroups, { topics: FEW, sampler: 'mh' }, conditions),
    kos: await measureRow(kos, { topics: KOS_TOPICS }, conditions),
  };
}

async function measureRow(sets: MeasuredSets, input: LdaInput, conditions: Conditions): Promise<TopicsRow> {
  const evaluateEvery = Math.max(1, Math.min(SWEEPS, conditions.mostSweeps) - 1);
  const whole = await train(sets, { ...input, sweeps: SWEEPS, evaluateEvery }, conditions);
  return { data: sets.name, whole, first: await train({ ...sets, test: null }, { ...input, sweeps: FIRST_SWEEPS, evaluateEvery: 1 }, conditions) };
}

export function topicsSection({ shape, rows, mh, kos }: TopicsMeasured): string[] {
  const { workers, sweeps } = rows[0]!.whole;
  return [
    '## By number of topics',
    `${shape}.`,
    `${workers} worker processes, one run of ${sweeps} sweeps each; the sampler that auto chooses, and mh at ${grouped(FEW)} beside it. Likelihood: ln p(words, topics) by training token, joint. Seconds of sampling by sweep, mean of all. MiB held: the largest high-water mark of a worker, evaluation included.`,
    table(['topics', 'sampler', 'perplexity', 'likelihood a token', 's a sweep', 'tokens/s', 'MiB held', 'MiB moved a sweep', 's-error, sweep 2', 's-error, last'], [...rows, mh].map(resultLine)),
    conclusion(rows),
    ratio(rows, mh),
    '### s-error',
    'Mean over the sub-rounds of one sweep of how far the logical shards\' own totals are from the truth just before they are synchronized, 1/(P·M) Σ ‖s_p - s‖₁ for P shards and M tokens.',
    table(['documents', 'topics', 'sampler', ...ERROR_MARKS.map((sweep) => `sweep ${sweep}`), `sweep ${sweeps}`], [kos, ...rows, mh].map(errorLine)),
  ];
}

function resultLine({ whole, first }: TopicsRow): string[] {
  const { options, sampler, seconds, sweeps, bytesPerWorker, bytesMovedPerSweep, history } = whole;
  const last = history.at(-1)!;
  return [
    grouped(options.topics), sampler, perplexityText(last.perplexity), last.logLikelihoodPerToken.toFixed(3), secondsText(seconds / sweeps), grouped(Math.round(last.tokensPerSecond)),
    mib(Math.max(...bytesPerWorker)), mib(bytesMovedPerSweep), errorAfter(first, 2), errorText(last.sError),
  ];
}

function errorLine({ data, whole, first }: TopicsRow): string[] {
  return [data, grouped(whole.options.topics), whole.sampler, ...ERROR_MARKS.map((sweep) => errorAfter(first, sweep)), errorText(whole.history.at(-1)!.sError)];
}

/** "After 100 sweeps the lowest perplexity is 1070.0, at 1,000 topics; …" */
function conclusion(rows: readonly TopicsRow[]): string {
  const perplexityOf = ({ whole }: TopicsRow) => whole.history.at(-1)!.perplexity!;
  const lowest = rows.reduce((least, row) => (perplexityOf(row) < perplexityOf(least) ? row : least));
  const beyond = rows.filter(({ whole }) => whole.options.topics > lowest.whole.options.topics);
  const cost = beyond.map((row) => `${grouped(row.whole.options.topics)} topics ${perplexityText(perplexityOf(row))}`);
  return `After ${lowest.whole.sweeps} sweeps the lowest perplexity is ${perplexityText(perplexityOf(lowest))}, at ${grouped(lowest.whole.options.topics)} topics${cost.length === 0 ? '' : `; more don't help: ${cost.join(', ')}`}.`;
}

function ratio(rows: readonly TopicsRow[], few: TopicsRow): string {
  const many = rows.find(({ whole }) => whole.options.topics === MANY)!;
  const [small, large] = [few, many].map(({ whole: { seconds, sweeps } }) => seconds / sweeps) as [number, number];
  return `A sweep of mh takes ${secondsText(small)} s at ${grouped(FEW)} topics and ${secondsText(large)} s at ${grouped(MANY)}: ${(large / small).toFixed(2)} times as long.`;
}

function errorAfter(training: Training, sweep: number): string {
  const report = after(training, sweep);
  return report ? errorText(report.sError) : '-';
}

function errorText(error: number): string {
  return error.toFixed(4);
}
