/**
 * Where an entry of a matrix stands in its file. In: the file as it was read, row and column from 0. Out: lines, or
 * elements of an archive's data; found by reading the file again, which only an error message is worth.
 */
import { lineOfRow } from './csv.js';
import { DataError, type DuplicateEntryError } from './dataset.js';
import { recognizeFormat } from './format.js';
import { visitLibsvm } from './libsvm.js';
import { visitEntries } from './matrix-market.js';
import { visitNpz } from './npz.js';
import type { FileOptions } from './open-reader.js';
import { openSource, type Source } from './source.js';

/** Lines count from 1, elements from 0. */
export interface EntryPlaces {
  readonly unit: 'line' | 'element';
  /** None when the format has no line for the entry (dense arrays). */
  readonly at: readonly number[];
}

type Recognition = Pick<FileOptions, 'format' | 'header'>;

/** Places that give the entry; more than one when it is repeated. */
export async function locateEntry(file: string, options: Recognition, row: number, column: number): Promise<EntryPlaces> {
  const source = await openSource(file);
  try {
    return await placesIn(source, options, row, column);
  } finally {
    await source.close();
  }
}

async function placesIn(source: Source, options: Recognition, row: number, column: number): Promise<EntryPlaces> {
  const at: number[] = [];
  const visit = (entryRow: number, entryColumn: number, _value: number, place: number): void => {
    if (entryRow === row && entryColumn === column) at.push(place);
  };
  switch (options.format ?? recognizeFormat(source)) {
    case 'csv':
      return { unit: 'line', at: [await lineOfRow(source, options.header, row)].filter((line) => line !== null) };
    case 'libsvm':
      await visitLibsvm(source, visit);
      return { unit: 'line', at };
    case 'matrixmarket':
      if (/^\S+\s+matrix\s+coordinate\s/i.test(source.head.toString('utf8'))) await visitEntries(source, visit);
      return { unit: 'line', at };
    case 'npy':
      return { unit: 'element', at };
    case 'npz':
      await visitNpz(source, visit);
      return { unit: 'element', at };
  }
}

/** The error a user should see for a duplicate: with the file and the lines or elements. */
export async function nameDuplicate({ row, column, message }: DuplicateEntryError, options: Recognition & Pick<FileOptions, 'data'>): Promise<DataError> {
  const { unit, at } = await locateEntry(options.data, options, row, column);
  if (unit === 'line') return new DataError(`${options.data}, lines ${at.join(' and ')}: ${message}, expected it once. Keep one of these lines`);
  return new DataError(`${options.data}, array "data", elements ${at.join(' and ')} (from 0): ${message}, expected it once. Call sum_duplicates() on the matrix before it is saved`);
}
