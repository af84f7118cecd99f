/**
 * Ratings in delimited text. In: a source. Out: every record's user, item, rating and time, checked and collected.
 */
import { isUtf8 } from 'node:buffer';
import { DataError } from './dataset.js';
import type { Ids } from './ids.js';
import { RatingCollector } from './ratings-collect.js';
import { FieldScanner, type Fields, type Separator } from './ratings-fields.js';
import type { ReadRatingsOptions } from './ratings-file.js';
import { RatingLayout } from './ratings-layout.js';
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

class Intake {
  #layout: RatingLayout | null = null;
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
      if (this.#layout.hasHeader) return;
    }
    this.#layout.checkWidth(fields);
    this.#append(fields, this.#layout);
    this.lines?.append(fields.line);
  }

  #begin(fields: Fields): RatingLayout {
    const layout = new RatingLayout(this.file, fields);
    this.#collector = new RatingCollector(this.options, this.options.times === true && layout.columns.time !== null);
    return layout;
  }

  #append(fields: Fields, layout: RatingLayout): void {
    const { user, item, rating, time } = layout.columns;
    const collector = this.#collector;
    const userIndex = indexOf(collector.users, layout, fields, user, 'user');
    const itemIndex = indexOf(collector.items, layout, fields, item, 'item');
    const value = rating === null ? 1 : ratingIn(layout, fields, rating);
    collector.append(userIndex, itemIndex, value, this.options.times === true && time !== null ? timeOf(layout, fields, time) : 0);
  }
}

function indexOf(ids: Ids, layout: RatingLayout, fields: Fields, at: number, what: 'user' | 'item'): number {
  layout.checkId(fields, at, what);
  const begin = fields.begins[at];
  const end = fields.ends[at];
  const known = ids.count;
  const index = ids.addBytes(fields.bytes, begin, end);
  if (index === known && !isUtf8(fields.bytes.subarray(begin, end))) throw layout.fault(fields, at, 'an id in UTF-8', 'Convert the file to UTF-8');
  return index;
}

function ratingIn(layout: RatingLayout, fields: Fields, at: number): number {
  const value = numberIn(fields.bytes, fields.begins[at], fields.ends[at]);
  if (value !== value) throw layout.fault(fields, at, 'a rating that is a finite number', 'Correct it or remove the line');
  if (!Number.isFinite(Math.fround(value))) throw layout.fault(fields, at, 'a rating that float32 can hold (±3.4e38)', 'Correct it or remove the line');
  return value;
}

function timeOf(layout: RatingLayout, fields: Fields, at: number): number {
  const time = timeIn(fields.bytes, fields.begins[at], fields.ends[at]);
  if (time !== time) throw layout.fault(fields, at, 'a time that is a finite number or a date like 2005-09-06', 'Correct it or remove the line');
  return time;
}
