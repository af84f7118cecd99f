/**
 * Training data. In: a data file, and a target that is a file, a column, the labels or an array beside the matrix. Out: a Dataset whose matrix
 * replays from a spool, so that memory stays bounded however large the file is.
 */
import { concatenated } from './concatenated.js';
import { trainingPlan } from './csv-columns.js';
import { DataError, type Dataset } from './dataset.js';
import { recognizeFormat, type Format } from './format.js';
import { formatName, openReader, refuseCsvOptions, type FileOptions } from './open-reader.js';
import { MOST_COLUMNS, type Reader } from './reader.js';
import { openSource } from './source.js';
import { MatrixSpool } from './spooled-matrix.js';
import { readVector } from './vector.js';

export interface ReadOptions extends FileOptions {
  /** File of y; takes the place of LIBSVM labels and of an array y in an archive. */
  readonly target?: string | undefined;
  /** LIBSVM: number of columns, where the largest id in the file does not say it. */
  readonly features?: number | undefined;
  /** Parsed bytes kept in memory; the rest goes to a temporary file. 8 MiB when not said. */
  readonly spoolBytes?: number | undefined;
}

export async function readDataset(options: ReadOptions): Promise<Dataset> {
  if (options.target !== undefined && options.targetColumn !== undefined) {
    throw new DataError(`${options.target}: both a target file and --target-column ${options.targetColumn} are given, expected one. Leave one of them out`);
  }
  const source = await openSource(options.data);
  const spool = new MatrixSpool(options.spoolBytes);
  try {
    const format = options.format ?? recognizeFormat(source);
    refuseOptions(options, format);
    const reader = await openReader(source, format, { header: options.header, plan: trainingPlan(options), limit: limitOf(options), withTarget: options.target === undefined });
    const carried = await spoolAll(reader, spool);
    const target = options.target === undefined ? carried : await fileTarget(options.data, options.target, reader.rows);
    return { matrix: spool.matrix({ kind: reader.kind, rows: reader.rows, columns: reader.columns, columnNames: reader.columnNames }), target, format: formatName(source, format) };
  } catch (error) {
    spool.close();
    throw error;
  } finally {
    await source.close();
  }
}

function limitOf({ features }: ReadOptions): { count: number; beyond: 'error' } | null {
  return features === undefined ? null : { count: features, beyond: 'error' };
}

function refuseOptions(options: ReadOptions, format: Format): void {
  refuseCsvOptions(options.data, format, options);
  if (options.features !== undefined && options.features > MOST_COLUMNS) {
    throw new DataError(`${options.data}: a number of features of ${options.features} is asked for, expected at most ${MOST_COLUMNS}, the columns that a matrix may have. Correct it`);
  }
  if (options.features !== undefined && format !== 'libsvm') {
    throw new DataError(`${options.data}: recognized as ${format}, whose columns are counted in the file, so a number of features says nothing about it. Leave it out`);
  }
}

/** Returns the target that came with the rows, if one did. */
async function spoolAll(reader: Reader, spool: MatrixSpool): Promise<Float64Array | null> {
  const pieces: Float64Array[] = [];
  for await (const { chunk, target } of reader.chunks()) {
    spool.append(chunk);
    if (target !== null) pieces.push(target);
  }
  return pieces.length === 0 ? null : concatenated(pieces);
}

function fileTarget(data: string, file: string, rows: number): Promise<Float64Array> {
  return readVector(file, {
    what: 'target',
    checkLength: (length) => {
      if (length !== rows) throw new DataError(`${file}: found ${length} values, expected ${rows}, one for each row of ${data}. Check that the two files belong together`);
    },
  });
}
