/** Trains a topic model on a cluster: sweeps, judged now and then, until they are enough or held-out documents say so. */
import type { Corpus } from '../../src/data/corpus.js';
import { DataError } from '../../src/data/dataset.js';
import type { SchedulerState } from '../../src/program.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { counted } from '../../src/report/numbers.js';
import { runRounds } from '../../src/runtime/rounds.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { describeShards, distributeCorpus, type CorpusSets } from './distribute.js';
import { layOut, type Layout } from './layout.js';
import { HELD_OUT_SETS, LDA_PROGRAM, Operation, type LdaShardDescription } from './operations.js';
import { burnInOf, DEFAULT_ALPHA, DEFAULT_BETA, DEFAULT_PATIENCE, samplerOf, type LdaOptions, type Sampler } from './options.js';
import { numbersOf, reportsOf } from './report-numbers.js';
import { annealedBeta, annealingOf, NO_ANNEALING, type Annealing } from './schedule/annealing.js';
import { heldOutPerplexity, jointLikelihood, type Completion, type Samples } from './schedule/judging.js';
import { learnPriors, setPriors, type Priors } from './schedule/learning.js';
import { Questions } from './schedule/questions.js';
import { Synchronization } from './schedule/synchronization.js';
import { WordRotation } from './schedule/word-rotation.js';
import { drawFromModel, shareRows, type WarmStart } from './warm-start.js';

export interface SweepReport {
  readonly sweep: number;
  /** Of sampling so far; with everything between. */
  readonly seconds: number;
  readonly wallSeconds: number;
  /** Training tokens sampled a second, over all sweeps so far. */
  readonly tokensPerSecond: number;
  /** ln p(words, topics) of the training tokens by their number: joint, not held out. */
  readonly logLikelihoodPerToken: number;
  /** Under the mean of the samples in the last report of a training that averages some. */
  readonly validation: Completion | null;
  readonly test: Completion | null;
  /** Mean over the sub-rounds since the last report. */
  readonly sError: number;
}

export interface LdaObserver {
  swept?(report: SweepReport): void;
  /** True ends the run after the sweep in hand. */
  shouldStop?(): boolean;
}

export type LdaStopped = 'sweeps' | 'validation' | 'interrupted';

export interface LdaFit {
  /** Shards went on on another kind of engine, as they may only where that was allowed. */
  readonly hasChangedEngine: boolean;
  readonly layout: Layout;
  readonly sampler: Sampler;
  readonly priors: Priors;
  /** Tokens of each topic, summed over the samples. */
  readonly totals: Float64Array;
  /** Samples that the rows and totals are the sums of. */
  readonly samples: number;
  readonly history: readonly SweepReport[];
  /** The report of the topics that are kept. */
  readonly best: SweepReport;
  readonly sweeps: number;
  readonly stopped: LdaStopped;
  readonly seconds: number;
  readonly wallSeconds: number;
  /** The most each worker held, in the order of their shards. */
  readonly bytesPerWorker: readonly number[];
  /** On all links, both directions, in a sweep without its evaluation. */
  readonly bytesMovedPerSweep: number;
}

/** `warm`: a model of as many topics to go on from. Throws DataError where there is nothing to train on, or to judge by; UsageError for a lag that can't be. */
export async function fitLda(cluster: Cluster, sets: CorpusSets, options: LdaOptions, observer: LdaObserver = {}, warm: WarmStart | null = null): Promise<LdaFit> {
  const start = performance.now();
  checkSets(sets, options);
  const layout = layOut(sets.train, options);
  checkLag(layout, options);
  const descriptions = describeShards(layout, sets, options);
  await cluster.load(LDA_PROGRAM, descriptions, () => distributeCorpus(layout, sets, options));
  const training = new Training(cluster, sets, layout, descriptions, options, start);
  await training.begin(warm);
  const stopped = await training.run(observer);
  return { ...training.outcome(), hasChangedEngine: cluster.hasChangedEngine, layout, sampler: samplerOf(options), stopped, bytesPerWorker: await training.memory(), wallSeconds: training.wallSeconds };
}

