/**
 * Gram rows on their way: tasks that ask for them in bounded pieces, and the pieces put together again.
 */
import type { Sums, Task } from '../../../src/program.js';
import { wholeGram } from './gram-cache.js';
import { GRAM_ENTRIES_PER_TASK, packedRow } from '../columns.js';
import { Operation } from './operations.js';
import { correctedGram, type LassoState } from './state.js';

/** Which Gram rows a round asks for: rows first, first + 1, … of the lower triangle over `ids`. */
export interface GramRequest {
  readonly ids: Uint32Array;
  readonly first: number;
}

export const NO_GRAM: GramRequest = { ids: new Uint32Array(0), first: 0 };

/** Tasks that ask for the dots of `dotIds` with the residual, in the first of them, and for the Gram rows. */
export function* blockTasks(dotIds: Uint32Array, { ids, first }: GramRequest): Generator<Task> {
  if (ids.length === 0) {
    if (dotIds.length > 0) yield { operation: Operation.Block, ids: dotIds, values: Float64Array.of(dotIds.length, 0, dotIds.length) };
    return;
  }
  let begin = first;
  for (let dots = dotIds.length; dots > 0 || begin < ids.length; dots = 0) {
    let end = Math.min(begin + 1, ids.length);
    while (end < ids.length && packedRow(end + 1) - packedRow(begin) <= GRAM_ENTRIES_PER_TASK) end++;
    const sent = new Uint32Array(dots + end);
    sent.set(dotIds.subarray(0, dots));
    sent.set(ids.subarray(0, end), dots);
    yield { operation: Operation.Block, ids: sent, values: Float64Array.of(dots, begin, dots) };
    begin = end;
  }
}

/** Gram rows first … count - 1 over some ids, filled piece by piece from the sums of the tasks. */
export class GramRows {
  readonly ids: Uint32Array;
  readonly first: number;
  readonly #state: LassoState;
  readonly #packed: Float64Array;
  #filled = 0;
  /** From the first question for a correlation on. */
  #lengths: Lengths | null = null;

  constructor(state: LassoState, { ids, first }: GramRequest) {
    this.#state = state;
    this.ids = ids;
    this.first = first;
    this.#packed = new Float64Array(packedRow(ids.length) - packedRow(first));
  }

  /** Takes in the next piece; a task without Gram rows brings none. */
  add(sums: readonly Sums[]): void {
    const piece = wholeGram(sums);
    if (!piece) return;
    this.#packed.set(piece, this.#filled);
    this.#filled += piece.length;
  }

  /** The entries as they are kept. */
  get entries(): Float64Array {
    return this.#packed;
  }

  /** Takes in the entries of rows that are complete. */
  fill(entries: Float64Array): void {
    this.#packed.set(entries);
    this.#filled = entries.length;
  }

  get complete(): boolean {
    return this.#filled === this.#packed.length;
  }

  /** x̃_a'x̃_b / n of the ids at two different places, the later of which is at or above `first`. */
  entry(a: number, b: number): number {
    const row = Math.max(a, b);
    const at = packedRow(row) - packedRow(this.first) + Math.min(a, b);
    return correctedGram(this.#state, this.ids[a]!, this.ids[b]!, this.#packed[at]!);
  }

  /** |x̃_a'x̃_b| / (||x̃_a|| ||x̃_b||), norms from the float64 passes; 0 for a column that is dropped. As `entry`, but the later one is a. */
  correlation(a: number, b: number): number {
    const { centers, factors } = (this.#lengths ??= lengthsOf(this.#state, this.ids));
    const dot = this.#packed[packedRow(a) - packedRow(this.first) + b]!;
    const correlation = Math.abs(dot - centers[a]! * centers[b]!) * factors[a]! * factors[b]!;
    return Number.isFinite(correlation) ? correlation : this.entry(a, b);
  }

  /** The symmetric matrix X̃'X̃ / n of the ids at `places`, row by row; its diagonal comes from the float64 norms. */
  square(places: ArrayLike<number>): Float64Array {
    const size = places.length;
    const square = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) {
        const entry = this.entry(places[i]!, places[j]!);
        square[i * size + j] = entry;
        square[j * size + i] = entry;
      }
      square[i * size + i] = this.#state.curvature(this.ids[places[i]!]!);
    }
    return square;
  }
}

/** What makes correlations of the dots of held columns, one number a column: a filter asks for thousands of them a round. */
interface Lengths {
  /** √n heldMean_j. */
  readonly centers: Float64Array;
  /** 1 / (heldScale_j ||x̃_j||), 0 where the column is dropped. */
  readonly factors: Float64Array;
}

function lengthsOf(state: LassoState, ids: Uint32Array): Lengths {
  const centers = new Float64Array(ids.length);
  const factors = new Float64Array(ids.length);
  for (let k = 0; k < ids.length; k++) {
    const squares = state.scaling.squaredNorms[ids[k]!]!;
    centers[k] = Math.sqrt(state.samples) * state.heldMean(ids[k]!);
    factors[k] = squares === 0 ? 0 : 1 / (state.heldScale(ids[k]!) * Math.sqrt(squares));
  }
  return { centers, factors };
}
