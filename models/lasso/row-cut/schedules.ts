/** A problem on shards that hold X by rows, at work under one of the schedules. */
import type { SchedulerProgram, SchedulerState, VariableRange } from '../../../src/program.js';
import type { Draw } from '../../../src/schedule/draw.js';
import { PriorityDraw } from '../../../src/schedule/priority-draw.js';
import { RandomDraw } from '../../../src/schedule/random-draw.js';
import { seedOfPart } from '../../../src/schedule/random.js';
import { RoundRobinDraw } from '../../../src/schedule/round-robin.js';
import { Schedulers } from '../../../src/schedule/schedulers.js';
import type { Certificate } from '../certificate.js';
import { apart, joined } from '../joined-state.js';
import { alphaMaxOf, type Gradient } from './gradient.js';
import type { GramCache } from './gram-cache.js';
import type { TrainingOptions } from '../options.js';
import type { Penalty } from '../penalty.js';
import type { OriginalCoefficients, Problem } from '../problem.js';
import { LassoProgram, mostIds } from './block-program.js';
import type { RowProblem } from './row-problem.js';
import { LARGEST_WORKING_SET, WorkingSetProgram } from './working-set.js';

/** A schedule at work: its program, how often it wants a certificate, and who hears of one. */
interface Plan {
  readonly program: SchedulerProgram;
  /** Bytes of state that the largest scheduler shard keeps. */
  readonly bytesPerScheduler: number;
  roundsToCertificate(certificates: number): number;
  /** Rounds without progress before a run may be called stalled. */
  readonly patience: number;
  observe(gradient: Gradient, certificate: Certificate): void;
  /** Between runs of rounds; after `resume` it observes the last certificate once more. */
  state(): SchedulerState;
  resume(state: SchedulerState): void;
}

/** `targetGradient`: X̃'y / n. */
type PlanMaker = (problem: RowProblem, targetGradient: Float64Array) => Plan;

export class ScheduledRows implements Problem {
  readonly #problem: RowProblem;
  readonly #makePlan: PlanMaker;
  #plan: Plan | null = null;
  #gradient: Gradient | null = null;
  /** X̃'y / n: the first gradient, at β = 0. */
  #targetGradient: Float64Array = new Float64Array(0);

  constructor(problem: RowProblem, makePlan: PlanMaker) {
    this.#problem = problem;
    this.#makePlan = makePlan;
  }

  get program(): SchedulerProgram {
    return this.#plan!.program;
  }

  get bytesPerScheduler(): number {
    return this.#plan?.bytesPerScheduler ?? 0;
  }

  get samples(): number {
    return this.#problem.state.samples;
  }

  get targetSquares(): number {
    return this.#problem.state.training.targetSquares;
  }

  get hasFreeColumns(): boolean {
    const { weights } = this.#problem.state.penalty.shape;
    return weights !== null && weights.includes(0);
  }

  /** The gradient does not depend on the penalty: only the first start passes over the data. */
  async start(penalty: Penalty): Promise<Certificate> {
    this.#problem.state.penalty = penalty;
    this.#gradient ??= await this.#problem.refreshGradient();
    if (this.#plan === null) {
      this.#targetGradient = this.#gradient.values;
      this.#plan = this.#makePlan(this.#problem, this.#targetGradient);
    }
    return this.#judge(this.#gradient);
  }

