/** Trains a Lasso on a cluster: distribute, scale, then rounds until the certificate says enough. */
import { DataError, type Matrix } from '../../src/data/dataset.js';
import type { SchedulerProgram, VariableRange } from '../../src/program.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { runRounds } from '../../src/runtime/rounds.js';
import { RandomDraw } from '../../src/schedule/random-draw.js';
import { blockCount, roundRobin } from '../../src/schedule/round-robin.js';
import { certify, refreshGradient, type Certificate, type Gradient } from './certificate.js';
import { describeShards, shardParts } from './distribute.js';
import { isConstant, scaleColumns } from './moments.js';
import { DEFAULT_ALPHA, type LassoOptions } from './options.js';
import { LassoProgram, type Draw } from './program.js';
import { LassoState } from './state.js';
import { LARGEST_WORKING_SET, WorkingSetProgram } from './working-set.js';

/** What a run tells while it goes on. */
export interface LassoProgress extends Certificate {
  readonly rounds: number;
  /** Since the data were in memory. */
  readonly seconds: number;
}

export interface FitObserver {
  progress?(progress: LassoProgress): void;
  /** A sentence the user should see. */
  notice?(sentence: string): void;
  /** True ends the run after the round in hand. */
  shouldStop?(): boolean;
}

export type Stopped = 'converged' | 'round-limit' | 'stalled' | 'interrupted' | 'zero-model';

export interface LassoFit extends Certificate {
  /** In the original coordinates. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
  readonly alpha: number;
  readonly alphaMax: number;
  readonly samples: number;
  readonly rounds: number;
  /** From parsed arrays in memory to the solution. */
  readonly seconds: number;
  /** Bus bytes of a round, which follow its variables, and of a certificate, which needs a number a column and shard. */
  readonly bytesPerRound: number;
  readonly bytesPerCertificate: number;
  /** Everything but the rounds: data, statistics, certificates. */
  readonly bytesOutsideRounds: number;
  readonly certificates: number;
  readonly stopped: Stopped;
}

/** A schedule at work: its program, how often it wants a certificate, and who hears of one. */
interface Plan {
  readonly program: SchedulerProgram;
  roundsToCertificate(certificates: number): number;
  observe(gradient: Gradient, certificate: Certificate): void;
}

