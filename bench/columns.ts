/** Data as parsed, by columns, in float64. In: a dataset's chunks. Out: one column at a time, for what is measured beside the system. */
import type { Matrix } from '../src/data/dataset.js';

export interface Column {
  /** Rows of the values, ascending; null: one value for every row. */
  readonly rowIds: Uint32Array | null;
  readonly values: Float64Array;
}

export interface Columns {
  readonly rows: number;
  readonly count: number;
  column(j: number): Column;
}

/** Column j holds entries starts[j] … starts[j + 1] - 1. */
export interface SparseColumns extends Columns {
  readonly kind: 'sparse';
  readonly starts: Uint32Array;
  readonly rowIds: Uint32Array;
  readonly values: Float64Array;
}

/** Column-major. */
export interface DenseColumns extends Columns {
  readonly kind: 'dense';
  readonly values: Float64Array;
}

export function readColumns(matrix: Matrix): Promise<DenseColumns | SparseColumns> {
  return matrix.kind === 'dense' ? readDense(matrix) : readSparse(matrix);
}

async function readDense(matrix: Matrix): Promise<DenseColumns> {
  const { rows, columns } = matrix;
  const values = new Float64Array(rows * columns);
  for await (const chunk of matrix.chunks()) {
    if (chunk.kind !== 'dense') throw new TypeError('a dense matrix came in sparse chunks');
    for (let i = 0; i < chunk.rows; i++) for (let j = 0; j < columns; j++) values[j * rows + chunk.firstRow + i] = chunk.values[i * columns + j]!;
  }
  return { kind: 'dense', rows, count: columns, values, column: (j) => ({ rowIds: null, values: values.subarray(j * rows, (j + 1) * rows) }) };
}

/** A counting sort by column, of entries that come by ascending row in each column. */
async function readSparse(matrix: Matrix): Promise<SparseColumns> {
  const starts = new Uint32Array(matrix.columns + 1);
  for await (const chunk of matrix.chunks()) if (chunk.kind === 'sparse') for (const j of chunk.columns) starts[j + 1]!++;
  for (let j = 0; j < matrix.columns; j++) starts[j + 1]! += starts[j]!;
  const next = starts.slice();
  const rowIds = new Uint32Array(matrix.entries);
  const values = new Float64Array(matrix.entries);
  for await (const chunk of matrix.chunks()) {
    if (chunk.kind !== 'sparse') throw new TypeError('a sparse matrix came in dense chunks');
    for (let e = 0; e < chunk.rows.length; e++) {
      const at = next[chunk.columns[e]!]!++;
      rowIds[at] = chunk.rows[e]!;
      values[at] = chunk.values[e]!;
    }
  }
  return sparseColumns(matrix.rows, starts, rowIds, values);
}

export function sparseColumns(rows: number, starts: Uint32Array, rowIds: Uint32Array, values: Float64Array): SparseColumns {
  const column = (j: number) => ({ rowIds: rowIds.subarray(starts[j], starts[j + 1]), values: values.subarray(starts[j], starts[j + 1]) });
  return { kind: 'sparse', rows, count: starts.length - 1, starts, rowIds, values, column };
}

/** The first `count` columns. */
export function firstColumns({ rows, starts, rowIds, values }: SparseColumns, count: number): SparseColumns {
  const end = starts[count]!;
  return sparseColumns(rows, starts.slice(0, count + 1), rowIds.slice(0, end), values.slice(0, end));
}
