/**
 * Where an entry of a matrix stands in its file. In: the file as it was read, row and column from 0. Out: line
 * numbers; found by reading the file again, which only an error message is worth.
 */
import { lineOfRow } from './csv.js';
import { DataError, type DuplicateEntryError } from './dataset.js';
import { recognizeFormat } from './format.js';
import { visitLibsvm } from './libsvm.js';
import { visitEntries } from './matrix-market.js';
import type { FileOptions } from './open-reader.js';
import { openSource, type Source } from './source.js';

/** Lines that give the entry, none when the format has no line for it (a MatrixMarket array). */
export async function locateEntry(file: string, options: Pick<FileOptions, 'format' | 'header'>, row: number, column: number): Promise<number[]> {
  const source = await openSource(file);
  try {
    return await linesIn(source, options, row, column);
  } finally {
    await source.close();
  }
}

async function linesIn(source: Source, options: Pick<FileOptions, 'format' | 'header'>, row: number, column: number): Promise<number[]> {
  const lines: number[] = [];
  const visit = (entryRow: number, entryColumn: number, _value: number, line: number): void => {
    if (entryRow === row && entryColumn === column) lines.push(line);
  };
  switch (options.format ?? recognizeFormat(source)) {
    case 'csv':
      return [await lineOfRow(source, options.header, row)].filter((line) => line !== null);
    case 'libsvm':
      await visitLibsvm(source, visit);
      return lines;
    case 'matrixmarket':
      if (/^\S+\s+matrix\s+coordinate\s/i.test(source.head.toString('utf8'))) await visitEntries(source, visit);
      return lines;
  }
}

/** The error a user should see for a duplicate: with the file and the lines. */
export async function nameDuplicate({ row, column, message }: DuplicateEntryError, options: Pick<FileOptions, 'data' | 'format' | 'header'>): Promise<DataError> {
  const lines = await locateEntry(options.data, options, row, column);
  return new DataError(`${options.data}, lines ${lines.join(' and ')}: ${message}, expected it once. Keep one of these lines`);
}
