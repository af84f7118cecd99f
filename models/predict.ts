/**
 * Prediction with a saved model of any kind. In: the model's folder. Out: what predicts; for rows of features as they are
 * read, one value a row, in row order, block by block.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, DuplicateEntryError, type MatrixChunk, type SparseChunk } from '../src/data/dataset.js';
import { quoted, shown } from '../src/data/number.js';
import type { RowStream } from '../src/data/stream-rows.js';
import { VERSION } from '../src/version.js';
import { LassoModel } from './lasso/model.js';
import { MfModel } from './mf/model.js';

/** A model of rows of features. */
export interface RowPredictor {
  readonly kind: 'rows';
  /** Columns of X. */
  readonly columns: number;
  /** Their names, where the training data had any. */
  readonly columnNames: readonly string[] | null;
  /** ŷ of a row without entries. */
  readonly start: number;
  /** Adds what a chunk contributes; into[i] belongs to row firstRow + i. */
  accumulate(chunk: MatrixChunk, into: Float64Array, firstRow: number): void;
}

/** A model of pairs of a user and an item. */
export interface PairPredictor {
  readonly kind: 'pairs';
  readonly model: MfModel;
}

type Loader = (folder: string, alpha: number | undefined) => Promise<RowPredictor | PairPredictor>;

/** Kinds of model by the `format` in their model.json. */
const LOADERS: ReadonlyMap<string, Loader> = new Map<string, Loader>([
  ['strads-lasso', loadLassoPredictor],
  ['strads-mf', async (folder) => ({ kind: 'pairs', model: await MfModel.load(folder) })],
]);

/** `alpha`: which solution of a Lasso's path, if not the chosen one. Throws DataError when there is no model, or one of a kind that this version does not know. */
export async function loadModel(folder: string, alpha?: number): Promise<RowPredictor | PairPredictor> {
  const file = join(folder, 'model.json');
  const { format, stradsVersion } = await readHead(file);
  const load = LOADERS.get(format);
  if (load) return load(folder, alpha);
  const known = [...LOADERS.keys()].join(', ');
  throw new DataError(`${file}: found format ${quoted(format)}, but strads ${VERSION} knows ${known}. Install strads ${stradsVersion === undefined ? 'of the version that wrote the model' : shown(stradsVersion)} or newer`);
}

export async function loadLassoPredictor(folder: string, alpha?: number): Promise<RowPredictor> {
  const model = await LassoModel.load(folder, alpha);
  const columns = model.coefficients.length;
  return {
    kind: 'rows',
    columns,
    columnNames: model.summary.features,
    start: model.intercept,
    accumulate: (chunk, into, firstRow) => model.accumulate(chunk, columns, into, firstRow),
  };
}

async function readHead(file: string): Promise<{ format: string; stradsVersion: string | undefined }> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
    throw new DataError(missing ? `${file}: there is no such file. Give --model the folder that strads train --out wrote` : `${file}: cannot be read (${error.message})`);
  });
  const head = parsedObject(text);
  if (typeof head?.['format'] !== 'string') throw new DataError(`${file}: found no "format", expected the model.json of a strads model. Give --model the folder that strads train --out wrote`);
  const { format, stradsVersion } = head;
  return { format, stradsVersion: typeof stradsVersion === 'string' ? stradsVersion : undefined };
}

/** The members of a JSON object; null when the text is none. */
function parsedObject(text: string): Record<string, unknown> | null {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** ŷ of all rows. Memory: a chunk, and 8 bytes a row where the file does not go row by row (MatrixMarket coordinate). */
export function predictRows(model: RowPredictor, stream: RowStream): AsyncGenerator<Float64Array> {
  if (stream.kind === 'dense') return denseRows(model, stream);
  return stream.format.startsWith('libsvm') ? sparseRows(model, stream) : scatteredRows(model, stream);
}

async function* denseRows(model: RowPredictor, stream: RowStream): AsyncGenerator<Float64Array> {
  for await (const chunk of stream.chunks()) {
    if (chunk.kind !== 'dense') continue;
    const predictions = new Float64Array(chunk.rows).fill(model.start);
    model.accumulate(chunk, predictions, chunk.firstRow);
    yield predictions;
  }
}

/** Entries in row order: a row is complete when an entry of a later one arrives. */
async function* sparseRows(model: RowPredictor, stream: RowStream): AsyncGenerator<Float64Array> {
  let firstRow = 0;
  let open = new Float64Array(0);
  for await (const chunk of stream.chunks()) {
    if (chunk.kind !== 'sparse') continue;
    open = extended(open, stream.rows - firstRow, model.start);
    model.accumulate(chunk, open, firstRow);
    const complete = (chunk.rows.at(-1) ?? firstRow) - firstRow;
    yield open.slice(0, complete);
    open = open.slice(complete);
    firstRow += complete;
  }
  yield extended(open, stream.rows - firstRow, model.start);
}

/** Entries in any order: every row stays open until the end. */
async function* scatteredRows(model: RowPredictor, stream: RowStream): AsyncGenerator<Float64Array> {
  const predictions = rowsInMemory(stream).fill(model.start);
  const watch = new RepeatWatch();
  for await (const chunk of stream.chunks()) {
    if (chunk.kind !== 'sparse') continue;
    watch.check(chunk);
    model.accumulate(chunk, predictions, 0);
  }
  yield predictions;
}

/** As many as a header announces: it takes a few bytes to announce more than there is memory for. */
function rowsInMemory({ file, rows }: RowStream): Float64Array<ArrayBuffer> {
  try {
    return new Float64Array(rows);
  } catch (error) {
    throw new DataError(`${file}: found a matrix of ${rows} rows, whose predictions do not fit into memory at once, as they must where entries come in any order. Correct the number of rows, or give the rows in parts or as LIBSVM`, { cause: error });
  }
}

function extended(values: Float64Array, length: number, fill: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length).fill(fill, values.length);
  longer.set(values);
  return longer;
}

/** Notices an entry that stands twice in a row, as it does in a file sorted by rows or by columns. */
class RepeatWatch {
  private row = -1;
  private column = -1;

  check({ rows, columns }: SparseChunk): void {
    for (let e = 0; e < rows.length; e++) {
      if (rows[e] === this.row && columns[e] === this.column) throw new DuplicateEntryError(this.row, this.column);
      this.row = rows[e]!;
      this.column = columns[e]!;
    }
  }
}
