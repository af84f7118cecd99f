/**
 * Columns that were gathered from the shards. Without cross-validation a column is handed on and let go; with it the problems of
 * all folds share what one of them gathered, up to a budget.
 */
import type { SchedulerState, Sums, Task } from '../../../src/program.js';
import type { Samples } from '../samples.js';
import { MOST_WORKING_COLUMNS, type WorkingColumn } from './working-problem.js';
import { factsOf, factsWidth, GatherChannel, Operation, type ColumnFacts } from './operations.js';

export interface StoreLimits {
  /** Columns that one working problem keeps, and about how many bytes of them. */
  readonly workingColumns: number;
  readonly workingBytes: number;
  /** Bytes of all columns that wait here for other problems. */
  readonly sharedBytes: number;
  /** Entries that one Gather task brings, about. */
  readonly entriesPerTask: number;
}

export const STORE_LIMITS: StoreLimits = { workingColumns: MOST_WORKING_COLUMNS, workingBytes: 2 ** 28, sharedBytes: 2 ** 29, entriesPerTask: 2 ** 20 };

/** Bytes of a stored entry: its value, and in a sparse column its row. */
const ENTRY_BYTES = { dense: 8, sparse: 12 } as const;

interface Entries {
  readonly rowIds: Uint32Array | null;
  readonly values: Float64Array;
}

export interface StoreShape {
  readonly kind: 'dense' | 'sparse';
  readonly rows: number;
  readonly columns: number;
  /** Stored entries of the matrix. */
  readonly entries: number;
}

export class ColumnStore {
  readonly rows: number;
  readonly dense: boolean;
  /** Most columns that a working problem takes. */
  readonly mostColumns: number;
  readonly #samples: Samples;
  /** Number of rows by problem. */
  readonly #trainingRows: readonly number[];
  readonly #sharedBytes: number;
  readonly #columnsPerTask: number;
  readonly #facts = new Map<number, Float64Array>();
  readonly #entries = new Map<number, Entries>();
  #bytes = 0;

  constructor({ kind, rows, columns, entries }: StoreShape, samples: Samples, limits: StoreLimits) {
    const entriesPerColumn = Math.max(1, entries / columns);
    this.rows = rows;
    this.dense = kind === 'dense';
    this.mostColumns = Math.max(1, Math.min(limits.workingColumns, Math.floor(limits.workingBytes / (ENTRY_BYTES[kind] * entriesPerColumn))));
    this.#samples = samples;
    this.#trainingRows = samples.problems.map(({ problem }) => samples.target.reduce((count, _, row) => count + Number(this.#isIn(row, problem)), 0));
    this.#sharedBytes = limits.sharedBytes;
    const keysAllow = Math.floor(2 ** 32 / rows);
    this.#columnsPerTask = Math.max(1, Math.min(keysAllow, Math.floor(limits.entriesPerTask / entriesPerColumn)));
  }

