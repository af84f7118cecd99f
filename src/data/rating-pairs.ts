/**
 * Pairs of user and item in a file, to be predicted. In: a path; the file is of any format that ratings come in, and what
 * stands beside user and item is not looked at. Out: the pairs in their order, repeated ones too, block by block.
 */
import { DataError } from './dataset.js';
import { recognizeFormat } from './format.js';
import { visitEntries } from './matrix-market.js';
import { FieldScanner, type Fields } from './ratings-fields.js';
import { RatingLayout, textOf } from './ratings-layout.js';
import { recognizeSeparator } from './ratings-separator.js';
import { openSource, type Source } from './source.js';

/** Ids as they are written; a MatrixMarket row is a user. */
export type Pair = readonly [user: string, item: string];

/** Memory: a piece of the file; all pairs of a MatrixMarket file. DataError with file and line for what is no pair. */
export async function* readPairs(file: string): AsyncGenerator<readonly Pair[]> {
  const source = await openSource(file);
  try {
    yield* recognizeFormat(source) === 'matrixmarket' ? entriesOf(source) : recordsOf(source);
  } finally {
    await source.close();
  }
}

async function* entriesOf(source: Source): AsyncGenerator<readonly Pair[]> {
  const pairs: Pair[] = [];
  await visitEntries(source, (row, column) => void pairs.push([String(row + 1), String(column + 1)]));
  yield pairs;
}

async function* recordsOf(source: Source): AsyncGenerator<readonly Pair[]> {
  const intake = new Intake(source.file);
  const scanner = new FieldScanner(source.file, { separator: recognizeSeparator(source), comments: true }, (fields) => intake.take(fields));
  for await (const piece of source.bytes()) {
    scanner.push(piece);
    yield intake.taken();
  }
  scanner.end();
  yield intake.taken();
  if (intake.isEmpty) throw new DataError(`${source.file}: found no pair, expected lines of user,item. Check that the file was written completely`);
}

class Intake {
  isEmpty = true;
  #pairs: Pair[] = [];
  #layout: RatingLayout | null = null;

  constructor(private readonly file: string) {}

  take(fields: Fields): void {
    if (this.#layout === null) {
      this.#layout = new RatingLayout(this.file, fields);
      if (this.#layout.hasHeader) return;
    }
    const { columns } = this.#layout;
    this.#layout.checkWidth(fields);
    this.#layout.checkId(fields, columns.user, 'user');
    this.#layout.checkId(fields, columns.item, 'item');
    this.#pairs.push([textOf(fields, columns.user), textOf(fields, columns.item)]);
    this.isEmpty = false;
  }

  /** What came since the last call. */
  taken(): readonly Pair[] {
    const pairs = this.#pairs;
    this.#pairs = [];
    return pairs;
  }
}
