/** Trains a factorization on a cluster: sweeps, judged one by one, until they are enough or the errors say so. */
import { DataError } from '../../src/data/dataset.js';
import type { Ratings } from '../../src/data/ratings.js';
import type { SchedulerState } from '../../src/program.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { describeShards, distributeRatings, layOut, type Layout, type RatingSets } from './distribute.js';
import { evaluate, type Evaluation } from './evaluate.js';
import { MF_PROGRAM, Operation, type HeldOutName } from './operations.js';
import { DEFAULT_CG_STEPS, DEFAULT_PATIENCE, MIB, scheduleOf, usesMean, type MfOptions } from './options.js';
import { writeWarmStart, type WarmStart } from './rows.js';
import type { Sweeper } from './schedule/algorithm.js';
import { alsSweeper } from './schedule/als.js';
import { ccdSweeper } from './schedule/ccd.js';
import { sgdSweeper } from './schedule/sgd.js';
import { Turns } from './schedule/turns.js';

export interface SweepReport extends Evaluation {
  readonly sweep: number;
  /** Of training so far; with the evaluations between. */
  readonly seconds: number;
  readonly wallSeconds: number;
  /** Training ratings met a second, over all sweeps so far. */
  readonly ratingsPerSecond: number;
}

export interface MfObserver {
  swept?(report: SweepReport): void;
  /** True ends the run after the sweep in hand. */
  shouldStop?(): boolean;
}

export type MfStopped = 'sweeps' | 'converged' | 'validation' | 'interrupted';

export interface MfFit {
  /** Shards went on on another kind of engine, as they may only where that was allowed. */
  readonly hasChangedEngine: boolean;
  readonly layout: Layout;
  readonly mean: number;
  readonly history: readonly SweepReport[];
  /** The report of the factors that are kept. */
  readonly best: SweepReport;
  readonly sweeps: number;
  readonly stopped: MfStopped;
  /** Sweeps alone, and everything from the ratings in memory on. */
  readonly seconds: number;
  readonly wallSeconds: number;
  /** The most each worker held, in the order of their shards. */
  readonly bytesPerWorker: readonly number[];
  /** On all links, both directions, in a sweep without its evaluation. */
  readonly bytesMovedPerSweep: number;
}

/** `warm`: factors to start from instead of random ones. Throws DataError where there is nothing to train on. */
export async function fitMf(cluster: Cluster, sets: RatingSets, options: MfOptions, observer: MfObserver = {}, warm: WarmStart | null = null): Promise<MfFit> {
  const start = performance.now();
  const { train } = sets;
  if (train.count === 0) throw new DataError('there is no rating to train on: give more data, or hold less of them out');
  if (options.implicit) for (const ratings of [train, sets.validation, sets.test]) if (ratings) checkCounts(ratings);
  const mean = warm?.mean ?? (usesMean(options) ? meanOf(train) : 0);
  const layout = layOut(train, options, mean);
  const descriptions = describeShards(layout, sets, options);
  await cluster.load(MF_PROGRAM, descriptions, () => distributeRatings(layout, sets, options));
  const turns = new Turns(cluster, layout.blocksAShard);
  const sweeper = sweeperOf(cluster, turns, layout, options);
  const training = new Training(cluster, turns, sweeper, descriptions[0].heldOut, options, train.count, start);
  const saved = cluster.resumed(NEXT_SWEEP);
  if (saved) training.resume(saved);
  else {
    if (warm) await writeWarmStart(cluster, layout, warm, options.blockMib * MIB);
    await sweeper.begin(warm !== null);
  }
  const stopped = await training.run(observer);
  const bytes = (await turns.ask(Operation.Memory))[0].values;
  return {
    hasChangedEngine: cluster.hasChangedEngine, layout, mean, stopped, history: training.history, best: training.best, sweeps: training.sweeps, seconds: training.seconds,
    wallSeconds: training.wallSeconds, bytesPerWorker: [...bytes], bytesMovedPerSweep: training.bytes / training.sweeps,
  };
}

function checkCounts({ values, users, items, userOf, itemOf }: Ratings): void {
  const at = values.findIndex((value) => value <= 0);
  if (at >= 0) throw new DataError(`user ${users.of(userOf[at])} and item ${items.of(itemOf[at])} have ${values[at]}: implicit feedback counts how often something was chosen, and what is left out was not. Drop such lines, or train without implicit`);
}

function meanOf({ values }: Ratings): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sweeperOf(cluster: Cluster, turns: Turns, { shape, items, spanStarts }: Layout, options: MfOptions): Sweeper {
  const { algorithm, implicit, nonNegative, seed } = options;
  switch (algorithm) {
    case 'sgd':
      return sgdSweeper(turns);
    case 'als':
      return alsSweeper(turns, { steps: options.cgSteps ?? DEFAULT_CG_STEPS, implicit, shape });
    case 'ccd':
      return ccdSweeper(cluster, { shape, spans: spanStarts.map((block) => items.starts[block]), implicit, nonNegative, priority: scheduleOf(options) === 'priority', seed });
  }
}

/** Where a run can be resumed: before every sweep. */
const NEXT_SWEEP = 'next sweep';

/** What the loop over sweeps remembers, in JSON. */
interface TrainingFacts {
  readonly history: unknown;
  /** Place in the history; -1 where no validation set decides. */
  readonly best: number;
  readonly sweeps: number;
  readonly seconds: number;
  readonly wallSeconds: number;
  readonly bytes: number;
  readonly round: number;
  readonly sweeper: unknown;
}

