/**
 * The scheduler's half of the Lasso in rounds of one block: the schedule draws variables, the shards push dots with
 * the residual (and Gram rows: of the block, or of candidates for a later one), pull solves the block and commits the changes.
 */
import type { Commit, SchedulerProgram, SchedulerState, Sums, Task } from '../../../src/program.js';
import type { Draw } from '../../../src/schedule/draw.js';
import { blockTasks, GramRows, NO_GRAM } from './block-gram.js';
import type { Gradient } from './gradient.js';
import { apart, joined } from '../joined-state.js';
import { Lookahead, lookaheadIds, type ChosenBlock } from './lookahead.js';
import { Channel } from './operations.js';
import type { LassoState } from './state.js';
import { solveBlock } from './subproblem.js';

/** How a block's variables are updated in one round. */
export type Coupling = 'exact' | 'independent';

export interface BlockOptions {
  /** Most variables a round. */
  readonly block: number;
  readonly coupling: Coupling;
  /** Pipelining depth. */
  readonly depth: number;
  /** ρ of the dependency filter; null for no filter. */
  readonly threshold: number | null;
}

/** Most ids that a task of the program needs at once. */
export function mostIds({ block, depth, threshold }: Pick<BlockOptions, 'block' | 'depth' | 'threshold'>): number {
  return threshold === null ? block : lookaheadIds({ block, depth });
}

/** A round whose sums are still to come. */
interface OpenRound {
  readonly ids: Uint32Array;
  /** Gram rows of the block, and where its ids stand in them; null when nobody needs them. */
  readonly gram: Omit<ChosenBlock, 'ids'> | null;
  /** Gram rows that this round's tasks bring. */
  readonly arriving: GramRows | undefined;
  /** Offset by which the true residual lay above what the shards held: pull judges by this state, not by a later one. */
  readonly shift: number;
  dots: Float64Array | null;
}

export class LassoProgram implements SchedulerProgram {
  readonly #state: LassoState;
  readonly #draw: Draw;
  readonly #options: BlockOptions;
  readonly #lookahead: Lookahead | null;
  readonly #open = new Map<number, OpenRound>();
  readonly #gradient: Float64Array;
  readonly #goal: Float64Array;
  readonly #progressOf: Float64Array;

