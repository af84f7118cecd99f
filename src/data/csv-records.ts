/**
 * Records of a CSV file. In: a source and a function that takes a record's cells and the line it ends on.
 * Out: a pause after every piece of the file, when the caller may pass on what it has collected.
 */
import { CsvError, parse, type Options } from 'csv-parse';
import { parse as parseText } from 'csv-parse/sync';
import { DataError } from './dataset.js';
import { recognizeDelimiter } from './format.js';
import type { Source } from './source.js';

export type TakeRecord = (cells: readonly string[], line: number) => void;

export async function* csvRecords(source: Source, take: TakeRecord): AsyncGenerator<void> {
  const delimiter = recognizeDelimiter(source);
  const plain = new PlainLines(source.file, delimiter, take);
  const pieces = source.bytes()[Symbol.asyncIterator]();
  try {
    for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) {
      if (!plain.canTake(piece.value)) {
        const rest = plain.handOver(piece.value);
        yield* quotedRecords(source.file, { [Symbol.asyncIterator]: () => pieces }, rest, { delimiter, take, linesBefore: plain.lines });
        return;
      }
      plain.take(piece.value);
      yield;
    }
    plain.end();
    yield;
  } finally {
    await pieces.return?.();
  }
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Records as long as no quote comes after the first line: then a line is a record and every delimiter ends a cell, and
 * splitting is many times faster than a parser that looks at every character.
 */
class PlainLines {
  lines = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor(
    private readonly file: string,
    private readonly delimiter: string,
    private readonly takeRecord: TakeRecord,
  ) {}

  /** Quotes, and lines that end with a carriage return alone, are for the parser. */
  canTake(piece: Uint8Array): boolean {
    if (piece.includes(QUOTE, this.lines === 0 && this.#tail.length === 0 ? endOfQuotedHeader(piece) : 0)) return false;
    for (let at = piece.indexOf(CARRIAGE_RETURN); at >= 0; at = piece.indexOf(CARRIAGE_RETURN, at + 1)) {
      if (at + 1 < piece.length && piece[at + 1] !== LINE_FEED) return false;
    }
    return this.#tail.at(-1) !== CARRIAGE_RETURN || piece[0] === LINE_FEED;
  }

  take(piece: Uint8Array): void {
    const whole = piece.lastIndexOf(LINE_FEED) + 1;
    if (whole === 0) {
      this.#tail = Buffer.concat([this.#tail, piece]);
      return;
    }
    const text = Buffer.concat([this.#tail, piece.subarray(0, whole - 1)]).toString('utf8');
    this.#tail = Buffer.from(piece.subarray(whole));
    for (const line of text.split('\n')) this.#takeLine(line);
  }

  /** What was not taken yet, with `piece` behind it. */
  handOver(piece: Uint8Array): Uint8Array {
    return Buffer.concat([this.#tail, piece]);
  }

  end(): void {
    if (this.#tail.length > 0) this.#takeLine(this.#tail.toString('utf8'));
  }

  #takeLine(line: string): void {
    const first = this.lines++ === 0;
    const record = first && line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
    if (record.trim() !== '') this.takeRecord(this.#cellsOf(record), this.lines);
  }

  #cellsOf(record: string): string[] {
    if (!record.includes('"')) return record.split(this.delimiter);
    try {
      return (parseText(record, parserOptions(this.delimiter)) as string[][])[0]!;
    } catch (error) {
      throw readable(this.file, this.lines - 1, error as Error);
    }
  }
}

/** Where the first line ends whose quotes all close on it; 0 when it is not whole. Many programs quote names only. */
function endOfQuotedHeader(piece: Uint8Array): number {
  const end = piece.indexOf(LINE_FEED) + 1;
  let quotes = 0;
  for (let at = piece.indexOf(QUOTE); at >= 0 && at < end; at = piece.indexOf(QUOTE, at + 1)) quotes++;
  return quotes % 2 === 0 ? end : 0;
}

function parserOptions(delimiter: string): Options {
  return { delimiter, record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true, skip_empty_lines: true, trim: true };
}

interface QuotedOptions {
  readonly delimiter: string;
  readonly take: TakeRecord;
  readonly linesBefore: number;
}

/** The records of `first` and the pieces that follow, by the rules of quoting. */
async function* quotedRecords(file: string, pieces: AsyncIterable<Uint8Array>, first: Uint8Array, { delimiter, take, linesBefore }: QuotedOptions): AsyncGenerator<void> {
  let lastLine = linesBefore;
  const parser = parse({
    ...parserOptions(delimiter),
    on_record: (cells: string[], { lines }) => {
      lastLine = linesBefore + lines;
      take(cells, lastLine);
      return null;
    },
  });
  // Every failure also reaches the callback of the write that caused it.
  parser.on('error', () => undefined);
  parser.resume();
  const settled = (step: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => step((error) => (error ? reject(readable(file, lastLine, error)) : resolve())));
  try {
    await settled((done) => parser.write(linesBefore === 0 ? withoutMark(first) : first, done));
    yield;
    for await (const bytes of pieces) {
      await settled((done) => parser.write(bytes, done));
      yield;
    }
    await settled((done) => parser.end(done));
    yield;
  } finally {
    parser.destroy();
  }
}

/** The parser's own removal of byte-order marks would read the rest as UTF-16 after two bytes that no UTF-8 has. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  const mark = Buffer.from(BYTE_ORDER_MARK);
  return mark.equals(bytes.subarray(0, mark.length)) ? bytes.subarray(mark.length) : bytes;
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
