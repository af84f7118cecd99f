/**
 * Records of a CSV file. In: a source and a function that takes a record's cells and the line it ends on.
 * Out: a pause after every piece of the file, when the caller may pass on what it has collected.
 */
import { CsvError, parse } from 'csv-parse';
import { DataError } from './dataset.js';
import { recognizeDelimiter } from './format.js';
import type { Source } from './source.js';

export type TakeRecord = (cells: readonly string[], line: number) => void;

export async function* csvRecords(source: Source, take: TakeRecord): AsyncGenerator<void> {
  let lastLine = 0;
  const parser = parse({
    bom: true,
    delimiter: recognizeDelimiter(source),
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    on_record: (cells: string[], { lines }) => {
      take(cells, lines);
      lastLine = lines;
      return null;
    },
  });
  // Every failure also reaches the callback of the write that caused it.
  parser.on('error', () => undefined);
  parser.resume();
  const settled = (step: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => step((error) => (error ? reject(readable(source.file, lastLine, error)) : resolve())));
  try {
    for await (const bytes of source.bytes()) {
      await settled((done) => parser.write(bytes, done));
      yield;
    }
    await settled((done) => parser.end(done));
    yield;
  } finally {
    parser.destroy();
  }
}

/** `lastLine`: where the last whole record ended. */
function readable(file: string, lastLine: number, error: Error): Error {
  if (!(error instanceof CsvError)) return error;
  const found = FAULTS[error.code] ?? error.message;
  return new DataError(`${file}, in the record after line ${lastLine}: found ${found}. Quote the whole cell and write a quote inside it twice`, { cause: error });
}

const FAULTS: Readonly<Record<string, string | undefined>> = {
  CSV_QUOTE_NOT_CLOSED: 'an opening quote without a closing one, expected one before the file ends',
  INVALID_OPENING_QUOTE: 'a quote in the middle of a cell, expected quotes around whole cells',
  CSV_INVALID_CLOSING_QUOTE: 'text after a closing quote, expected a delimiter or the end of the line',
};