  state(): SchedulerState {
    const { values, residualSquares, targetProduct, heldOutSquares } = this.#gradient!;
    const gradient = { facts: null, arrays: [Float64Array.of(residualSquares, targetProduct, heldOutSquares), values, this.#targetGradient] };
    return joined({ coefficients: this.#problem.state.state(), gradient, plan: this.#plan!.state() });
  }

  resume(state: SchedulerState): void {
    const { coefficients, gradient, plan } = apart(state);
    this.#problem.state.resume(coefficients!);
    const [[residualSquares, targetProduct, heldOutSquares], values, targetGradient] = gradient!.arrays as unknown as [[number, number, number], Float64Array, Float64Array];
    this.#gradient = { values, residualSquares, targetProduct, heldOutSquares };
    this.#targetGradient = targetGradient;
    this.#plan = this.#makePlan(this.#problem, targetGradient);
    this.#plan.resume(plan!);
    this.#judge(this.#gradient);
  }

  roundsToCertificate(certificates: number): number {
    return this.#plan!.roundsToCertificate(certificates);
  }

  get patience(): number {
    return this.#plan!.patience;
  }

  async certify(): Promise<Certificate> {
    this.#gradient = await this.#problem.refreshGradient();
    return this.#judge(this.#gradient);
  }

  #judge(gradient: Gradient): Certificate {
    const certificate = this.#problem.certify(gradient);
    this.#plan!.observe(gradient, certificate);
    return certificate;
  }

  alphaMax(): number {
    return alphaMaxOf(this.#problem.state.penalty, this.#gradient!);
  }

  original(): OriginalCoefficients {
    return this.#problem.original();
  }

  async heldOutError(): Promise<number> {
    return this.#problem.heldOutError(this.#gradient!);
  }
}

/** The working set of the nearest columns; `gram` serves every problem of a training. */
export function workingSetPlan(gram: GramCache, tol: number): PlanMaker {
  return ({ state }, targetGradient) => {
    const program = new WorkingSetProgram(state, gram, targetGradient, (tol * state.training.targetSquares) / (2 * state.samples));
    return { program, bytesPerScheduler: 0, roundsToCertificate: () => 1, patience: 0, observe: (gradient, certificate) => program.observe(gradient, certificate), state: () => gram.state(), resume: (saved) => gram.resume(saved) };
  };
}

/** Rounds of one block each, drawn from the scheduler shards' ranges. */
export function blockPlan(options: TrainingOptions, range: VariableRange): PlanMaker {
  const { coupling, pipeline, seed, schedulers, dependencyThreshold } = options;
  const block = blockSize(options, range.end);
  return ({ state }) => {
    const draw = new Schedulers(schedulers, range, drawOf(options.schedule, seed));
    const program = new LassoProgram(state, draw, { block, coupling, depth: pipeline, threshold: dependencyThreshold ?? null });
    const sweeps = options.schedule === 'priority' ? () => sweepsToRefresh(draw.rounds(1, block)) : sweepsBefore;
    return {
      program,
      bytesPerScheduler: draw.bytes,
      roundsToCertificate: (certificates) => draw.rounds(sweeps(certificates), block),
      patience: draw.rounds(PATIENT_SWEEPS, block),
      observe: (gradient) => program.observe(gradient),
      state: () => program.state(),
      resume: (saved) => program.resume(saved),
    };
  };
}

/** The draw of a scheduler shard over its range. */
function drawOf(schedule: TrainingOptions['schedule'], seed: number): (range: VariableRange, shard: number) => Draw {
  if (schedule === 'round-robin') return (range) => new RoundRobinDraw(range);
  const Kind = schedule === 'random' ? RandomDraw : PriorityDraw;
  return (range, shard) => new Kind(seedOfPart(seed, shard), range);
}

/** Variables of a round at the most. Blocks in flight do not overlap, unless there are fewer columns than blocks in flight. */
function blockSize({ block, pipeline }: TrainingOptions, columns: number): number {
  return Math.max(1, Math.min(block, Math.floor(columns / (pipeline + 1))));
}

/** Blocks creep towards the optimum, the more so the fewer variables a filter lets into them. */
const PATIENT_SWEEPS = 1000;

/** Fewest rounds that are worth a certificate, where a quarter of a sweep has less. */
const ROUNDS_TO_REFRESH = 16;

/**
 * Sweeps until a certificate brings the priorities up to date. It reads all of X once; the blocks of a quarter of a sweep,
 * with their Gram matrices, read it many times over.
 */
function sweepsToRefresh(roundsPerSweep: number): number {
  return Math.max(1 / 4, ROUNDS_TO_REFRESH / roundsPerSweep);
}

/** Sweeps until the next certificate: a certificate reads all of X once, so it stays a small part of the work. */
function sweepsBefore(certificates: number): number {
  return Math.min(10, certificates);
}

/** Most ids that one task brings to a shard. */
export function idsPerTask(options: TrainingOptions, columns: number): number {
  const { schedule, pipeline, dependencyThreshold } = options;
  if (schedule === 'working-set') return Math.min(LARGEST_WORKING_SET, columns);
  return mostIds({ block: blockSize(options, columns), depth: pipeline, threshold: dependencyThreshold ?? null });
}
