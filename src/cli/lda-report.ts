/** What strads train lda says, sweep by sweep and at the end: fields for programs, text for people. */
import type { LdaFit, LdaStopped, SweepReport } from '../../models/lda/fit.js';
import type { LdaOptions } from '../../models/lda/options.js';
import type { Completion } from '../../models/lda/schedule/judging.js';
import type { LdaSummary } from '../../models/lda/summary.js';
import { TOP_WORDS } from '../../models/lda/top-words.js';
import type { TopicDescription } from '../../models/lda/topic-description.js';
import { byteSize, counted, duration, grouped } from '../report/numbers.js';
import type { Fields, Reporter } from '../report/reporter.js';
import type { MemberTally } from '../runtime/cluster.js';
import { savedLine, workerFields, workerLine } from './tally.js';
import { topicTable } from './topic-table.js';

/** Where a run was and what became of it. */
export interface LdaRunFacts {
  readonly tally: readonly MemberTally[];
  readonly shards: number;
  readonly summary: LdaSummary;
  /** The topics with the most tokens, those first. */
  readonly largest: readonly TopicDescription[];
  /** Since the command began. */
  readonly wallSeconds: number;
  readonly out: string | undefined;
}

/** Tells of a run as it goes: every evaluation, and between them, where they are long in coming, how far it is. */
export class RunTeller {
  readonly #reporter: Reporter;
  readonly #sweeps: number;
  readonly #start = performance.now();
  #told = this.#start;
  #sweep = 0;

  constructor(reporter: Reporter, { sweeps }: LdaOptions) {
    this.#reporter = reporter;
    this.#sweeps = sweeps;
  }

  evaluated(report: SweepReport): void {
    const { sweep, seconds, wallSeconds, tokensPerSecond } = report;
    this.#told = performance.now();
    this.#reporter.step('sweep', { sweep, ...qualityFields(report), seconds, wallSeconds, tokensPerSecond }, sweepLine(report, this.#sweeps));
  }