function checkSets(sets: CorpusSets, { topics }: LdaOptions): void {
  const { tokens } = sets.train;
  if (tokens === 0) throw new DataError('there is no token to train on: give more documents, or hold less of them out');
  if (topics > tokens) throw new DataError(`${topics} topics are more than the ${counted(tokens, 'token')} to train on: ask for fewer topics, or give more documents`);
  for (const name of HELD_OUT_SETS) {
    if (sets[name] && !isScored(sets[name])) {
      throw new DataError(`none of the ${name} documents has two tokens of words that the training documents have, and every second one is scored: hold out more documents, or longer ones`);
    }
  }
}

/** Whether a document has a second token. */
function isScored(corpus: Corpus): boolean {
  for (const { starts, counts } of corpus.batches()) {
    for (let d = 0; d + 1 < starts.length; d++) if (counts.subarray(starts[d], starts[d + 1]).reduce((sum, count) => sum + count, 0) > 1) return true;
  }
  return false;
}

/** A shard's changes are with the rows' home a sub-round later, and must be in what comes back before its next turn with them. */
const LEAST_AGE = 2;

function checkLag({ words: { parts } }: Layout, { lag }: LdaOptions): void {
  if (lag === undefined || lag <= parts - LEAST_AGE) return;
  throw new UsageError(`a lag of ${lag} sub-rounds is more than the ${parts - LEAST_AGE} by which rows may be late, as a sweep over this corpus has ${parts}: give fewer`);
}

/** What is asked for, else what an earlier model has, else the defaults. */
function firstPriors({ topics, alpha, beta }: LdaOptions, warm: WarmStart | null): Priors {
  const uniform = (value: number) => new Float64Array(topics).fill(value);
  return { alpha: alpha === undefined ? (warm?.priors.alpha ?? uniform(DEFAULT_ALPHA)) : uniform(alpha), beta: beta ?? warm?.priors.beta ?? DEFAULT_BETA };
}

/** Sweeps from one learning of the priors to the next. */
const LEARN_EVERY = 10;

/** The place between two sweeps. */
const SWEEP = 'sweep';

/** Numbers that a training goes on from; its arrays are beside them. */
interface SweepFacts {
  readonly sweeps: number;
  readonly samples: number;
  readonly seconds: number;
  readonly wallSeconds: number;
  readonly bytes: number;
  readonly beta: number;
  /** Which report is the best, and its beta. */
  readonly best: { readonly report: number; readonly beta: number } | null;
  readonly synchronization: unknown;
}

const NONE = new Float64Array(0);

/** The loop over sweeps, and what it remembers. */
class Training {
  readonly #cluster: Cluster;
  readonly #questions: Questions;
  readonly #sets: CorpusSets;
  readonly #layout: Layout;
  readonly #descriptions: readonly LdaShardDescription[];
  readonly #options: LdaOptions;
  /** Of the clock; a training that is resumed has begun before it did. */
  #start: number;
  readonly #synchronization: Synchronization;
  readonly #sampling: WordRotation;
  #annealing: Annealing;
  #history: SweepReport[] = [];
  #priors: Priors;
  #best: { readonly report: SweepReport; readonly priors: Priors; readonly totals: Float64Array } | null = null;
  #sampledTotals: Float64Array | null = null;
  #samples = 0;
  #sweeps = 0;
  #seconds = 0;
  #bytes = 0;

  constructor(cluster: Cluster, sets: CorpusSets, layout: Layout, descriptions: readonly LdaShardDescription[], options: LdaOptions, start: number) {
    this.#cluster = cluster;
    this.#questions = new Questions(cluster);
    this.#sets = sets;
    this.#layout = layout;
    this.#descriptions = descriptions;
    this.#options = options;
    this.#start = start;
    this.#synchronization = new Synchronization(options.topics, layout.shards, sets.train.tokens, options.strategy === 'rotation' ? 0 : descriptions[0].lag);
    this.#sampling = new WordRotation(Operation.Sample, layout.words.parts, this.#synchronization, (sweep) => Float64Array.of(annealedBeta(this.#annealing, this.#priors.beta, sweep)));
    this.#annealing = annealingOf(sets.train.tokens, sets.train.words.count, options);
    this.#priors = firstPriors(options, null);
  }

