/**
 * Chunks of bounded size. In: rows or entries one at a time, in file order. Out: matrix chunks of about 4 MiB,
 * collected in `ready` as they fill up, with the target values of their rows. A small file takes little memory.
 */
import type { DenseChunk, SparseChunk } from './dataset.js';

/** What a reader yields: a chunk and, where the format carries them, the target values of the rows it completes. */
export interface ParsedChunk {
  readonly chunk: DenseChunk | SparseChunk;
  readonly target: Float64Array | null;
}

export const CHUNK_BYTES = 1 << 20;
const ENTRY_BYTES = 16;

/** Room for the first rows or entries; it doubles. */
const FIRST_BYTES = 1 << 14;

/** Rows of a dense chunk of `columns` columns. */
export function rowsPerChunk(columns: number): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (8 * Math.max(1, columns))));
}

/** Collects dense rows, written in place into `row(…)`. */
export class DenseChunks {
  readonly ready: ParsedChunk[] = [];
  rows = 0;
  private readonly capacity: number;
  private values = new Float64Array(0);
  private target = new Float64Array(0);
  /** Rows that `values` and `target` have room for. */
  private room = 0;
  private filled = 0;

  constructor(
    private readonly columns: number,
    private readonly withTarget: boolean,
  ) {
    this.capacity = rowsPerChunk(columns);
  }

  /** Takes one row through `write(values, offset)`, which fills the row in and returns its target value. */
  append(write: (values: Float64Array, offset: number) => number): void {
    if (this.filled === this.room) this.grow();
    const target = write(this.values, this.filled * this.columns);
    if (this.withTarget) this.target[this.filled] = target;
    this.filled++;
    this.rows++;
    if (this.filled === this.capacity) this.flush();
  }

  /** Moves what was collected to `ready`. */
  flush(): void {
    if (this.filled === 0) return;
    const rows = this.filled;
    const values = rows === this.room ? this.values : this.values.slice(0, rows * this.columns);
    const target = this.withTarget ? this.target.slice(0, rows) : null;
    this.ready.push({ chunk: { kind: 'dense', firstRow: this.rows - rows, rows, values }, target });
    this.values = new Float64Array(0);
    this.room = 0;
    this.filled = 0;
  }

  private grow(): void {
    const first = this.rows > 0 && this.room === 0 ? this.capacity : Math.ceil(FIRST_BYTES / (8 * Math.max(1, this.columns)));
    this.room = Math.min(this.capacity, Math.max(first, 2 * this.room));
    this.values = enlarged(this.values, new Float64Array(this.room * this.columns));
    if (this.withTarget && this.target.length < this.room) this.target = enlarged(this.target, new Float64Array(this.room));
  }
}

/** Collects sparse entries and, apart from them, target values. */
export class SparseChunks {
  readonly ready: ParsedChunk[] = [];
  entries = 0;
  private readonly capacity = CHUNK_BYTES / ENTRY_BYTES;
  private rows = new Uint32Array(FIRST_BYTES / ENTRY_BYTES);
  private columns = new Uint32Array(FIRST_BYTES / ENTRY_BYTES);
  private values = new Float64Array(FIRST_BYTES / ENTRY_BYTES);
  private target: number[] = [];
  private filled = 0;

  constructor(private readonly withTarget: boolean) {}

  append(row: number, column: number, value: number): void {
    if (this.filled === this.values.length) this.grow();
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

  private grow(): void {
    const room = 2 * this.values.length;
    this.rows = enlarged(this.rows, new Uint32Array(room));
    this.columns = enlarged(this.columns, new Uint32Array(room));
    this.values = enlarged(this.values, new Float64Array(room));
  }
}

/** `larger`, with the content of `array` in front. */
function enlarged<T extends Uint32Array | Float64Array>(array: T, larger: T): T {
  larger.set(array);
  return larger;
}

/** Empties a list of ready chunks, first one first. */
export function* drain(ready: ParsedChunk[]): Generator<ParsedChunk> {
  for (const chunk of ready.splice(0)) yield chunk;
}