/** The loop over sweeps, and what it remembers. */
class Training {
  readonly history: SweepReport[] = [];
  readonly #cluster: Cluster;
  readonly #turns: Turns;
  readonly #sweeper: Sweeper;
  readonly #heldOut: readonly HeldOutName[];
  readonly #options: MfOptions;
  readonly #ratings: number;
  /** As if a run that was resumed had never stood still. */
  #start: number;
  #best: SweepReport | null = null;
  sweeps = 0;
  seconds = 0;
  /** On the links, in sweeps. */
  bytes = 0;

  constructor(cluster: Cluster, turns: Turns, sweeper: Sweeper, heldOut: readonly HeldOutName[], options: MfOptions, ratings: number, start: number) {
    this.#cluster = cluster;
    this.#turns = turns;
    this.#sweeper = sweeper;
    this.#heldOut = heldOut;
    this.#options = options;
    this.#ratings = ratings;
    this.#start = start;
  }

  /** Where a validation set decides, the report of the sweep that did best there; else the last. */
  get best(): SweepReport {
    return this.#best ?? this.history.at(-1)!;
  }

  get wallSeconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Instead of what comes before the first sweep. */
  resume({ facts, arrays }: SchedulerState): void {
    const { history, best, sweeps, seconds, wallSeconds, bytes, round, sweeper } = facts as TrainingFacts;
    this.history.push(...(withNumbers(history) as SweepReport[]));
    this.#best = this.history[best] ?? null;
    this.sweeps = sweeps;
    this.seconds = seconds;
    this.bytes = bytes;
    this.#start = performance.now() - wallSeconds * 1000;
    this.#turns.round = round;
    this.#sweeper.resume({ facts: sweeper, arrays });
  }

  #state(): SchedulerState {
    const { sweeps, seconds, wallSeconds, bytes } = this;
    const { facts: sweeper, arrays } = this.#sweeper.state();
    const best = this.#best === null ? -1 : this.history.indexOf(this.#best);
    return { facts: { history: withNames(this.history), best, sweeps, seconds, wallSeconds, bytes, round: this.#turns.round, sweeper } satisfies TrainingFacts, arrays };
  }

  async run(observer: MfObserver): Promise<MfStopped> {
    const stopped = await this.#sweepOn(observer);
    if (this.#best && this.#best !== this.history.at(-1)) await this.#turns.ask(Operation.Restore);
    return stopped;
  }

  async #sweepOn(observer: MfObserver): Promise<MfStopped> {
    const { sweeps, evaluateEvery, tol } = this.#options;
    for (;;) {
      this.#cluster.milestone(NEXT_SWEEP, () => this.#state());
      await this.#sweep();
      const interrupted = observer.shouldStop?.() ?? false;
      const isLast = interrupted || this.sweeps === sweeps;
      if (!isLast && this.sweeps % evaluateEvery !== 0) continue;
      await this.#judge(observer);
      const overfits = this.#heldOut.includes('validation') && (await this.#isOverfitting());
      if (interrupted) return 'interrupted';
      if (overfits) return 'validation';
      if (tol !== undefined && this.#hasConverged(tol)) return 'converged';
      if (isLast) return 'sweeps';
    }
  }

  async #sweep(): Promise<void> {
    const before = { bytes: this.#cluster.bytes, time: performance.now() };
    await this.#sweeper.sweep();
    await this.#turns.ask(Operation.Finish);
    this.sweeps++;
    this.seconds += (performance.now() - before.time) / 1000;
    this.bytes += this.#cluster.bytes - before.bytes;
  }

  async #judge(observer: MfObserver): Promise<void> {
    const evaluation = await evaluate(this.#turns, this.#heldOut, this.#options);
    const report = { ...evaluation, sweep: this.sweeps, seconds: this.seconds, wallSeconds: this.wallSeconds, ratingsPerSecond: (this.#ratings * this.sweeps) / this.seconds };
    if (!Number.isFinite(evaluation.objective)) throw new DataError(`the objective left the range of numbers in sweep ${this.sweeps}: ${this.#options.algorithm === 'sgd' ? 'lower the rate, or scale' : 'scale'} the ratings down`);
    this.history.push(report);
    this.#count(report);
    observer.swept?.(report);
  }

  /** For a profile. */
  #count({ objective, train, validation, test }: SweepReport): void {
    const { profile } = this.#cluster;
    profile?.counter('objective', objective);
    for (const [name, errors] of Object.entries({ train, validation, test })) if (errors) profile?.counter(`${name} RMSE`, errors.rmse);
  }

  /** Keeps the factors of the best validation; true when it has not become better for `patience` evaluations. */
  async #isOverfitting(): Promise<boolean> {
    const latest = this.history.at(-1)!;
    if (this.#best === null || lossOf(latest) < lossOf(this.#best)) {
      this.#best = latest;
      await this.#turns.ask(Operation.Keep);
      return false;
    }
    return latest.sweep - this.#best.sweep >= (this.#options.patience ?? DEFAULT_PATIENCE) * this.#options.evaluateEvery;
  }

  #hasConverged(tol: number): boolean {
    const [before, latest] = this.history.slice(-2);
    return latest !== undefined && before.objective - latest.objective < tol * Math.abs(before.objective);
  }
}

/** JSON has no number for errors where there was nothing to judge: it gets their names, since nothing else in a report is text. */
function withNames(history: readonly SweepReport[]): unknown {
  return JSON.parse(JSON.stringify(history, (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)));
}

function withNumbers(history: unknown): unknown {
  return JSON.parse(JSON.stringify(history), (_, value: unknown) => (typeof value === 'string' ? Number(value) : value));
}

/** What early stopping watches: lower is better. */
function lossOf({ validation }: SweepReport): number {
  return validation?.ndcg === undefined ? validation!.rmse : -validation.ndcg;
}