  constructor(state: LassoState, draw: Draw, options: BlockOptions) {
    this.#state = state;
    this.#draw = draw;
    this.#options = options;
    const { block, depth, threshold } = options;
    [this.#gradient, this.#goal, this.#progressOf] = [new Float64Array(block), new Float64Array(block), new Float64Array(block)];
    this.#lookahead = threshold === null ? null : new Lookahead(state, draw, { block, depth, threshold });
  }

  /** Takes in a certificate's gradient: how far each variable would move now, were it alone. */
  observe({ values }: Gradient): void {
    const { beta } = this.#state;
    const steps = new Float64Array(values.length);
    for (let j = 0; j < steps.length; j++) steps[j] = this.#progress(j, this.#state.soloGoal(j, values[j]!) - beta[j]!);
    this.#draw.refresh(steps);
  }

  /** Between runs of rounds; after `resume` comes the certificate that was the last one then. */
  state(): SchedulerState {
    return joined({ draw: { facts: null, arrays: [this.#draw.state()] }, ...(this.#lookahead && { lookahead: this.#lookahead.state() }) });
  }

  resume(state: SchedulerState): void {
    const { draw, lookahead } = apart(state);
    this.#draw.resume(draw!.arrays[0] as Uint32Array);
    this.#lookahead?.resume(lookahead!);
  }

  schedule(round: number): Iterable<Task> {
    return this.#lookahead ? this.#scheduleFiltered(this.#lookahead, round) : this.#scheduleDrawn(round);
  }

  #scheduleDrawn(round: number): Iterable<Task> {
    const ids = this.#draw.draw(round, this.#options.block).sort();
    if (this.#options.coupling === 'independent') {
      this.#openRound(round, ids, null, undefined);
      return blockTasks(ids, NO_GRAM);
    }
    const request = { ids, first: 0 };
    const rows = new GramRows(this.#state, request);
    this.#openRound(round, ids, { rows, places: ids.map((_, k) => k) }, rows);
    return blockTasks(ids, request);
  }

  #scheduleFiltered(lookahead: Lookahead, round: number): Iterable<Task> {
    const chosen = lookahead.choose(round);
    const ids = chosen?.ids ?? new Uint32Array(0);
    const request = lookahead.plan(round);
    this.#openRound(round, ids, chosen, lookahead.rowsAskedIn(round));
    return blockTasks(ids, request);
  }

  #openRound(round: number, ids: Uint32Array, gram: OpenRound['gram'], arriving: GramRows | undefined): void {
    const { offset, settledOffset } = this.#state;
    // Without a free variable the round has no task, and is never pulled.
    if (ids.length === 0 && arriving === undefined) return;
    this.#open.set(round, { ids, gram, arriving, shift: offset - settledOffset, dots: null });
  }

  pull(round: number, _task: Task, sums: readonly Sums[]): Commit {
    const open = this.#open.get(round)!;
    open.dots ??= sums[Channel.Dots]!.values;
    open.arriving?.add(sums);
    if (open.arriving?.complete === false) return NOTHING;
    this.#open.delete(round);
    this.#lookahead?.land(round);
    return open.ids.length === 0 ? NOTHING : this.#update(open, open.dots);
  }

  #update({ ids, gram, shift }: OpenRound, dots: Float64Array): Commit {
    const gradient = this.#gradient.subarray(0, ids.length);
    const goal = this.#goal.subarray(0, ids.length);
    for (let k = 0; k < ids.length; k++) {
      gradient[k] = this.#state.gradientFromPush(ids[k]!, dots[k]!, shift);
      goal[k] = this.#state.beta[ids[k]!]!;
    }
    if (this.#options.coupling === 'exact') solveBlock({ gram: gram!.rows.square(gram!.places), gradient, beta: goal, ...this.#state.penaltyOf(ids) });
    else this.#updateEach(ids, gradient, goal);
    return this.#commit(ids, goal);
  }

  /** The paper's pull: each variable as if the others of the block stood still. */
  #updateEach(ids: Uint32Array, gradient: Float64Array, goal: Float64Array): void {
    for (let k = 0; k < ids.length; k++) goal[k] = this.#state.soloGoal(ids[k]!, gradient[k]!);
  }

  /** Moves the coefficients, by steps that float32 holds exactly: the shards fold in what the scheduler counts. */
  #commit(ids: Uint32Array, goal: Float64Array): Commit {
    const memory = new ArrayBuffer(12 * ids.length);
    const steps = new Float64Array(memory, 0, ids.length);
    const changed = new Uint32Array(memory, 8 * ids.length, ids.length);
    const progress = this.#progressOf.subarray(0, ids.length);
    let count = 0;
    for (let k = 0; k < ids.length; k++) {
      progress[k] = 0;
      const j = ids[k]!;
      const before = this.#state.beta[j]!;
      const scale = this.#state.heldScale(j);
      const step = Math.fround((goal[k]! - before) / scale);
      if (step === 0) continue;
      this.#state.setBeta(j, goal[k] === 0 ? 0 : before + step * scale);
      progress[k] = this.#progress(j, step * scale);
      changed[count] = j;
      steps[count++] = step;
    }
    this.#draw.commit(ids, progress);
    return { ids: changed.subarray(0, count), values: steps.subarray(0, count) };
  }

  /** |Δβ_j| of a column of norm √n: the same for a column in any unit. */
  #progress(j: number, step: number): number {
    return Math.abs(step) * Math.sqrt(this.#state.curvature(j));
  }
}

const NOTHING: Commit = { ids: new Uint32Array(0), values: new Float64Array(0) };
