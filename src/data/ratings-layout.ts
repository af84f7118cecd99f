/**
 * What the first record of delimited ratings tells of all others. In: records. Out: which fields are the user, the item, the
 * rating and the time, and the words for a record or a field that is not as it should be.
 */
import { columnLabel } from './csv-columns.js';
import { DataError } from './dataset.js';
import { quoted } from './number.js';
import { columnsOf, type RatingColumns } from './ratings-columns.js';
import type { Fields } from './ratings-fields.js';

export class RatingLayout {
  readonly columns: RatingColumns;
  /** Of the first record. */
  readonly line: number;
  readonly #file: string;
  readonly #width: number;

  /** DataError when the columns cannot be told. */
  constructor(file: string, first: Fields) {
    this.#file = file;
    this.line = first.line;
    this.#width = first.count;
    this.columns = columnsOf({ file, line: first.line, cells: Array.from({ length: first.count }, (_, at) => textOf(first, at)) });
  }

  /** Whether the first record names the columns. */
  get hasHeader(): boolean {
    return this.columns.names !== null;
  }

  /** DataError for a record of more or fewer fields than the first. */
  checkWidth({ count, line }: Fields): void {
    if (count === this.#width) return;
    const like = this.hasHeader ? 'the header' : 'the first line';
    throw new DataError(`${this.#file}, line ${line}: found ${count} field${count === 1 ? '' : 's'}, expected ${this.#width} as in ${like} (line ${this.line}). Correct the line; quote an id that holds what separates fields`);
  }

  /** DataError for an id that is none; `what` it is the id of. */
  checkId(fields: Fields, at: number, what: 'user' | 'item'): void {
    if (fields.begins[at] === fields.ends[at]) throw this.fault(fields, at, `an id of the ${what}`, 'Fill it in or remove the line');
  }

  /** What is wrong with a field. */
  fault(fields: Fields, at: number, expected: string, remedy: string): DataError {
    const text = textOf(fields, at);
    const where = columnLabel({ file: this.#file, line: this.line, width: this.#width, names: this.columns.names }, at);
    return new DataError(`${this.#file}, line ${fields.line}, ${where}: found ${text === '' ? 'an empty field' : quoted(text)}, expected ${expected}. ${remedy}`);
  }
}

export function textOf({ bytes, begins, ends }: Fields, at: number): string {
  return bytes.toString('utf8', begins[at], ends[at]);
}