  /** Tasks that bring the columns `ids` (ascending) as far as they are not here. */
  *request(ids: Uint32Array): Generator<Task> {
    const missing = ids.filter((id) => !this.#entries.has(id));
    for (let begin = 0; begin < missing.length; begin += this.#columnsPerTask) {
      yield { operation: Operation.Gather, ids: missing.slice(begin, begin + this.#columnsPerTask), values: new Float64Array(0) };
    }
  }

  /** Takes in what the shards pushed for one of the tasks. */
  take({ ids }: Task, sums: readonly Sums[]): void {
    const width = factsWidth(this.#samples.folds?.count ?? 0);
    const facts = sums[GatherChannel.Facts]!.values;
    const entries = sums[GatherChannel.Entries];
    const keys = entries?.keys as Uint32Array | undefined;
    let at = 0;
    for (const [k, id] of ids.entries()) {
      const row = facts.slice(k * width, (k + 1) * width);
      const end = at + row[0]!;
      const rowIds = this.dense ? null : keys!.slice(at, end);
      if (rowIds) for (let e = 0; e < rowIds.length; e++) rowIds[e]! -= k * this.rows;
      const values = entries?.values.slice(at, end) ?? new Float64Array(0);
      this.#facts.set(id, row);
      this.#keep(id, { rowIds, values });
      at = end;
    }
  }

  /** What is known of columns, and those that wait for other problems. */
  state(): SchedulerState {
    const facts = [...this.#facts.values()];
    const entries = [...this.#entries.values()];
    const columns = entries.flatMap(({ rowIds, values }) => (rowIds === null ? [values] : [values, rowIds]));
    return { facts: null, arrays: [Uint32Array.from(this.#facts.keys()), Uint32Array.from(this.#entries.keys()), ...facts, ...columns] };
  }

  resume({ arrays: [known, here, ...rest] }: SchedulerState): void {
    this.#facts.clear();
    this.#entries.clear();
    this.#bytes = 0;
    const next = rest.values();
    for (const id of known as Uint32Array) this.#facts.set(id, next.next().value as Float64Array);
    for (const id of here as Uint32Array) this.#keep(id, { values: next.next().value as Float64Array, rowIds: this.dense ? null : (next.next().value as Uint32Array) });
  }

  #keep(id: number, entries: Entries): void {
    this.#entries.set(id, entries);
    this.#bytes += entries.values.byteLength + (entries.rowIds?.byteLength ?? 0);
  }

  facts(id: number, problem: number): ColumnFacts {
    return factsOf(this.#facts.get(id)!, problem);
  }

  /** A gathered column as a problem sees it: without the rows that it leaves out, and centred where no zeros are kept. */
  working(id: number, problem: number): WorkingColumn {
    const { heldMean, heldScale: scale, squaredNorm } = this.facts(id, problem);
    const { rowIds, values } = this.#trainingEntries(this.#entries.get(id)!, problem);
    const isFull = rowIds === null || values.length === this.#trainingRows[problem];
    if (heldMean === 0 || !isFull) return { rowIds, values, mean: heldMean, scale, squaredNorm };
    const centred = values.map((value, e) => value - heldMean * this.#root(rowIds === null ? e : rowIds[e]!, problem));
    return { rowIds, values: centred, mean: 0, scale, squaredNorm };
  }

  #trainingEntries(entries: Entries, problem: number): Entries {
    if (problem === 0) return entries;
    const { rowIds, values } = entries;
    if (rowIds === null) return { rowIds, values: values.map((value, row) => (this.#isIn(row, problem) ? value : 0)) };
    const stays = (_: number, e: number) => this.#isIn(rowIds[e]!, problem);
    return { rowIds: rowIds.filter(stays), values: values.filter(stays) };
  }

  #isIn(row: number, problem: number): boolean {
    return problem === 0 || this.#samples.folds!.of[row] !== problem - 1;
  }

  /** u of a row in a problem. */
  #root(row: number, problem: number): number {
    return this.#isIn(row, problem) ? (this.#samples.roots?.[row] ?? 1) : 0;
  }

  /** Subtracts from `residual`, row by row, what column `id` with coefficient `beta` of `problem` predicts, in every row. */
  subtract(id: number, beta: number, problem: number, residual: Float64Array): void {
    const { heldMean, heldScale } = this.facts(id, problem);
    const { roots } = this.#samples;
    const { rowIds, values } = this.#entries.get(id)!;
    const factor = beta / heldScale;
    for (let e = 0; e < values.length; e++) residual[rowIds === null ? e : rowIds[e]!]! -= factor * values[e]!;
    if (heldMean !== 0) for (let i = 0; i < residual.length; i++) residual[i]! += factor * heldMean * (roots?.[i] ?? 1);
  }

  /** Lets go of columns that no other problem will ask for, or that take too much room. */
  release(): void {
    if (this.#samples.folds !== null && this.#bytes <= this.#sharedBytes) return;
    this.#entries.clear();
    this.#bytes = 0;
  }
}
