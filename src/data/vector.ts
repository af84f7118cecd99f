/**
 * A file of one vector: a target or weights. In: a NumPy array of shape (n,), (n, 1) or (1, n), a MatrixMarket vector
 * (n × 1 or 1 × n, coordinate or array) or a CSV of one column. Out: its values; what a coordinate file leaves out is 0.
 */
import type { ParsedChunk } from './chunks.js';
import { concatenated } from './concatenated.js';
import { vectorPlan } from './csv-columns.js';
import { openCsv } from './csv.js';
import { DataError, DuplicateEntryError, type SparseChunk } from './dataset.js';
import { recognizeFormat } from './format.js';
import { nameDuplicate } from './locate.js';
import { openMatrixMarket } from './matrix-market.js';
import { readNpyVector } from './npy.js';
import type { Reader } from './reader.js';
import { openSource, type Source } from './source.js';

/** What is asked of a vector. */
export interface VectorRequest {
  /** What it holds, in the words of a message. */
  readonly what: string;
  /** Throws when the vector may not have that many values; asked as soon as the number is known. */
  checkLength(length: number): void;
}

/** DataError when the file is no vector of finite numbers. */
export async function readVector(file: string, request: VectorRequest): Promise<Float64Array> {
  const source = await openSource(file);
  try {
    const values = await readFrom(source, request);
    request.checkLength(values.length);
    return values;
  } catch (error) {
    throw error instanceof DuplicateEntryError ? await nameDuplicate(error, { data: file }) : error;
  } finally {
    await source.close();
  }
}

async function readFrom(source: Source, request: VectorRequest): Promise<Float64Array> {
  const { what } = request;
  const format = recognizeFormat(source);
  switch (format) {
    case 'npy':
      return readNpyVector(source, what);
    case 'csv':
      return collect(await openCsv(source, undefined, vectorPlan(what)));
    case 'matrixmarket':
      return collect(await openMarketVector(source, request));
    case 'libsvm':
    case 'npz':
      throw new DataError(`${source.file}: recognized as ${format}, expected a NumPy array (.npy), a MatrixMarket vector or a CSV of one column. Give the ${what} as one of these`);
  }
}

/** A coordinate file may announce any number of values, which take memory whether they are there or not. */
async function openMarketVector(source: Source, { what, checkLength }: VectorRequest): Promise<Reader> {
  const reader = await openMatrixMarket(source, null);
  if (reader.columns === 1 || reader.rows === 1) {
    checkLength(reader.rows * reader.columns);
    return reader;
  }
  throw new DataError(`${source.file}: found a matrix of ${reader.rows} × ${reader.columns}, expected one row or one column. Give a file with the ${what} alone`);
}

async function collect(reader: Reader): Promise<Float64Array> {
  if (reader.kind === 'sparse') return collectEntries(reader);
  const pieces: Float64Array[] = [];
  for await (const { chunk } of reader.chunks()) pieces.push(chunk.values);
  return concatenated(pieces);
}

async function collectEntries(reader: Reader): Promise<Float64Array> {
  const values = new Float64Array(reader.rows * reader.columns);
  const filled = new Uint8Array(values.length);
  for await (const { chunk } of reader.chunks() as AsyncIterable<ParsedChunk & { chunk: SparseChunk }>) {
    for (let e = 0; e < chunk.values.length; e++) {
      const at = chunk.rows[e] + chunk.columns[e];
      if (filled[at] === 1) throw new DuplicateEntryError(chunk.rows[e], chunk.columns[e]);
      filled[at] = 1;
      values[at] = chunk.values[e];
    }
  }
  return values;
}