  /** Rows and documents count the first topics. */
  async begin(warm: WarmStart | null): Promise<void> {
    if (warm) {
      this.#annealing = NO_ANNEALING;
      this.#priors = firstPriors(this.#options, warm);
      await drawFromModel(this.#questions, this.#layout, this.#sets.train, warm, this.#hasCopies);
    }
    await setPriors(this.#questions, this.#priors);
    await this.#turn(new WordRotation(Operation.Count, this.#layout.words.parts, this.#synchronization), 0);
    if (this.#hasCopies) await shareRows(this.#questions, this.#layout);
    this.#synchronization.settle();
  }

  async run(observer: LdaObserver): Promise<LdaStopped> {
    const stopped = await this.#sweepOn(observer);
    await this.#audit();
    if (this.#best && this.#best.report !== this.#history.at(-1)) {
      await this.#questions.ask(Operation.Restore);
      this.#priors = this.#best.priors;
    }
    return stopped;
  }

  /** A count that went astray must never get into a model. */
  async #audit(): Promise<void> {
    const [{ values: inDocuments }, { values: inRows }] = await this.#questions.ask(Operation.Audit);
    const astray = this.#synchronization.totals.findIndex((total, topic) => total !== inDocuments[topic] || total !== inRows[topic]);
    if (astray >= 0) throw new Error(`topic ${astray} has ${this.#synchronization.totals[astray]} tokens by the totals, ${inDocuments[astray]} by the documents and ${inRows[astray]} by the rows: a kernel or a link lost some; this is a fault of strads or of the machine`);
  }

  outcome(): Pick<LdaFit, 'priors' | 'totals' | 'samples' | 'history' | 'best' | 'sweeps' | 'seconds' | 'bytesMovedPerSweep'> {
    const best = this.#best?.report ?? this.#history.at(-1)!;
    const totals = this.#best?.totals ?? this.#sampledTotals ?? this.#synchronization.totals;
    return {
      priors: this.#priors, totals, samples: Math.max(1, this.#samples), history: this.#history, best,
      sweeps: this.#sweeps, seconds: this.#seconds, bytesMovedPerSweep: this.#bytes / this.#sweeps,
    };
  }

  get wallSeconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  async memory(): Promise<number[]> {
    const [{ values }] = await this.#questions.ask(Operation.Memory);
    return [...values];
  }

  async #sweepOn(observer: LdaObserver): Promise<LdaStopped> {
    const { sweeps, evaluateEvery } = this.#options;
    const state = this.#cluster.resumed(SWEEP);
    if (state) this.#resume(state);
    for (;;) {
      await this.#sweep();
      const interrupted = observer.shouldStop?.() ?? false;
      const isLast = interrupted || this.#sweeps === sweeps;
      await this.#sample(isLast);
      if (isLast || this.#sweeps % evaluateEvery === 0) {
        await this.#judge(observer, isLast && this.#sampledTotals ? { count: this.#samples, totals: this.#sampledTotals } : this.#rowsAtHome());
        const overfits = this.#sets.validation !== null && (await this.#isOverfitting());
        if (interrupted) return 'interrupted';
        if (overfits && !isLast) return 'validation';
      }
      if (isLast) return 'sweeps';
      this.#cluster.milestone(SWEEP, () => this.#state());
    }
  }

  /** Everything that a sweep changes. */
  #state(): SchedulerState {
    const best = this.#best && { report: this.#history.indexOf(this.#best.report), beta: this.#best.priors.beta };
    const synchronization = this.#synchronization.state();
    const facts: SweepFacts = {
      sweeps: this.#sweeps, samples: this.#samples, seconds: this.#seconds, wallSeconds: this.wallSeconds, bytes: this.#bytes,
      beta: this.#priors.beta, best, synchronization: synchronization.facts,
    };
    return { facts, arrays: [numbersOf(this.#history), this.#priors.alpha, this.#sampledTotals ?? NONE, this.#best?.priors.alpha ?? NONE, this.#best?.totals ?? NONE, ...synchronization.arrays] };
  }

  #resume({ facts, arrays }: SchedulerState): void {
    const { sweeps, samples, seconds, wallSeconds, bytes, beta, best, synchronization } = facts as SweepFacts;
    const [history, alpha, sampledTotals, bestAlpha, bestTotals, ...rest] = arrays as readonly Float64Array[];
    this.#sweeps = sweeps;
    this.#samples = samples;
    this.#seconds = seconds;
    this.#start = performance.now() - 1000 * wallSeconds;
    this.#bytes = bytes;
    this.#history = reportsOf(history);
    this.#priors = { alpha, beta };
    this.#sampledTotals = sampledTotals.length > 0 ? sampledTotals : null;
    this.#best = best && { report: this.#history[best.report], priors: { alpha: bestAlpha, beta: best.beta }, totals: bestTotals };
    this.#synchronization.resume({ facts: synchronization, arrays: rest });
  }

  async #sweep(): Promise<void> {
    const before = { bytes: this.#cluster.bytes, time: performance.now() };
    await this.#turn(this.#sampling, this.#sweeps);
    await this.#questions.ask(Operation.Finish);
    this.#sweeps++;
    if (this.#isLearningDue()) this.#priors = await learnPriors(this.#questions, this.#priors, this.#synchronization.totals, this.#sets.train.words.count);
    this.#seconds += (performance.now() - before.time) / 1000;
    this.#bytes += this.#cluster.bytes - before.bytes;
  }

  /** First when the burn-in is over; after the last sweep nobody would sample with what was learned. */
  #isLearningDue(): boolean {
    const { optimizeHyperparameters, sweeps } = this.#options;
    const after = this.#sweeps - Math.max(1, burnInOf(this.#options));
    return optimizeHyperparameters && after >= 0 && after % LEARN_EVERY === 0 && this.#sweeps < sweeps;
  }

  async #turn(program: WordRotation, sweep: number): Promise<void> {
    const rounds = this.#layout.words.parts;
    await runRounds(this.#cluster, program, { range: { begin: 0, end: this.#sets.train.words.count }, firstRound: sweep * rounds, rounds, depth: 0 });
  }

  /** Samples are spaced evenly after the burn-in; a run that ends early has its last sweep for one. */
  async #sample(isLast: boolean): Promise<void> {
    const { samples, sweeps } = this.#options;
    if (samples === 1) return;
    const after = this.#sweeps - burnInOf(this.#options);
    const isDue = after > 0 && Math.floor((after * samples) / (sweeps - burnInOf(this.#options))) > this.#samples;
    if (!isDue && !isLast) return;
    await this.#questions.ask(Operation.AddSample);
    this.#samples++;
    this.#sampledTotals = this.#synchronization.totals.map((total, k) => total + (this.#sampledTotals?.[k] ?? 0));
  }

  get #hasCopies(): boolean {
    return this.#options.strategy === 'data-parallel';
  }

  /** Rows that do not travel are told like a sample. */
  #rowsAtHome(): Samples | null {
    return this.#hasCopies ? { count: 1, totals: this.#synchronization.totals } : null;
  }

  /** `samples`: what held-out documents are judged by instead of the topics as they are. */
  async #judge(observer: LdaObserver, samples: Samples | null): Promise<void> {
    const { train, validation, test } = this.#sets;
    const likelihood = await jointLikelihood(this.#questions, this.#priors, this.#synchronization.totals, train.words.count);
    const report: SweepReport = {
      sweep: this.#sweeps,
      logLikelihoodPerToken: likelihood / train.tokens,
      validation: validation && (await heldOutPerplexity(this.#questions, 'validation', validation, this.#descriptions, samples)),
      test: test && (await heldOutPerplexity(this.#questions, 'test', test, this.#descriptions, samples)),
      sError: this.#synchronization.takeError(),
      seconds: this.#seconds,
      wallSeconds: this.wallSeconds,
      tokensPerSecond: (train.tokens * this.#sweeps) / this.#seconds,
    };
    this.#history.push(report);
    this.#count(report);
    observer.swept?.(report);
  }

  /** For a profile. */
  #count({ logLikelihoodPerToken, validation, test, sError }: SweepReport): void {
    const { profile } = this.#cluster;
    profile?.counter('log-likelihood a token', logLikelihoodPerToken);
    profile?.counter('s-error', sError);
    for (const [name, completion] of Object.entries({ validation, test })) if (completion) profile?.counter(`${name} perplexity`, completion.perplexity);
  }

  /** Keeps the rows of the best validation; true when it has not become better for `patience` evaluations. */
  async #isOverfitting(): Promise<boolean> {
    const latest = this.#history.at(-1)!;
    if (this.#best === null || latest.validation!.perplexity < this.#best.report.validation!.perplexity) {
      this.#best = { report: latest, priors: this.#priors, totals: this.#synchronization.totals.slice() };
      await this.#questions.ask(Operation.Keep);
      return false;
    }
    return latest.sweep - this.#best.report.sweep >= (this.#options.patience ?? DEFAULT_PATIENCE) * this.#options.evaluateEvery;
  }
}