/** The updates made things worse: more parallelism than the data allow. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
}

export async function fitLasso(cluster: Cluster, matrix: Matrix, target: Float64Array, options: LassoOptions, observer: FitObserver = {}): Promise<LassoFit> {
  const training = new Training(cluster, matrix, options, observer);
  return training.run(target);
}

class Training {
  readonly #cluster: Cluster;
  readonly #matrix: Matrix;
  readonly #options: LassoOptions;
  readonly #observer: FitObserver;
  readonly #block: number;
  readonly #start = performance.now();
  #state!: LassoState;
  #targetSquares = 0;
  #rounds = 0;
  #roundBytes = 0;
  #certificateBytes = 0;
  #certificates = 0;
  #bestDual = 0;

  constructor(cluster: Cluster, matrix: Matrix, options: LassoOptions, observer: FitObserver) {
    this.#cluster = cluster;
    this.#matrix = matrix;
    this.#options = options;
    this.#observer = observer;
    this.#block = blockSize(options, matrix.columns);
  }

  async run(target: Float64Array): Promise<LassoFit> {
    const { standardize, intercept } = this.#options;
    const center = intercept || standardize;
    const targetMean = center ? meanOf(target) : 0;
    await this.#load(deviations(target, targetMean));
    const scaling = await scaleColumns(this.#cluster, this.#matrix, { center, standardize });
    this.#state = new LassoState(this.#matrix.rows, scaling);
    const gradient = await this.#refreshGradient();
    const alphaMax = gradient.maximum;
    this.#targetSquares = gradient.residualSquares;
    if (!Number.isFinite(this.#targetSquares) || !Number.isFinite(alphaMax)) throw new DataError('the sums of squares of y, or its products with X, leave the range of float64 (1.8e308): scale y or X down');
    this.#state.alpha = this.#chooseAlpha(alphaMax);
    const { certificate, stopped } = await this.#iterate(alphaMax, gradient);
    const { coefficients, intercept: fittedIntercept } = this.#unscale(targetMean);
    const bytes = this.#cluster.bytes;
    return {
      ...certificate,
      coefficients,
      intercept: fittedIntercept,
      alpha: this.#state.alpha,
      alphaMax,
      samples: this.#matrix.rows,
      rounds: this.#rounds,
      seconds: this.#seconds(),
      bytesPerRound: this.#rounds === 0 ? 0 : this.#roundBytes / this.#rounds,
      bytesPerCertificate: this.#certificateBytes / this.#certificates,
      bytesOutsideRounds: bytes - this.#roundBytes,
      certificates: this.#certificates,
      stopped,
    };
  }

  #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  async #load(target: Float64Array): Promise<void> {
    const { shards } = this.#cluster;
    await this.#cluster.load('lasso', describeShards(this.#matrix, shards, this.#block), shardParts(this.#matrix, target, shards));
  }

  #chooseAlpha(alphaMax: number): number {
    const { alpha, alphaRatio } = this.#options;
    return alphaRatio === undefined ? (alpha ?? DEFAULT_ALPHA) : alphaRatio * alphaMax;
  }

  async #iterate(alphaMax: number, first: Gradient): Promise<{ certificate: Certificate; stopped: Stopped }> {
    const { tol, maxRounds } = this.#options;
    let certificate = this.#certify(first);
    if (this.#state.alpha >= alphaMax) {
      this.#observer.notice?.(zeroModelReason(this.#state.alpha, alphaMax, this.#targetSquares));
      return { certificate, stopped: 'zero-model' };
    }
    const initial = certificate.objective;
    const range = { begin: 0, end: this.#matrix.columns };
    const plan = this.#plan(first, certificate, range);
    const stall = new Stall();
    const shouldStop = () => this.#observer.shouldStop?.() ?? false;
    while (!(certificate.relativeGap <= tol)) {
      const rounds = Math.min(plan.roundsToCertificate(this.#certificates), maxRounds - this.#rounds);
      if (rounds <= 0) {
        this.#observer.notice?.(`stopped at --max-rounds ${maxRounds} with a relative gap of ${certificate.relativeGap.toExponential(2)}, above --tol ${tol}: the model is not at its optimum; allow more rounds, or a larger --tol`);
        return { certificate, stopped: 'round-limit' };
      }
      const before = this.#cluster.bytes;
      this.#rounds += await runRounds(this.#cluster, plan.program, { range, firstRound: this.#rounds, rounds, depth: this.#options.pipeline, shouldStop });
      this.#roundBytes += this.#cluster.bytes - before;
      const gradient = await this.#refreshGradient();
      certificate = this.#certify(gradient);
      plan.observe(gradient, certificate);
      if (!(certificate.objective <= initial * (1 + 1e-6))) throw divergence(this.#options.schedule, certificate.objective, initial);
      if (stall.after(certificate.relativeGap)) {
        this.#observer.notice?.(`stopped at a relative gap of ${certificate.relativeGap.toExponential(2)}, above --tol ${tol}: the last ${STALL_CERTIFICATES} certificates brought no progress, which is as far as float32 passes go on these data; ask for a larger --tol, or --standardize`);
        return { certificate, stopped: 'stalled' };
      }
      if (shouldStop()) return { certificate, stopped: certificate.relativeGap > tol ? 'interrupted' : 'converged' };
    }
    return { certificate, stopped: 'converged' };
  }

  #plan(first: Gradient, certificate: Certificate, range: VariableRange): Plan {
    const { schedule, coupling, tol } = this.#options;
    if (schedule === 'working-set') {
      const program = new WorkingSetProgram(this.#state, first.values, (tol * this.#targetSquares) / (2 * this.#state.samples));
      program.observe(first, certificate);
      return { program, roundsToCertificate: () => 1, observe: (gradient, latest) => program.observe(gradient, latest) };
    }
    const program = new LassoProgram(this.#state, this.#drawer(schedule), coupling);
    const sweep = blockCount(range, this.#block);
    return { program, roundsToCertificate: (certificates) => sweep * sweepsBefore(certificates), observe: () => undefined };
  }

  #drawer(schedule: 'round-robin' | 'random'): Draw {
    const { seed, pipeline } = this.#options;
    if (schedule === 'round-robin') return (round, range) => roundRobin(round, range, this.#block);
    const random = new RandomDraw(seed, this.#block, pipeline);
    return (round, range) => random.draw(round, range);
  }

  async #refreshGradient(): Promise<Gradient> {
    const before = this.#cluster.bytes;
    const gradient = await refreshGradient(this.#cluster, this.#state);
    this.#certificateBytes += this.#cluster.bytes - before;
    this.#certificates++;
    return gradient;
  }

  #certify(gradient: Gradient): Certificate {
    const certificate = certify(this.#state, gradient, this.#targetSquares, this.#bestDual);
    this.#bestDual = certificate.dual;
    this.#observer.progress?.({ ...certificate, rounds: this.#rounds, seconds: this.#seconds() });
    return certificate;
  }

  #unscale(targetMean: number): { coefficients: Float64Array; intercept: number } {
    const { beta, scaling } = this.#state;
    let intercept = targetMean;
    const coefficients = beta.map((value, j) => {
      const coefficient = value / scaling.scales[j]!;
      intercept -= coefficient * scaling.means[j]!;
      return coefficient;
    });
    return { coefficients, intercept };
  }
}

/** Variables of a round at the most. Blocks in flight do not overlap, unless there are fewer columns than blocks in flight. */
function blockSize({ schedule, block, pipeline }: LassoOptions, columns: number): number {
  if (schedule === 'working-set') return Math.min(LARGEST_WORKING_SET, columns);
  return Math.max(1, Math.min(block, Math.floor(columns / (pipeline + 1))));
}

