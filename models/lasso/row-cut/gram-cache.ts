/**
 * Gram entries of every column that was ever asked for, so that a working set that grows costs the shards only its
 * new rows. Columns keep the order in which they came; entries are sums over a fold's shards of the held columns' dots,
 * from which every problem of a cross-validation takes those of the folds that it trains on.
 */
import type { SchedulerState, Sums, Task } from '../../../src/program.js';
import { GRAM_ENTRIES_PER_TASK, packedRow } from '../columns.js';
import { Channel, Operation } from './operations.js';
import { correctedGram, type LassoState } from './state.js';

/** Gram entries that a Block task brought, over all rows: the sum of the folds'. Undefined when it brought none. */
export function wholeGram(sums: readonly Sums[]): Float64Array | undefined {
  const byFold = sums.slice(Channel.Gram);
  if (byFold.length <= 1) return byFold[0]?.values;
  return byFold[0]!.values.map((_, at) => byFold.reduce((sum, { values }) => sum + values[at]!, 0));
}

/**
 * Sums of float32 products differ from the exact diagonal by some 2⁻²⁴: with columns that repeat, the matrix would not be positive
 * definite. A diagonal this much larger makes every subproblem a proximal step, whose fixed point is the same.
 */
const DEFINITE = 1 + 2 ** -22;

export class GramCache {
  /** Most columns that are kept. */
  readonly limit: number;
  #ids: number[] = [];
  readonly #position = new Map<number, number>();
  /** By fold: packed lower triangle of the held columns' dots. */
  readonly #entries: Float64Array[];

  /** `folds`: number of folds, 1 without cross-validation. */
  constructor(limit: number, folds: number) {
    this.limit = limit;
    this.#entries = Array.from({ length: folds }, () => new Float64Array(0));
  }

  /** Tasks that bring the rows of the columns in `ids` that are not here yet; forgets everything first when they would not fit. */
  *request(ids: Uint32Array<ArrayBuffer>): Generator<Task> {
    let missing = ids.filter((id) => !this.#position.has(id));
    if (this.#ids.length + missing.length > this.limit) {
      this.#ids = [];
      this.#position.clear();
      missing = ids;
    }
    let first = this.#ids.length;
    for (const id of missing) {
      this.#position.set(id, this.#ids.length);
      this.#ids.push(id);
    }
    this.#reserve(packedRow(this.#ids.length));
    const all = Uint32Array.from(this.#ids);
    while (first < all.length) {
      let end = first + 1;
      while (end < all.length && packedRow(end + 1) - packedRow(first) <= GRAM_ENTRIES_PER_TASK) end++;
      yield { operation: Operation.Block, ids: all.subarray(0, end), values: Float64Array.of(0, first, 0) };
      first = end;
    }
  }

  #reserve(entries: number): void {
    for (const [fold, held] of this.#entries.entries()) {
      if (entries <= held.length) continue;
      const grown = new Float64Array(Math.max(entries, Math.min(2 * held.length, packedRow(this.limit))));
      grown.set(held);
      this.#entries[fold] = grown;
    }
  }

  /** Takes in what the shards pushed for one of the tasks. */
  store({ values }: Task, sums: readonly Sums[]): void {
    const at = packedRow(values[1]!);
    for (const [fold, entries] of this.#entries.entries()) {
      const pushed = sums[Channel.Gram + fold]?.values;
      if (pushed) entries.set(pushed, at);
    }
  }

  /** The columns, and by fold their entries. */
  state(): SchedulerState {
    const filled = packedRow(this.#ids.length);
    return { facts: null, arrays: [Uint32Array.from(this.#ids), ...this.#entries.map((entries) => entries.subarray(0, filled))] };
  }

  resume({ arrays: [ids, ...entries] }: SchedulerState): void {
    this.#ids = [...(ids as Uint32Array)];
    this.#position.clear();
    for (const [position, id] of this.#ids.entries()) this.#position.set(id, position);
    for (const [fold, held] of entries.entries()) this.#entries[fold] = (held as Float64Array).slice();
  }

  /** The symmetric matrix X̃'X̃ / n of columns that are all here, for the problem of `state`, row by row; its diagonal comes from the float64 norms. */
  square(ids: Uint32Array, state: LassoState): Float64Array {
    const size = ids.length;
    const positions = Uint32Array.from(ids, (id) => this.#position.get(id)!);
    const folds = this.#entries.filter((_, fold) => fold !== state.training.problem - 1);
    const square = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const a = positions[i]!;
      for (let j = 0; j < i; j++) {
        const b = positions[j]!;
        const at = a > b ? packedRow(a) + b : packedRow(b) + a;
        let dot = 0;
        for (const entries of folds) dot += entries[at]!;
        const entry = correctedGram(state, ids[i]!, ids[j]!, dot);
        square[i * size + j] = entry;
        square[j * size + i] = entry;
      }
      square[i * size + i] = state.curvature(ids[i]!) * DEFINITE;
    }
    return square;
  }
}