  /** To be called after every sweep. */
  swept(): void {
    this.#sweep++;
    const now = performance.now();
    if (now - this.#told < MS_BETWEEN_LINES) return;
    this.#told = now;
    const secondsLeft = ((now - this.#start) / 1000 / this.#sweep) * (this.#sweeps - this.#sweep);
    this.#reporter.progress({ fields: { sweep: this.#sweep, secondsLeft }, line: `sweep ${this.#sweep}/${this.#sweeps} · ${duration(secondsLeft)} left`, isLast: false });
  }
}

const MS_BETWEEN_LINES = 3000;

function qualityFields({ logLikelihoodPerToken, validation, test, sError }: SweepReport): Fields {
  return { logLikelihoodPerToken, ...(validation === null ? {} : { validationPerplexity: validation.perplexity }), heldOutPerplexity: test?.perplexity ?? null, sError };
}

/** "sweep 10/200 · joint log-likelihood -8.4213 a token · held-out perplexity 1612.3 · s-error 0.00341 · 2,310,000 tokens/s · 3.2 s" */
function sweepLine({ sweep, logLikelihoodPerToken, validation, test, sError, tokensPerSecond, wallSeconds }: SweepReport, sweeps: number): string {
  return [
    `sweep ${sweep}/${sweeps}`,
    `joint log-likelihood ${logLikelihoodPerToken.toFixed(4)} a token`,
    ...(validation === null ? [] : [`validation perplexity ${shown(validation)}`]),
    ...(test === null ? [] : [`held-out perplexity ${shown(test)}`]),
    `s-error ${sError.toPrecision(3)}`,
    `${grouped(Math.round(tokensPerSecond))} tokens/s`,
    `${wallSeconds.toFixed(1)} s`,
  ].join(' · ');
}

function shown({ perplexity }: Completion): string {
  return perplexity.toFixed(1);
}

export function reportLda(reporter: Reporter, fit: LdaFit, options: LdaOptions, facts: LdaRunFacts): void {
  reporter.result('done', runFields(fit, options, facts), runLines(fit, options, facts).join('\n'));
}

function runFields(fit: LdaFit, options: LdaOptions, { tally, shards, summary, wallSeconds, out }: LdaRunFacts): Fields {
  const { best, sampler, sweeps, samples, stopped, seconds, bytesPerWorker, bytesMovedPerSweep } = fit;
  const { topics, strategy, seed } = options;
  const { documents, tokens, vocabulary, coherence, reproducible } = summary;
  return {
    model: 'lda',
    topics,
    sampler,
    strategy,
    seed,
    ...workerFields(tally, shards),
    documents,
    tokens,
    vocabulary,
    sweeps,
    bestSweep: best.sweep,
    samples,
    stopped,
    ...qualityFields(best),
    scoredTokens: best.test?.tokens ?? null,
    unknownTestTokens: best.test?.unknownTokens ?? null,
    coherence,
    seconds,
    fitSeconds: fit.wallSeconds,
    wallSeconds,
    tokensPerSecond: speedOf(fit),
    bytesPerWorker,
    mostBytesPerWorker: Math.max(...bytesPerWorker),
    bytesMovedPerSweep,
    reproducible,
    out: out ?? null,
  };
}

const ENDINGS: Readonly<Record<LdaStopped, string>> = {
  sweeps: 'done',
  validation: 'stopped early, as the validation no longer gets better',
  interrupted: 'interrupted',
};

function runLines(fit: LdaFit, options: LdaOptions, { tally, shards, summary, largest, wallSeconds, out }: LdaRunFacts): string[] {
  const { best, sampler, sweeps, samples, stopped, seconds, bytesPerWorker, bytesMovedPerSweep } = fit;
  const kept = best.sweep < sweeps ? `, kept those of sweep ${best.sweep}` : samples > 1 ? `, the average of ${samples} samples` : '';
  return [
    `${ENDINGS[stopped]}: ${counted(options.topics, 'topic')} (${sampler}, ${options.strategy}) after ${counted(sweeps, 'sweep')}${kept}`,
    '',
    ...topicTable(largest).map(indented),
    ...moreTopics(options.topics - largest.length, out),
    '',
    ...qualityLines(best, summary).map(indented),
    `  ${counted(sweeps, 'sweep')} in ${seconds.toFixed(2)} s, ${grouped(Math.round(speedOf(fit)))} tokens/s (${fit.wallSeconds.toFixed(2)} s with distributing and evaluating, ${wallSeconds.toFixed(2)} s with reading and starting)`,
    `  ${byteSize(bytesMovedPerSweep)} moved a sweep; the ${bytesPerWorker.length === 1 ? 'worker' : 'workers'} held at most ${bytesPerWorker.map(byteSize).join(', ')}`,
    `  ${workerLine(tally, shards)}`,
    `  ${savedLine(out)}`,
  ];
}

/** Tokens a second over all sweeps, those after the best as well. */
function speedOf({ history }: LdaFit): number {
  return history.at(-1)!.tokensPerSecond;
}

function indented(line: string): string {
  return `  ${line}`;
}

function moreTopics(count: number, out: string | undefined): string[] {
  if (count === 0) return [];
  return [`  and ${counted(count, 'smaller topic')}${out === undefined ? '' : `: strads topics --model ${out}`}`];
}

const NAME_WIDTH = 22;

function qualityLines({ logLikelihoodPerToken, validation, test, sError }: SweepReport, { coherence }: LdaSummary): string[] {
  const line = (name: string, value: string, note: string) => `${name.padEnd(NAME_WIDTH)}${value.padStart(9)}  ${note}`;
  return [
    ...(test === null ? [] : [line('held-out perplexity', shown(test), heldOutNote(test))]),
    ...(validation === null ? [] : [line('validation perplexity', shown(validation), heldOutNote(validation))]),
    line('joint log-likelihood', logLikelihoodPerToken.toFixed(4), 'a training token: words and their topics together, not held out'),
    ...(coherence === null ? [] : [line('coherence', coherence.toFixed(3), `mean NPMI of the ${TOP_WORDS} top words of a topic`)]),
    line('s-error', sError.toPrecision(3), 'of the topic counts that samples were drawn with'),
  ];
}

function heldOutNote({ tokens, unknownTokens }: Completion): string {
  const unknown = unknownTokens === 0 ? '' : `; ${counted(unknownTokens, 'token')} of words that training does not know dropped`;
  return `${counted(tokens, 'token')} scored, half of each document's${unknown}`;
}
