/**
 * The right reader for a file. In: a source, its format, and what is asked of it. Out: a reader.
 */
import type { ColumnRef, Planner } from './csv-columns.js';
import { openCsv } from './csv.js';
import { DataError } from './dataset.js';
import type { Format } from './format.js';
import { openLibsvm } from './libsvm.js';
import { openMatrixMarket } from './matrix-market.js';
import { openNpy } from './npy.js';
import { openNpz } from './npz.js';
import type { ColumnLimit, Reader } from './reader.js';
import type { Source } from './source.js';

/** What a user may say about a data file; all but `data` may be left out. */
export interface FileOptions {
  /** Path of the file. */
  readonly data: string;
  /** Overrides what the content looks like. */
  readonly format?: Format | undefined;
  /** CSV: whether the first row names the columns; recognized when not said. */
  readonly header?: boolean | undefined;
  /** CSV: the column of y. */
  readonly targetColumn?: ColumnRef | undefined;
  /** CSV: columns that are neither data nor y. */
  readonly ignoreColumns?: readonly ColumnRef[] | undefined;
}

/** What training or prediction asks of a file. */
export interface Purpose {
  /** CSV: whether the first row names the columns; undefined to recognize it. */
  readonly header: boolean | undefined;
  /** CSV: the columns that make the matrix. */
  readonly plan: Planner;
  /** Other formats: how many columns the matrix may have. */
  readonly limit: ColumnLimit | null;
  /** Archives: whether the target that lies beside the matrix is wanted. */
  readonly withTarget: boolean;
}

export async function openReader(source: Source, format: Format, { header, plan, limit, withTarget }: Purpose): Promise<Reader> {
  switch (format) {
    case 'csv':
      return openCsv(source, header, plan);
    case 'libsvm':
      return openLibsvm(source, limit);
    case 'matrixmarket':
      return openMatrixMarket(source, limit);
    case 'npy':
      return openNpy(source, limit);
    case 'npz':
      return openNpz(source, limit, withTarget);
  }
}

/** The format as a Dataset names it. */
export function formatName(source: Source, format: Format): string {
  return source.compressed ? `${format}.gz` : format;
}

/** Refuses options of a CSV file for a file that is none. */
export function refuseCsvOptions(file: string, format: Format, { header, targetColumn, ignoreColumns = [] }: FileOptions): void {
  if (format === 'csv') return;
  const given = [header === undefined ? [] : '--no-header', targetColumn === undefined ? [] : '--target-column', ignoreColumns.length === 0 ? [] : '--ignore-columns'].flat();
  if (given.length === 0) return;
  throw new DataError(`${file}: recognized as ${format}, which has no named columns, so ${given[0]} says nothing about it. Leave it out, or add --format csv if the file is CSV`);
}
