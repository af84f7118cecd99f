/**
 * Ratings in a file. In: a path. Out: Ratings. What the file is follows from its content: delimited text with or without
 * a header, or a MatrixMarket coordinate matrix with a row a user and a column an item; plain or gzipped.
 */
import { DataError } from './dataset.js';
import { recognizeFormat } from './format.js';
import { visitEntries } from './matrix-market.js';
import { RatingCollector, type Complaints } from './ratings-collect.js';
import type { Separator } from './ratings-fields.js';
import { RecordLines } from './ratings-lines.js';
import { recognizeSeparator } from './ratings-separator.js';
import { readDelimited } from './ratings-text.js';
import type { RatingOptions, Ratings } from './ratings.js';
import { openSource, type Source } from './source.js';

export interface ReadRatingsOptions extends RatingOptions {
  /** Whether to read the times, where the file has them; without, `times` is null. */
  readonly times?: boolean | undefined;
}

/** Ratings, and what their file was recognized as: "csv", "tsv, gzipped", "matrixmarket", … */
export interface RatingsOfFile extends Ratings {
  readonly format: string;
}

/**
 * Reads `user,item,rating[,timestamp]`, separated by commas, semicolons, tabs, "::" or blanks; without a third column every
 * rating is 1. A header may name the columns in another order. Lines that begin with # are comments. Times are numbers
 * as they stand, or dates of ISO 8601 as seconds since 1970. DataError with file and line for anything else.
 */
export async function readRatings(file: string, options: ReadRatingsOptions): Promise<RatingsOfFile> {
  const source = await openSource(file);
  try {
    const lines = new RecordLines();
    const separator = separatorOf(source);
    const wanted = options.duplicates === 'error' ? lines : null;
    const collector = await (separator === null ? readMatrix(source, options, wanted) : readDelimited(source, separator, options, wanted));
    if (collector.count === 0) throw new DataError(`${file}: found no ratings, expected at least one. Check that the file was written completely`);
    const format = separator === null ? 'matrixmarket' : NAMES[separator];
    return { ...collector.finish(complaintsOf(file, lines)), format: source.compressed ? `${format}, gzipped` : format };
  } finally {
    await source.close();
  }
}

/** Delimited text by what separates its fields. */
const NAMES: Readonly<Record<Separator, string>> = { ',': 'csv', ';': 'csv with ;', '\t': 'tsv', '::': 'text with ::', blanks: 'text with blanks' };

/** What separates the fields of a text; null for MatrixMarket. */
function separatorOf(source: Source): Separator | null {
  const zero = source.head.indexOf(0);
  if (zero >= 0) {
    throw new DataError(`${source.file}: byte ${zero} of the content is 0, so it is not text; expected user,item,rating as text in UTF-8, or MatrixMarket. Export the ratings as one of these`);
  }
  return recognizeFormat(source) === 'matrixmarket' ? null : recognizeSeparator(source);
}

async function readMatrix(source: Source, options: ReadRatingsOptions, lines: RecordLines | null): Promise<RatingCollector> {
  if (/^\S+\s+matrix\s+array\s/i.test(source.head.toString('utf8'))) {
    throw new DataError(`${source.file}: found a MatrixMarket matrix in array layout, which has a value for every pair, expected coordinate layout. Write only the entries that are ratings`);
  }
  const collector = new RatingCollector(options, false);
  await visitEntries(source, (row, column, value, line) => {
    if (!Number.isFinite(Math.fround(value))) {
      throw new DataError(`${source.file}, line ${line}: found ${value}, expected a rating that float32 can hold (±3.4e38). Correct the value`);
    }
    collector.append(collector.users.add(row + 1), collector.items.add(column + 1), value, 0);
    lines?.append(line);
  });
  return collector;
}

function complaintsOf(file: string, lines: RecordLines): Complaints {
  return {
    repeated: (earlier, later, pair) =>
      new DataError(`${file}, lines ${lines.of(earlier)} and ${lines.of(later)}: found two ratings of ${pair}, expected one. Keep one of these lines, or choose --duplicates last or sum`),
    overflow: (pair) => new DataError(`${file}: the ratings of ${pair} add up to more than float32 can hold (±3.4e38). Correct them, or choose --duplicates last`),
  };
}
