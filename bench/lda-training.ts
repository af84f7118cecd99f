/**
 * A topic model trained as the command does it. In: documents, options, where to train. Out: every report, and what the run cost. Every
 * training has a session of its own.
 */
import { fitLda, type LdaFit, type SweepReport } from '../models/lda/fit.js';
import { ldaShards } from '../models/lda/layout.js';
import { ldaOptionsSchema, type LdaInput, type LdaOptions } from '../models/lda/options.js';
import type { CorpusSets } from '../models/lda/distribute.js';
import { withSession } from '../models/placement.js';
import type { Context } from './runner/benchmark.js';
import type { EngineRequest } from '../src/engine/choose-engine.js';

export interface Conditions {
  /** How many; null trains in the measuring process. */
  readonly workers: number | null;
  readonly engine: EngineRequest;
  /** A training ends after the first evaluation with a perplexity of at most this; 0 lets it go on. */
  readonly enough: number;
}

export function conditionsOf({ workers, engine: { kind } }: Pick<Context, 'workers' | 'engine'>): Conditions {
  return { workers, engine: kind, enough: 0 };
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

export async function train(sets: CorpusSets, input: LdaInput & { readonly sweeps: number }, { workers, engine, enough }: Conditions): Promise<Training> {
  const options = ldaOptionsSchema.parse(input);
  let isEnough = false;
  const observer = {
    swept: ({ test }: SweepReport) => void (isEnough = test !== null && test.perplexity <= enough),
    shouldStop: () => isEnough,
  };
  const fit = await withSession(workers === null ? {} : { workers, engine }, (session) => fitLda(session.cluster(ldaShards(sets.train.tokens)), sets, options, observer));
  const { sampler, seconds, wallSeconds, bytesPerWorker, bytesMovedPerSweep } = fit;
  return { options, workers, sampler, sweeps: fit.sweeps, seconds, wallSeconds, bytesPerWorker, bytesMovedPerSweep, history: fit.history.map(sweepOf) };
}

function sweepOf({ sweep, seconds, wallSeconds, tokensPerSecond, logLikelihoodPerToken, sError, test }: SweepReport): Sweep {
  return { sweep, seconds, wallSeconds, tokensPerSecond, logLikelihoodPerToken, sError, perplexity: test && test.perplexity };
}

/** The report after a sweep, where the run got as far. */
export function after({ history }: Training, sweep: number): Sweep | undefined {
  return history.find((report) => report.sweep === sweep);
}

/** The first report with a perplexity of at most this. */
export function firstWithin({ history }: Training, most: number): Sweep | undefined {
  return history.find(({ perplexity }) => perplexity !== null && perplexity <= most);
}
