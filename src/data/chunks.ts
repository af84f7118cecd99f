/**
 * Chunks of bounded size. In: rows or entries one at a time, in file order. Out: matrix chunks of about 4 MiB,
 * collected in `ready` as they fill up, with the target values of their rows.
 */
import type { DenseChunk, SparseChunk } from './dataset.js';

/** What a reader yields: a chunk and, where the format carries them, the target values of the rows it completes. */
export interface ParsedChunk {
  readonly chunk: DenseChunk | SparseChunk;
  readonly target: Float64Array | null;
}

export const CHUNK_BYTES = 1 << 20;
const ENTRY_BYTES = 16;

/** Rows of a dense chunk of `columns` columns. */
export function rowsPerChunk(columns: number): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (8 * Math.max(1, columns))));
}

/** Collects dense rows, written in place into `row(…)`. */
export class DenseChunks {
  readonly ready: ParsedChunk[] = [];
  rows = 0;
  private readonly capacity: number;
  private values: Float64Array;
  private target: Float64Array | null;
  private filled = 0;

  constructor(
    private readonly columns: number,
    private readonly withTarget: boolean,
  ) {
    this.capacity = rowsPerChunk(columns);
    this.values = new Float64Array(this.capacity * columns);
    this.target = withTarget ? new Float64Array(this.capacity) : null;
  }

  /** Takes one row through `write(values, offset)`, which fills the row in and returns its target value. */
  append(write: (values: Float64Array, offset: number) => number): void {
    const target = write(this.values, this.filled * this.columns);
    if (this.target !== null) this.target[this.filled] = target;
    this.filled++;
    this.rows++;
    if (this.filled === this.capacity) this.flush();
  }

  /** Moves what was collected to `ready`. */
  flush(): void {
    if (this.filled === 0) return;
    const rows = this.filled;
    const values = rows === this.capacity ? this.values : this.values.slice(0, rows * this.columns);
    const target = this.target?.slice(0, rows) ?? null;
    this.ready.push({ chunk: { kind: 'dense', firstRow: this.rows - rows, rows, values }, target });
    this.values = new Float64Array(this.capacity * this.columns);
    this.target = this.withTarget ? new Float64Array(this.capacity) : null;
    this.filled = 0;
  }
}

/** Collects sparse entries and, apart from them, target values. */
export class SparseChunks {
  readonly ready: ParsedChunk[] = [];
  entries = 0;
  private readonly capacity = CHUNK_BYTES / ENTRY_BYTES;
  private rows = new Uint32Array(this.capacity);
  private columns = new Uint32Array(this.capacity);
  private values = new Float64Array(this.capacity);
  private target: number[] = [];
  private filled = 0;

  constructor(private readonly withTarget: boolean) {}

  append(row: number, column: number, value: number): void {
    this.rows[this.filled] = row;
    this.columns[this.filled] = column;
    this.values[this.filled] = value;
    this.filled++;
    this.entries++;
    if (this.filled === this.capacity) this.flush();
  }

  appendTarget(value: number): void {
    this.target.push(value);
    if (this.target.length === this.capacity) this.flush();
  }

  /** Moves what was collected to `ready`. */
  flush(): void {
    if (this.filled === 0 && this.target.length === 0) return;
    const chunk: SparseChunk = {
      kind: 'sparse',
      rows: this.rows.slice(0, this.filled),
      columns: this.columns.slice(0, this.filled),
      values: this.values.slice(0, this.filled),
    };
    this.ready.push({ chunk, target: this.withTarget ? Float64Array.from(this.target) : null });
    this.target = [];
    this.filled = 0;
  }
}

/** Empties a list of ready chunks, first one first. */
export function* drain(ready: ParsedChunk[]): Generator<ParsedChunk> {
  for (const chunk of ready.splice(0)) yield chunk;
}
