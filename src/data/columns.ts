/**
 * A shard in column-major form. In: its parts as they arrive, dense rows or sparse entries, with row and column
 * ids counted within the shard. Out: value = hi + lo, where hi is the float32 of the value (in memory that the
 * caller provides, the engine's own where it can be) and lo the float32 of what hi lost; lo is null when nothing was.
 *
 * Sparse: column j holds entries starts[j] … starts[j + 1] - 1, row ids ascending.
 */
import { DataError, DuplicateEntryError } from './dataset.js';

/** Size of a shard, and where in the whole matrix it begins (for messages; 0 when not said). */
export interface ShardExtent {
  readonly rows: number;
  readonly columns: number;
  readonly firstRow?: number;
  readonly firstColumn?: number;
}

/** Consecutive rows of the shard, row-major: values.length = rows × columns of the shard. */
export interface DensePart {
  readonly firstRow: number;
  readonly values: Float64Array;
}

/** Entries of the shard in any order. */
export interface SparsePart {
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float64Array;
}

/** hi and lo: columns × rows, column-major. */
export interface DenseColumns {
  readonly hi: Float32Array;
  readonly lo: Float32Array | null;
}

export interface SparseColumns {
  /** columns + 1 positions. */
  readonly starts: Uint32Array;
  readonly rowIds: Uint32Array;
  readonly hi: Float32Array;
  readonly lo: Float32Array | null;
}

/** Memory for a sparse shard: starts of columns + 1, rowIds and hi of one element an entry. */
export type SparseMemory = Omit<SparseColumns, 'lo'>;

type Parts<T> = AsyncIterable<T> | Iterable<T>;

/** Columns handled together while rows are turned: one cache line of a row at a time. */
const COLUMN_TILE = 8;

/** `allocate` gives rows × columns floats. Peak memory beyond that: one part, and lo where needed. */
export async function buildDense(
  extent: ShardExtent,
  parts: Parts<DensePart>,
  allocate: (length: number) => Float32Array,
): Promise<DenseColumns> {
  const { rows, columns } = extent;
  const split = new Split(allocate(rows * columns));
  let seen = 0;
  for await (const { firstRow, values } of parts) {
    const count = columns === 0 ? 0 : values.length / columns;
    if (!Number.isInteger(count) || firstRow + count > rows) {
      throw new DataError(`a shard of ${rows} × ${columns} got ${values.length} values for the rows from ${firstRow} on; expected whole rows that fit. The sender and the shard's description disagree`);
    }
    turn(split, extent, firstRow, count, values);
    seen += count;
  }
  if (columns > 0 && seen !== rows) {
    throw new DataError(`a shard of ${rows} rows got ${seen}; expected every row once. The sender and the shard's description disagree`);
  }
  return { hi: split.hi, lo: split.lo };
}

function turn(split: Split, extent: ShardExtent, firstRow: number, count: number, values: Float64Array): void {
  const { rows, columns } = extent;
  for (let tile = 0; tile < columns; tile += COLUMN_TILE) {
    const end = Math.min(tile + COLUMN_TILE, columns);
    for (let i = 0; i < count; i++) {
      for (let j = tile; j < end; j++) {
        const value = values[i * columns + j];
        if (!split.put(j * rows + firstRow + i, value)) throw overflow(extent, firstRow + i, j, value);
      }
    }
  }
}

/**
 * A counting sort by column. `allocate` is asked once, when the number of entries is known. Peak memory beyond
 * that and lo: the parts, each let go of as soon as it is in place.
 */
export async function buildSparse(
  extent: ShardExtent,
  parts: Parts<SparsePart>,
  allocate: (entries: number) => SparseMemory,
): Promise<SparseColumns> {
  const held: (SparsePart | null)[] = [];
  let entries = 0;
  for await (const part of parts) {
    checkIds(extent, part);
    held.push(part);
    entries += part.values.length;
  }
  const { starts, rowIds, hi } = allocate(entries);
  const split = new Split(hi);
  countColumns(starts, held);
  const next = starts.slice(0, extent.columns);
  for (const [at, part] of held.entries()) {
    place(extent, split, rowIds, next, part as SparsePart);
    held[at] = null;
  }
  for (let j = 0; j < extent.columns; j++) orderColumn(extent, j, { starts, rowIds, hi, lo: split.lo });
  return { starts, rowIds, hi, lo: split.lo };
}

function checkIds({ rows, columns }: ShardExtent, part: SparsePart): void {
  for (let e = 0; e < part.values.length; e++) {
    if (part.rows[e] < rows && part.columns[e] < columns) continue;
    throw new DataError(`a shard of ${rows} × ${columns} got an entry at row ${part.rows[e]}, column ${part.columns[e]} (from 0). The sender and the shard's description disagree`);
  }
}

function countColumns(starts: Uint32Array, parts: readonly (SparsePart | null)[]): void {
  starts.fill(0);
  for (const part of parts) for (const column of part!.columns) starts[column + 1]++;
  for (let j = 1; j < starts.length; j++) starts[j] += starts[j - 1];
}

function place(extent: ShardExtent, split: Split, rowIds: Uint32Array, next: Uint32Array, part: SparsePart): void {
  for (let e = 0; e < part.values.length; e++) {
    const column = part.columns[e];
    const at = next[column]++;
    rowIds[at] = part.rows[e];
    if (!split.put(at, part.values[e])) throw overflow(extent, part.rows[e], column, part.values[e]);
  }
}

/** Brings a column's rows into ascending order, which they mostly are already, and refuses one that comes twice. */
function orderColumn(extent: ShardExtent, column: number, shard: SparseColumns): void {
  const begin = shard.starts[column];
  const end = shard.starts[column + 1];
  const rowIds = shard.rowIds.subarray(begin, end);
  if (!strictlyAscending(rowIds)) {
    const order = Uint32Array.from(rowIds.keys()).sort((a, b) => rowIds[a] - rowIds[b]);
    permute(rowIds, order);
    permute(shard.hi.subarray(begin, end), order);
    if (shard.lo !== null) permute(shard.lo.subarray(begin, end), order);
  }
  for (let e = 1; e < rowIds.length; e++) {
    if (rowIds[e] !== rowIds[e - 1]) continue;
    throw new DuplicateEntryError((extent.firstRow ?? 0) + rowIds[e], (extent.firstColumn ?? 0) + column);
  }
}

function strictlyAscending(ids: Uint32Array): boolean {
  for (let e = 1; e < ids.length; e++) if (ids[e] <= ids[e - 1]) return false;
  return true;
}

function permute(array: Uint32Array | Float32Array, order: Uint32Array): void {
  const copy = array.slice();
  for (let e = 0; e < order.length; e++) array[e] = copy[order[e]];
}

/** A float64 value as the sum of two float32; the second array is made when a value needs it. */
class Split {
  lo: Float32Array | null = null;

  constructor(readonly hi: Float32Array) {}

  /** False when the value is beyond float32. */
  put(at: number, value: number): boolean {
    const high = Math.fround(value);
    if (!Number.isFinite(high)) return false;
    this.hi[at] = high;
    const rest = Math.fround(value - high);
    if (rest !== 0) (this.lo ??= new Float32Array(this.hi.length))[at] = rest;
    return true;
  }
}

function overflow(extent: ShardExtent, row: number, column: number, value: number): DataError {
  const place = `row ${(extent.firstRow ?? 0) + row + 1}, column ${(extent.firstColumn ?? 0) + column + 1}`;
  return new DataError(`${place}: found ${value}, expected a magnitude below 3.4e38, the largest that float32 holds. Scale the column`);
}
