/**
 * What separates the fields of a text of ratings. In: the first bytes of its content. Out: the separator that cuts the
 * most records into as many fields as the first.
 */
import { DataError } from './dataset.js';
import { FieldScanner, type Separator } from './ratings-fields.js';
import type { Source } from './source.js';

/** Where several would do, the earlier wins: blanks may stand inside an id, a comma may be a decimal sign. */
const SEPARATORS: readonly Separator[] = ['::', '\t', ';', ',', 'blanks'];

/** A comma where nothing separates. */
export function recognizeSeparator(source: Source): Separator {
  const votes = SEPARATORS.map((separator) => recordsLikeFirst(source.head, separator));
  const most = Math.max(...votes);
  return most === 0 ? ',' : SEPARATORS[votes.indexOf(most)];
}

/** How many records have as many fields as the first; 0 where that has only one. The last may be cut off, which costs one vote at most. */
function recordsLikeFirst(head: Buffer, separator: Separator): number {
  let width = 0;
  let records = 0;
  const scanner = new FieldScanner('', { separator, comments: true }, ({ count }) => {
    if (width === 0) width = count;
    if (count === width && width > 1) records++;
  });
  try {
    scanner.push(head);
    scanner.end();
  } catch (error) {
    // Quotes look misplaced to all but the right separator; whether they really are is for the reading itself.
    if (!(error instanceof DataError)) throw error;
  }
  return records;
}
