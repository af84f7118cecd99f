/**
 * What every format's reader gives: a matrix read once, in bounded chunks, with the shape complete at the end.
 */
import type { ParsedChunk } from './chunks.js';
import { DataError } from './dataset.js';

export interface Reader {
  readonly kind: 'dense' | 'sparse';
  /** Rows and columns of the matrix; final once the chunks have run out. */
  readonly rows: number;
  readonly columns: number;
  readonly columnNames: readonly string[] | null;
  /** Entries left out because their column lies beyond the limit that was set. */
  readonly ignoredEntries: number;
  /** Columns of the file that the matrix does not have because nobody asked for them. */
  readonly ignoredColumns: number;
  /** The matrix, once, in file order. */
  chunks(): AsyncIterable<ParsedChunk>;
}

/** Columns a matrix may have: the column positions of a shard are one array of 4 bytes each. An id beyond is a typo. */
export const MOST_COLUMNS = 2 ** 30;

/** Columns a reader admits: those from `count` on are an error in training and passed over in prediction. */
export interface ColumnLimit {
  readonly count: number;
  readonly beyond: 'error' | 'ignore';
}

/** Columns given out of a file that says how many it has; DataError when they are not what was asked for. */
export function keptColumns(file: string, columns: number, limit: ColumnLimit | null): number {
  if (limit?.beyond === 'ignore' && columns > limit.count) return limit.count;
  if (limit === null || columns === limit.count) return columns;
  throw new DataError(`${file}: found a matrix of ${columns} column${columns === 1 ? '' : 's'}, expected ${limit.count}. Give the matrix with the columns the model has`);
}
