/**
 * Gram entries of every column that was ever asked for, so that a working set that grows costs the shards only its
 * new rows. Columns keep the order in which they came; entries are sums over the shards of the held columns' dots.
 */
import type { Sums, Task } from '../../src/program.js';
import { Channel, GRAM_ENTRIES_PER_TASK, Operation, packedRow } from './operations.js';
import { correctedGram, type LassoState } from './state.js';

export class GramCache {
  readonly #state: LassoState;
  readonly #limit: number;
  #ids: number[] = [];
  readonly #position = new Map<number, number>();
  /** Packed lower triangle of X̃'X̃ / n. */
  #entries = new Float64Array(0);

  /** Keeps at most `limit` columns. */
  constructor(state: LassoState, limit: number) {
    this.#state = state;
    this.#limit = limit;
  }

  /** Tasks that bring the rows of the columns in `ids` that are not here yet; forgets everything first when they would not fit. */
  *request(ids: Uint32Array<ArrayBuffer>): Generator<Task> {
    let missing = ids.filter((id) => !this.#position.has(id));
    if (this.#ids.length + missing.length > this.#limit) {
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
      yield { operation: Operation.Block, ids: all.subarray(0, end), values: Float64Array.of(0, first) };
      first = end;
    }
  }

  #reserve(entries: number): void {
    if (entries <= this.#entries.length) return;
    const grown = new Float64Array(Math.max(entries, Math.min(2 * this.#entries.length, packedRow(this.#limit))));
    grown.set(this.#entries);
    this.#entries = grown;
  }

  /** Takes in what the shards pushed for one of the tasks. */
  store({ ids, values }: Task, sums: readonly Sums[]): void {
    const gram = sums[Channel.Gram]?.values;
    if (!gram) return;
    const first = values[1]!;
    const base = packedRow(first);
    for (let i = first; i < ids.length; i++) {
      const row = packedRow(i);
      for (let j = 0; j < i; j++) this.#entries[row + j] = correctedGram(this.#state, ids[i]!, ids[j]!, gram[row + j - base]!);
      this.#entries[row + i] = this.#state.curvature(ids[i]!);
    }
  }

  /** The symmetric Gram matrix of columns that are all here, row by row. */
  square(ids: Uint32Array): Float64Array {
    const size = ids.length;
    const positions = Uint32Array.from(ids, (id) => this.#position.get(id)!);
    const square = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const a = positions[i]!;
      for (let j = 0; j <= i; j++) {
        const b = positions[j]!;
        const entry = this.#entries[a > b ? packedRow(a) + b : packedRow(b) + a]!;
        square[i * size + j] = entry;
        square[j * size + i] = entry;
      }
    }
    return square;
  }
}
