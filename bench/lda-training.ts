/**
 * A topic model trained as the command does it. In: documents, options, where to train. Out: every report, and what the run cost. Every
 * training has a session of its own.
 */
import { fitLda, type LdaFit, type SweepReport } from '../models/lda/fit.js';
import { ldaShards } from '../models/lda/layout.js';
import { ldaOptionsSchema, type LdaInput, type LdaOptions } from '../models/lda/options.js';
import type { CorpusSets } from '../models/lda/distribute.js';
import { withSession } from '../models/placement.js';
import { secondsText } from './report.js';

export interface Conditions {
  /** Worker processes; null trains in the measuring process. */
  readonly workers: number | null;
  /** Longer runs end here; Infinity unless a part is just tried out. */
  readonly mostSweeps: number;
}

export type Sweep = Omit<SweepReport, 'validation' | 'test'> & {
  /** Of the test documents by document completion; null where there are none. */
  readonly perplexity: number | null;
};

export interface Training extends Pick<LdaFit, 'sampler' | 'sweeps' | 'seconds' | 'wallSeconds' | 'bytesPerWorker' | 'bytesMovedPerSweep'> {
  readonly options: LdaOptions;
  readonly workers: number | null;
  readonly history: readonly Sweep[];
}

export async function train(sets: CorpusSets, input: LdaInput & { readonly sweeps: number }, { workers, mostSweeps }: Conditions): Promise<Training> {
  const sweeps = Math.min(input.sweeps, mostSweeps);
  const options = ldaOptionsSchema.parse({ ...input, sweeps, ...(input.burnIn !== undefined && { burnIn: Math.min(input.burnIn, sweeps - 1) }) });
  const fit = await withSession(workers === null ? {} : { workers, engine: 'wasm' }, (session) => fitLda(session.cluster(ldaShards(sets.train.tokens)), sets, options));
  const { sampler, seconds, wallSeconds, bytesPerWorker, bytesMovedPerSweep } = fit;
  const training = { options, workers, sampler, sweeps: fit.sweeps, seconds, wallSeconds, bytesPerWorker, bytesMovedPerSweep, history: fit.history.map(sweepOf) };
  process.stderr.write(`${progress(training)}\n`);
  return training;
}

function sweepOf({ sweep, seconds, wallSeconds, tokensPerSecond, logLikelihoodPerToken, sError, test }: SweepReport): Sweep {
  return { sweep, seconds, wallSeconds, tokensPerSecond, logLikelihoodPerToken, sError, perplexity: test && test.perplexity };
}

function progress({ options: { topics, strategy, seed }, workers, sampler, sweeps, seconds, wallSeconds, history }: Training): string {
  const { perplexity } = history.at(-1)!;
  const where = workers === null ? 'in process' : `${workers} worker(s)`;
  const judged = perplexity === null ? '' : `, perplexity ${perplexityText(perplexity)}`;
  return `${topics} topics, ${sampler}, ${strategy}, seed ${seed}, ${where}: ${sweeps} sweeps in ${secondsText(seconds)} s (all: ${secondsText(wallSeconds)} s)${judged}`;
}

/** The report after a sweep, where the run got as far. */
export function after({ history }: Training, sweep: number): Sweep | undefined {
  return history.find((report) => report.sweep === sweep);
}

/** The first report with a perplexity of at most this. */
export function firstWithin({ history }: Training, most: number): Sweep | undefined {
  return history.find(({ perplexity }) => perplexity !== null && perplexity <= most);
}

export function perplexityText(perplexity: number | null): string {
  return perplexity === null ? '-' : perplexity.toFixed(1);
}

export function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
