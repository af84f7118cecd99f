/**
 * Arrays a program has in memory, as a Matrix. In: rows of numbers, a dense row-major array with its shape, or
 * sparse entries by row (CSR), by column (CSC) or in any order (COO). Out: a checked matrix whose chunks are views.
 */
import { CHUNK_BYTES, rowsPerChunk } from './chunks.js';
import { DataError, type DenseChunk, type Matrix, type MatrixChunk, type SparseChunk } from './dataset.js';

interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** Row-major: values.length = rows × columns. */
export interface DenseInput extends Shape {
  readonly values: ArrayLike<number>;
}

/** Row i holds entries rowStarts[i] … rowStarts[i + 1] - 1. */
export interface CsrInput extends Shape {
  readonly rowStarts: ArrayLike<number>;
  readonly columnIds: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** Column j holds entries columnStarts[j] … columnStarts[j + 1] - 1. */
export interface CscInput extends Shape {
  readonly columnStarts: ArrayLike<number>;
  readonly rowIds: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** Entries in any order, ids from 0. */
export interface CooInput extends Shape {
  readonly rowIds: ArrayLike<number>;
  readonly columnIds: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export type MatrixInput = readonly ArrayLike<number>[] | DenseInput | CsrInput | CscInput | CooInput;

/** A matrix in memory: also all of it as one chunk. */
export interface InMemoryMatrix extends Matrix {
  readonly chunk: MatrixChunk;
}

/** Throws DataError when shape, ids or values are not what they should be. */
export function matrixFrom(input: MatrixInput): InMemoryMatrix {
  if (Array.isArray(input)) return denseMatrix(flattened(input as readonly ArrayLike<number>[]));
  const shaped = input as Exclude<MatrixInput, readonly ArrayLike<number>[]>;
  checkShape(shaped);
  if ('rowStarts' in shaped) return sparseMatrix(shaped, { rowIds: expanded('rowStarts', shaped.rowStarts, shaped.rows, shaped.values.length), columnIds: shaped.columnIds });
  if ('columnStarts' in shaped) return sparseMatrix(shaped, { rowIds: shaped.rowIds, columnIds: expanded('columnStarts', shaped.columnStarts, shaped.columns, shaped.values.length) });
  if ('rowIds' in shaped) return sparseMatrix(shaped, shaped);
  return denseMatrix(shaped);
}

function denseMatrix(input: DenseInput): InMemoryMatrix {
  const { rows, columns } = input;
  const values = float64(input.values);
  if (values.length !== rows * columns) {
    throw new DataError(`X: found ${values.length} values, expected ${rows} × ${columns} = ${rows * columns}. Give rows and columns that match the values`);
  }
  checkFinite(values, (at) => `row ${Math.floor(at / columns)}, column ${at % columns}`);
  const chunk: DenseChunk = { kind: 'dense', firstRow: 0, rows, values };
  return matrix({ kind: 'dense', rows, columns, entries: rows * columns, chunk }, () => denseViews(chunk, columns));
}

function sparseMatrix(input: Shape & { values: ArrayLike<number> }, ids: { rowIds: ArrayLike<number>; columnIds: ArrayLike<number> }): InMemoryMatrix {
  const { rows, columns } = input;
  const values = float64(input.values);
  const rowIds = checkedIds('rowIds', ids.rowIds, rows, values.length);
  const columnIds = checkedIds('columnIds', ids.columnIds, columns, values.length);
  checkFinite(values, (at) => `row ${rowIds[at]}, column ${columnIds[at]} (entry ${at})`);
  const chunk: SparseChunk = { kind: 'sparse', rows: rowIds, columns: columnIds, values };
  return matrix({ kind: 'sparse', rows, columns, entries: values.length, chunk }, () => sparseViews(chunk));
}

function matrix(fields: Pick<InMemoryMatrix, 'kind' | 'rows' | 'columns' | 'entries' | 'chunk'>, views: () => Generator<MatrixChunk>): InMemoryMatrix {
  return {
    ...fields,
    columnNames: null,
    chunks: async function* () {
      yield* views();
    },
    close: () => Promise.resolve(),
  };
}

function* denseViews({ rows, values }: DenseChunk, columns: number): Generator<DenseChunk> {
  const most = rowsPerChunk(columns);
  for (let firstRow = 0; firstRow < rows; firstRow += most) {
    const count = Math.min(most, rows - firstRow);
    yield { kind: 'dense', firstRow, rows: count, values: values.subarray(firstRow * columns, (firstRow + count) * columns) };
  }
}

function* sparseViews({ rows, columns, values }: SparseChunk): Generator<SparseChunk> {
  const most = CHUNK_BYTES / 16;
  for (let begin = 0; begin < values.length; begin += most) {
    const end = begin + most;
    yield { kind: 'sparse', rows: rows.subarray(begin, end), columns: columns.subarray(begin, end), values: values.subarray(begin, end) };
  }
}

function flattened(input: readonly ArrayLike<number>[]): DenseInput {
  const rows = input.length;
  const columns = rows === 0 ? 0 : input[0].length;
  const values = new Float64Array(rows * columns);
  for (const [i, row] of input.entries()) {
    if (row.length !== columns) {
      throw new DataError(`X: row ${i} has ${row.length} values, expected ${columns} as in row 0. Give every row the same length`);
    }
    for (let j = 0; j < columns; j++) values[i * columns + j] = typeof row[j] === 'number' ? row[j] : NaN;
  }
  const shaped = { rows, columns, values };
  checkShape(shaped);
  return shaped;
}

function checkShape({ rows, columns }: Shape): void {
  if (Number.isInteger(rows) && Number.isInteger(columns) && rows > 0 && columns > 0) return;
  throw new DataError(`X: found ${rows} rows and ${columns} columns, expected at least one of each. Give a matrix with data`);
}

/** The id of every entry, from where each row or column begins. */
function expanded(what: string, starts: ArrayLike<number>, count: number, entries: number): Uint32Array {
  if (starts.length !== count + 1) {
    throw new DataError(`X: found ${starts.length} ${what}, expected ${count + 1}: one more than there are rows or columns`);
  }
  const ids = new Uint32Array(entries);
  for (let id = 0; id < count; id++) {
    if (!(starts[id] <= starts[id + 1])) throw new DataError(`X: ${what}[${id + 1}] is ${starts[id + 1]}, expected at least ${starts[id]}: starts never descend`);
    ids.fill(id, starts[id], starts[id + 1]);
  }
  if (starts[0] !== 0 || starts[count] !== entries) {
    throw new DataError(`X: ${what} run from ${starts[0]} to ${starts[count]}, expected from 0 to ${entries}, the number of values`);
  }
  return ids;
}

function checkedIds(what: string, ids: ArrayLike<number>, count: number, entries: number): Uint32Array {
  if (ids.length !== entries) throw new DataError(`X: found ${ids.length} ${what}, expected ${entries}: one for every value`);
  const isWhole = ids instanceof Uint32Array;
  for (let e = 0; e < entries; e++) {
    if ((isWhole || (Number.isInteger(ids[e]) && ids[e] >= 0)) && ids[e] < count) continue;
    throw new DataError(`X: ${what}[${e}] is ${ids[e]}, expected a whole number from 0 to ${count - 1}`);
  }
  return isWhole ? ids : Uint32Array.from(ids);
}

function checkFinite(values: Float64Array, place: (at: number) => string): void {
  // 0 unless some value is infinite or not a number.
  let zero = 0;
  for (let at = 0; at < values.length; at++) zero += values[at] * 0;
  if (zero === 0) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  throw new DataError(`X: found ${values[at]} at ${place(at)} (from 0), expected a finite number. Fill in or leave out what is missing`);
}

function float64(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}
