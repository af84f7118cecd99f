/**
 * NumPy arrays as data: a dense reader of a 2-D array, and the values of a vector. In: a source that begins with the
 * magic of .npy, or an array of an archive.
 *
 * Arrays in C order stream by rows: memory is a chunk. Those in Fortran order are turned out of core: a panel of
 * 16 MiB, or one column where that is more, and the rest on disk.
 */
import { rowsPerChunk, type ParsedChunk } from './chunks.js';
import { concatenated } from './concatenated.js';
import { DataError } from './dataset.js';
import { NpyArray } from './npy-array.js';
import { shapeText } from './npy-header.js';
import { keptColumns, MOST_COLUMNS, type ColumnLimit, type Reader } from './reader.js';
import type { Source } from './source.js';
import { transposedChunks } from './transpose.js';

export async function openNpy(source: Source, limit: ColumnLimit | null): Promise<Reader> {
  const array = await openArray(source);
  return new DenseArrayReader(source.file, array.label, array.header.shape, { open: () => Promise.resolve(array), limit, target: null });
}

/** The elements of a vector file: shape (n,), (n, 1) or (1, n). `what`: what the vector holds. */
export async function readNpyVector(source: Source, what: string): Promise<Float64Array> {
  return vectorOf(await openArray(source), what);
}

/** Reads a vector to its end and closes it. */
export async function vectorOf(array: NpyArray, what: string): Promise<Float64Array> {
  const { label, header, length } = array;
  const { shape } = header;
  try {
    const isVector = shape.length === 1 || (shape.length === 2 && shape.includes(1));
    if (!isVector || length === 0) {
      throw new DataError(`${label}: found an array of shape ${shapeText(shape)}, expected (n,), (n, 1) or (1, n). Give an array with the ${what} alone`);
    }
    const pieces: Float64Array[] = [];
    for await (const piece of array.pieces()) pieces.push(piece);
    return concatenated(pieces);
  } finally {
    await array.close();
  }
}

function openArray(source: Source): Promise<NpyArray> {
  return NpyArray.open(source.file, { bytes: source.bytes(), length: source.stored?.bytes ?? null });
}

export interface ArrayRequest {
  /** Opens the array at its first element; called once. */
  open(): Promise<NpyArray>;
  readonly limit: ColumnLimit | null;
  /** One value a row, where there are any. */
  readonly target: Float64Array | null;
}

/** A dense matrix from a 2-D array. */
export class DenseArrayReader implements Reader {
  readonly kind = 'dense';
  readonly columnNames = null;
  readonly ignoredEntries = 0;
  readonly rows: number;
  readonly columns: number;
  readonly ignoredColumns: number;
  private readonly width: number;

  constructor(
    file: string,
    label: string,
    shape: readonly number[],
    private readonly request: ArrayRequest,
  ) {
    checkMatrixShape(label, shape);
    [this.rows, this.width] = shape;
    this.columns = keptColumns(file, this.width, request.limit);
    this.ignoredColumns = this.width - this.columns;
  }

  async *chunks(): AsyncGenerator<ParsedChunk> {
    const { target } = this.request;
    const array = await this.request.open();
    try {
      for await (const { chunk } of array.header.fortran ? this.byColumns(array) : this.byRows(array)) {
        if (chunk.kind === 'dense') yield { chunk, target: target?.subarray(chunk.firstRow, chunk.firstRow + chunk.rows) ?? null };
      }
    } finally {
      await array.close();
    }
  }

  private async *byRows(array: NpyArray): AsyncGenerator<ParsedChunk> {
    const most = rowsPerChunk(this.width);
    for (let firstRow = 0; firstRow < this.rows; firstRow += most) {
      const rows = Math.min(most, this.rows - firstRow);
      const values = this.leading(await array.take(rows * this.width), rows);
      yield { chunk: { kind: 'dense', firstRow, rows, values }, target: null };
    }
    await array.end();
  }

  private byColumns(array: NpyArray): AsyncGenerator<ParsedChunk> {
    return transposedChunks({ rows: this.rows, columns: this.width, symmetry: 'general', kept: this.columns }, array.pieces());
  }

  /** The columns that are given out, of `rows` rows of the file. */
  private leading(values: Float64Array, rows: number): Float64Array {
    if (this.ignoredColumns === 0) return values;
    const kept = new Float64Array(rows * this.columns);
    for (let row = 0; row < rows; row++) kept.set(values.subarray(row * this.width, row * this.width + this.columns), row * this.columns);
    return kept;
  }
}

const MOST_ROWS = 0xffff_ffff;

/** DataError unless `shape` is rows × columns within what a matrix may have. */
export function checkMatrixShape(label: string, shape: readonly number[]): void {
  const [rows, columns] = shape;
  if (shape.length !== 2) {
    throw new DataError(`${label}: found an array of shape ${shapeText(shape)}, expected 2 dimensions: rows and columns. ${reshaping(shape.length)}`);
  }
  if (rows < 1 || columns < 1 || rows > MOST_ROWS || columns > MOST_COLUMNS) {
    throw new DataError(`${label}: found a matrix of ${rows} × ${columns}, expected from 1 to ${MOST_ROWS} rows and from 1 to ${MOST_COLUMNS} columns. Check how it was made`);
  }
}

function reshaping(dimensions: number): string {
  if (dimensions === 0) return 'Save the array of the data';
  return dimensions === 1 ? 'Save a single column as X.reshape(-1, 1), a single row as X.reshape(1, -1)' : 'Bring it into rows and columns with X.reshape(len(X), -1)';
}
