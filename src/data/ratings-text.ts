/**
 * Ratings in delimited text. In: a source. Out: every record's user, item, rating and time, checked and collected.
 */
import { isUtf8 } from 'node:buffer';
import { columnLabel } from './csv-columns.js';
import { DataError } from './dataset.js';
import type { Ids } from './ids.js';
import { quoted } from './number.js';
import { RatingCollector } from './ratings-collect.js';
import { columnsOf, type RatingColumns } from './ratings-columns.js';
import { FieldScanner, type Fields, type Separator } from './ratings-fields.js';
import type { ReadRatingsOptions } from './ratings-file.js';
import type { RecordLines } from './ratings-lines.js';
import { numberIn, timeIn } from './ratings-numbers.js';
import type { Source } from './source.js';

/** `lines` takes the line of every rating. */
export async function readDelimited(source: Source, separator: Separator, options: ReadRatingsOptions, lines: RecordLines | null): Promise<RatingCollector> {
  const intake = new Intake(source.file, options, lines);
  const scanner = new FieldScanner(source.file, { separator, comments: true }, (fields) => intake.take(fields));
  for await (const piece of source.bytes()) scanner.push(piece);
  scanner.end();
  return intake.collector();
}

/** What the first record tells about all others. */
interface Layout {
  readonly line: number;
  readonly width: number;
  readonly columns: RatingColumns;
}

class Intake {
  #layout: Layout | null = null;
  #collector!: RatingCollector;

  constructor(
    private readonly file: string,
    private readonly options: ReadRatingsOptions,
    private readonly lines: RecordLines | null,
  ) {}

  /** Called once all is taken. */
  collector(): RatingCollector {
    if (this.#layout === null) throw new DataError(`${this.file}: no line holds data; expected lines of user,item,rating. Check that the file was written completely`);
    if (this.#collector.count === 0) throw new DataError(`${this.file}: nothing follows the header on line ${this.#layout.line}; expected lines of user,item,rating. Check that the file was written completely`);
    return this.#collector;
  }

  take(fields: Fields): void {
    if (this.#layout === null) {
      this.#layout = this.#begin(fields);
      if (this.#layout.columns.names !== null) return;
    }
    if (fields.count !== this.#layout.width) throw this.#ragged(fields, this.#layout);
    this.#append(fields, this.#layout.columns);
    this.lines?.append(fields.line);
  }

  #begin(fields: Fields): Layout {
    const { line, count: width } = fields;
    const cells = Array.from({ length: width }, (_, at) => textOf(fields, at));
    const columns = columnsOf({ file: this.file, line, cells });
    this.#collector = new RatingCollector(this.options, this.options.times === true && columns.time !== null);
    return { line, width, columns };
  }

  #append(fields: Fields, { user, item, rating, time }: RatingColumns): void {
    const collector = this.#collector;
    const userIndex = this.#indexOf(collector.users, fields, user, 'user');
    const itemIndex = this.#indexOf(collector.items, fields, item, 'item');
    const value = rating === null ? 1 : this.#rating(fields, rating);
    collector.append(userIndex, itemIndex, value, this.options.times === true && time !== null ? this.#time(fields, time) : 0);
  }

  #indexOf(ids: Ids, fields: Fields, at: number, what: string): number {
    const begin = fields.begins[at];
    const end = fields.ends[at];
    if (begin === end) throw this.#fault(fields, at, `an id of the ${what}`, 'Fill it in or remove the line');
    const known = ids.count;
    const index = ids.addBytes(fields.bytes, begin, end);
    if (index === known && !isUtf8(fields.bytes.subarray(begin, end))) throw this.#fault(fields, at, `an id in UTF-8`, 'Convert the file to UTF-8');
    return index;
  }

  #rating(fields: Fields, at: number): number {
    const value = numberIn(fields.bytes, fields.begins[at], fields.ends[at]);
    if (value !== value) throw this.#fault(fields, at, 'a rating that is a finite number', 'Correct it or remove the line');
    if (!Number.isFinite(Math.fround(value))) throw this.#fault(fields, at, 'a rating that float32 can hold (±3.4e38)', 'Correct it or remove the line');
    return value;
  }

  #time(fields: Fields, at: number): number {
    const time = timeIn(fields.bytes, fields.begins[at], fields.ends[at]);
    if (time !== time) throw this.#fault(fields, at, 'a time that is a finite number or a date like 2005-09-06', 'Correct it or remove the line');
    return time;
  }

  #ragged({ count, line }: Fields, { width, columns, line: first }: Layout): DataError {
    const like = columns.names === null ? 'the first line' : 'the header';
    return new DataError(`${this.file}, line ${line}: found ${count} field${count === 1 ? '' : 's'}, expected ${width} as in ${like} (line ${first}). Correct the line; quote an id that holds what separates fields`);
  }

  #fault(fields: Fields, at: number, expected: string, remedy: string): DataError {
    const { line, width, columns } = this.#layout!;
    const text = textOf(fields, at);
    const where = columnLabel({ file: this.file, line, width, names: columns.names }, at);
    return new DataError(`${this.file}, line ${fields.line}, ${where}: found ${text === '' ? 'an empty field' : quoted(text)}, expected ${expected}. ${remedy}`);
  }
}

function textOf({ bytes, begins, ends }: Fields, at: number): string {
  return bytes.toString('utf8', begins[at], ends[at]);
}
