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
  const parser = parse({
    bom: true,
    delimiter: recognizeDelimiter(source),
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: (cells: string[], { lines }) => {
      take(cells, lines);
      return null;
    },
  });
  // Every failure also reaches the callback of the write that caused it.
  parser.on('error', () => undefined);
  parser.resume();
  const settled = (step: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => step((error) => (error ? reject(readable(source.file, error)) : resolve())));
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

function readable(file: string, error: Error): Error {
  if (!(error instanceof CsvError)) return error;
  const line = (error as CsvError & { lines?: number }).lines;
  return new DataError(`${file}${line === undefined ? '' : `, line ${line}`}: ${error.message}. Check the quotes on this line: a quote inside a cell is written twice, in a quoted cell`, { cause: error });
}
