/**
 * LIBSVM files. In: lines `label id:value id:value …`, ids ascending from 1; `# …` is a comment, `qid:…` is passed
 * over. Out: a sparse reader whose target is the labels.
 */
import { drain, SparseChunks, type ParsedChunk } from './chunks.js';
import { DataError } from './dataset.js';
import { linesOf, textBlocks } from './lines.js';
import type { EntryVisitor } from './matrix-market.js';
import { parseNumber, quoted } from './number.js';
import { MOST_COLUMNS, type ColumnLimit, type Reader } from './reader.js';
import type { Source } from './source.js';

const MOST_IDS = 0xffff_ffff;

export function openLibsvm(source: Source, limit: ColumnLimit | null): Reader {
  return new LibsvmReader(source, limit);
}

/** Reads the entries with the lines they stand on. */
export async function visitLibsvm(source: Source, visit: EntryVisitor): Promise<void> {
  const scan = new LibsvmScan(source.file, visit, () => undefined);
  for await (const block of textBlocks(source.bytes())) scan.take(block);
}

class LibsvmReader implements Reader {
  readonly kind = 'sparse';
  readonly columnNames = null;
  readonly ignoredColumns = 0;
  rows = 0;
  columns: number;
  ignoredEntries = 0;

  constructor(
    private readonly source: Source,
    private readonly limit: ColumnLimit | null,
  ) {
    this.columns = limit?.count ?? 0;
  }

  async *chunks(): AsyncGenerator<ParsedChunk> {
    const collected = new SparseChunks(true);
    const scan = new LibsvmScan(
      this.source.file,
      (row, column, value, line) => {
        if (this.admits(column, line)) collected.append(row, column, value);
      },
      (label) => collected.appendTarget(label),
    );
    for await (const block of textBlocks(this.source.bytes())) {
      scan.take(block);
      this.rows = scan.rows;
      yield* drain(collected.ready);
    }
    if (scan.rows === 0) throw new DataError(`${this.source.file}: no line holds data; expected lines of "label id:value …". Check that the file was written completely`);
    collected.flush();
    yield* drain(collected.ready);
  }

  private admits(column: number, line: number): boolean {
    if (this.limit === null) {
      if (column >= MOST_COLUMNS) throw new DataError(`${this.source.file}, line ${line}: found feature id ${column + 1}, expected at most ${MOST_COLUMNS}, the columns that a matrix may have. Correct the id`);
      this.columns = Math.max(this.columns, column + 1);
      return true;
    }
    if (column < this.limit.count) return true;
    if (this.limit.beyond === 'ignore') {
      this.ignoredEntries++;
      return false;
    }
    throw new DataError(`${this.source.file}, line ${line}: found feature id ${column + 1}, expected at most ${this.limit.count}. Raise the number of features or correct the id`);
  }
}

/** A pass over the lines that knows where it is. */
class LibsvmScan {
  rows = 0;
  private line = 0;

  constructor(
    private readonly file: string,
    private readonly entry: EntryVisitor,
    private readonly label: (value: number) => void,
  ) {}

  take(block: string): void {
    for (const line of linesOf(block)) {
      this.line++;
      const comment = line.indexOf('#');
      this.takeRow(comment === -1 ? line : line.slice(0, comment));
    }
  }

  private takeRow(text: string): void {
    const tokens = /\S+/g;
    const label = tokens.exec(text);
    if (label === null) return;
    this.takeLabel(label[0]);
    let last = 0;
    for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
      if (token[0].startsWith('qid:')) continue;
      last = this.takePair(token[0], last);
    }
    this.rows++;
  }

  private takeLabel(token: string): void {
    const value = parseNumber(token);
    if (Number.isNaN(value)) throw this.fault(`found ${quoted(token)} in front, expected a label that is a finite number`, 'Put the label first (0 where it is unknown)');
    this.label(value);
  }

  /** Returns the id of the pair. */
  private takePair(token: string, last: number): number {
    const colon = token.indexOf(':');
    const idText = token.slice(0, colon);
    const id = colon > 0 && /^\d+$/.test(idText) ? Number(idText) : NaN;
    if (id === 0) throw this.fault('found feature id 0, expected ids that count from 1', 'Add 1 to every id');
    if (!(id <= MOST_IDS)) throw this.fault(`found ${quoted(token)}, expected id:value with a whole number from 1 to ${MOST_IDS} as id`, 'Correct the pair');
    if (id === last) throw this.fault(`found feature id ${id} twice, expected every id once`, 'Remove one of the two');
    if (id < last) throw this.fault(`found feature id ${id} after ${last}, expected ascending ids`, 'Sort the line by id');
    const value = parseNumber(token.slice(colon + 1));
    if (Number.isNaN(value)) throw this.fault(`found ${quoted(token)}, expected a finite number after the colon`, 'Correct the value');
    this.entry(this.rows, id - 1, value, this.line);
    return id;
  }

  private fault(found: string, fix: string): DataError {
    return new DataError(`${this.file}, line ${this.line}: ${found}. ${fix}`);
  }
}
