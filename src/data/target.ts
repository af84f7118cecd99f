/**
 * A target file. In: a MatrixMarket vector (n × 1 or 1 × n, coordinate or array) or a CSV of one column.
 * Out: its values; what a coordinate file leaves out is 0.
 */
import type { ParsedChunk } from './chunks.js';
import { openCsv } from './csv.js';
import { trainingPlan } from './csv-columns.js';
import { DataError, DuplicateEntryError, type SparseChunk } from './dataset.js';
import { recognizeFormat } from './format.js';
import { nameDuplicate } from './locate.js';
import { openMatrixMarket } from './matrix-market.js';
import type { Reader } from './reader.js';
import { openSource, type Source } from './source.js';

export async function readTarget(file: string): Promise<Float64Array> {
  const source = await openSource(file);
  try {
    const reader = await openTarget(source);
    return await collect(reader);
  } catch (error) {
    throw error instanceof DuplicateEntryError ? await nameDuplicate(error, { data: file }) : error;
  } finally {
    await source.close();
  }
}

async function openTarget(source: Source): Promise<Reader> {
  const format = recognizeFormat(source);
  if (format === 'libsvm') throw new DataError(`${source.file}: recognized as LIBSVM, expected a MatrixMarket vector or a CSV of one column. Give the labels as one of these`);
  const reader = format === 'csv' ? await openCsv(source, undefined, trainingPlan({})) : await openMatrixMarket(source, null);
  if (reader.columns !== 1 && (format === 'csv' || reader.rows !== 1)) {
    const found = format === 'csv' ? `a CSV of ${reader.columns} columns` : `a matrix of ${reader.rows} × ${reader.columns}`;
    const expected = format === 'csv' ? 'one column' : 'one row or one column';
    throw new DataError(`${source.file}: found ${found}, expected ${expected}. Give a file with the target alone`);
  }
  return reader;
}

async function collect(reader: Reader): Promise<Float64Array> {
  if (reader.kind === 'sparse') return collectEntries(reader);
  const pieces: Float64Array[] = [];
  for await (const { chunk } of reader.chunks()) pieces.push(chunk.values);
  return concatenated(pieces);
}

async function collectEntries(reader: Reader): Promise<Float64Array> {
  const target = new Float64Array(reader.rows * reader.columns);
  const filled = new Uint8Array(target.length);
  for await (const { chunk } of reader.chunks() as AsyncIterable<ParsedChunk & { chunk: SparseChunk }>) {
    for (let e = 0; e < chunk.values.length; e++) {
      const at = chunk.rows[e] + chunk.columns[e];
      if (filled[at] === 1) throw new DuplicateEntryError(chunk.rows[e], chunk.columns[e]);
      filled[at] = 1;
      target[at] = chunk.values[e];
    }
  }
  return target;
}

/** One array of all pieces, in order. */
export function concatenated(pieces: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