/** Sweeps until the next certificate: a certificate reads all of X once, so it stays a small part of the work. */
function sweepsBefore(certificates: number): number {
  return Math.min(10, certificates);
}

/** target - mean; exactly 0 where rounding is all that is left, so that a constant target is seen as one. */
function deviations(target: Float64Array, mean: number): Float64Array {
  const values = target.map((value) => value - mean);
  const spread = values.reduce((sum, value) => sum + value * value, 0);
  return isConstant(spread, mean, target.length) ? values.fill(0) : values;
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

function zeroModelReason(alpha: number, alphaMax: number, targetSquares: number): string {
  if (alphaMax === 0 && targetSquares > 0) return 'no column of X varies together with the target: every coefficient is 0';
  if (targetSquares === 0) return 'the target is constant: every coefficient is 0 and the intercept is its value';
  return `alpha ${alpha} is at or above alpha_max ${alphaMax}: every coefficient is 0; choose a smaller --alpha, or --alpha-ratio below 1`;
}

function divergence(schedule: LassoOptions['schedule'], objective: number, initial: number): DivergenceError {
  const cause =
    schedule === 'working-set'
      ? 'the columns differ so much in scale, or lie so far from 0, that float32 can not hold their products; use --standardize, or rescale them'
      : 'variables updated together depend on each other too much; use --coupling exact, a smaller --block, or --pipeline 0';
  return new DivergenceError(`the objective rose from ${initial.toExponential(4)} to ${objective.toExponential(4)}: ${cause}`);
}

/** Certificates in a row without progress after which a run can't be expected to make any. */
const STALL_CERTIFICATES = 20;
/** A gap that falls by less than this part is no progress. */
const PROGRESS = 1e-3;

class Stall {
  #best = Infinity;
  #since = 0;

  /** Takes in the latest gap; true when the run has stalled. */
  after(gap: number): boolean {
    const better = gap < this.#best * (1 - PROGRESS);
    if (better) this.#best = gap;
    this.#since = better ? 0 : this.#since + 1;
    return this.#since >= STALL_CERTIFICATES;
  }
}
