/**
 * The scheduler's half of the Lasso in rounds of one block: the schedule draws variables, the shards push dots with
 * the residual (and the block's Gram matrix), pull solves the block and commits the changes.
 */
import type { Commit, SchedulerProgram, Sums, Task, VariableRange } from '../../src/program.js';
import { Channel, Operation, packedRow } from './operations.js';
import { correctedGram, type LassoState } from './state.js';
import { softThreshold, solveBlock } from './subproblem.js';

/** How a block's variables are updated in one round. */
export type Coupling = 'exact' | 'independent';

/** Chooses the ids of a round. */
export type Draw = (round: number, range: VariableRange) => Uint32Array;

/** What a block was scheduled on: pull judges the sums by this state, not by a later one. */
interface Basis {
  readonly beta: Float64Array;
  /** Offset by which the true residual lies above what the shards held. */
  readonly shift: number;
}

export class LassoProgram implements SchedulerProgram {
  readonly #state: LassoState;
  readonly #draw: Draw;
  readonly #coupling: Coupling;
  readonly #bases = new Map<number, Basis>();

  constructor(state: LassoState, draw: Draw, coupling: Coupling) {
    this.#state = state;
    this.#draw = draw;
    this.#coupling = coupling;
  }

  *schedule(round: number, range: VariableRange): Generator<Task> {
    const ids = this.#draw(round, range);
    // Fewer columns than rounds in flight: every one is still on its way.
    if (ids.length === 0) return;
    const { beta, offset, settledOffset } = this.#state;
    this.#bases.set(round, { beta: Float64Array.from(ids, (j) => beta[j]!), shift: offset - settledOffset });
    const gramFrom = this.#coupling === 'exact' ? 0 : ids.length;
    yield { operation: Operation.Block, ids, values: Float64Array.of(1, gramFrom) };
  }

  pull(round: number, { ids }: Task, sums: readonly Sums[]): Commit {
    const { beta, shift } = this.#bases.get(round)!;
    this.#bases.delete(round);
    const dots = sums[Channel.Dots]!.values;
    const gradient = Float64Array.from(ids, (j, k) => this.#state.gradientFromPush(j, dots[k]!, shift));
    const goal = beta.slice();
    if (this.#coupling === 'exact') {
      const gram = blockGram(this.#state, ids, sums[Channel.Gram]!.values);
      solveBlock(gram, gradient, goal, this.#state.alpha);
    } else {
      this.#updateEach(ids, gradient, goal);
    }
    return this.#commit(ids, goal);
  }

  /** The paper's pull: each variable as if the others of the block stood still. */
  #updateEach(ids: Uint32Array, gradient: Float64Array, goal: Float64Array): void {
    const { alpha } = this.#state;
    for (const [k, j] of ids.entries()) {
      const curvature = this.#state.curvature(j);
      if (curvature > 0) goal[k] = softThreshold(goal[k]! + gradient[k]! / curvature, alpha / curvature);
    }
  }

  /** Moves the coefficients, by steps that float32 holds exactly: the shards fold in what the scheduler counts. */
  #commit(ids: Uint32Array, goal: Float64Array): Commit {
    const changed: number[] = [];
    const steps: number[] = [];
    for (const [k, j] of ids.entries()) {
      const before = this.#state.beta[j]!;
      const scale = this.#state.heldScale(j);
      const step = Math.fround((goal[k]! - before) / scale);
      if (step === 0) continue;
      this.#state.setBeta(j, goal[k] === 0 ? 0 : before + step * scale);
      changed.push(j);
      steps.push(step);
    }
    return { ids: Uint32Array.from(changed), values: Float64Array.from(steps) };
  }
}

/**
 * X̃_B'X̃_B / n, symmetric, from the packed lower triangle of the held columns' dots. The diagonal comes from the
 * float64 norms.
 */
function blockGram(state: LassoState, ids: Uint32Array, packed: Float64Array): Float64Array {
  const size = ids.length;
  const gram = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const entry = correctedGram(state, ids[i]!, ids[j]!, packed[packedRow(i) + j]!);
      gram[i * size + j] = entry;
      gram[j * size + i] = entry;
    }
    gram[i * size + i] = state.curvature(ids[i]!);
  }
  return gram;
}
