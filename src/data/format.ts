/**
 * What a file is, by its content. In: its first bytes. Out: 'npy' and 'npz' (the magic of NumPy and of zip),
 * 'matrixmarket' (its banner), 'libsvm' (lines of `label id:value …`), else 'csv'; and for CSV the delimiter.
 */
import { DataError } from './dataset.js';
import { linesOf } from './lines.js';
import { NPY_MAGIC } from './npy-header.js';
import type { Source } from './source.js';

export const FORMATS = ['csv', 'libsvm', 'matrixmarket', 'npy', 'npz'] as const;
export type Format = (typeof FORMATS)[number];

/** A member's header, or the end of an archive without members. */
const ZIP_MAGICS = ['PK\x03\x04', 'PK\x05\x06'].map((magic) => Buffer.from(magic, 'latin1'));
const BANNER = /^\uFEFF?%%MatrixMarket/i;
const LIBSVM_LINE = /^\s*[^\s,;:]+\s+(qid:\S+|\d+:[-+.\deE]+)(\s|$)/;
const LABEL_ONLY = /^\s*[-+.\deE]+\s*$/;

/** Recognizes the format; DataError when the content is neither text nor NumPy's. */
export function recognizeFormat(source: Source): Format {
  if (beginsWith(source.head, NPY_MAGIC)) return 'npy';
  if (ZIP_MAGICS.some((magic) => beginsWith(source.head, magic))) return 'npz';
  const text = headText(source);
  if (BANNER.test(text)) return 'matrixmarket';
  for (const line of linesOf(text.replace(/^\uFEFF/, ''))) {
    const content = withoutComment(line);
    if (LIBSVM_LINE.test(content)) return 'libsvm';
    if (content.trim() !== '' && !LABEL_ONLY.test(content)) return 'csv';
  }
  return 'csv';
}

/** The CSV delimiter: one that stands equally often on every line looked at, or the most frequent on the first. */
export function recognizeDelimiter(source: Source): string {
  const counts = delimiterCounts(headText(source));
  const first = counts[0];
  if (first === undefined) return ',';
  const steady = DELIMITERS.filter((_, at) => first[at] > 0 && counts.every((count) => count[at] === first[at]));
  if (steady.length > 0) return steady[0];
  const most = Math.max(...first);
  return most === 0 ? ',' : DELIMITERS[first.lastIndexOf(most)];
}

/** Where several would do, the earlier wins: a comma may be a decimal sign between semicolons, never the reverse. */
const DELIMITERS = ['\t', ';', ','];

/** Occurrences of each delimiter outside quotes, for each complete line (or the only one) that is not blank. */
function delimiterCounts(text: string): number[][] {
  const counts: number[][] = [];
  let line = DELIMITERS.map(() => 0);
  let blank = true;
  let quoting = false;
  for (const character of text) {
    if (character === '"') quoting = !quoting;
    if (quoting) continue;
    if (character === '\n') {
      if (!blank) counts.push(line);
      line = DELIMITERS.map(() => 0);
      blank = true;
    } else {
      if (character.trim() !== '') blank = false;
      const at = DELIMITERS.indexOf(character);
      if (at !== -1) line[at]++;
    }
  }
  return counts.length === 0 && !blank ? [line] : counts;
}

function headText(source: Source): string {
  const zero = source.head.indexOf(0);
  if (zero !== -1) {
    throw new DataError(
      `${source.file}: byte ${zero} of the content is 0, so it is not text; expected CSV, LIBSVM or MatrixMarket in UTF-8, or NumPy's .npy or .npz. Export the data as one of these`,
    );
  }
  return source.head.toString('utf8');
}

function beginsWith(head: Buffer, magic: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic);
}

function withoutComment(line: string): string {
  const hash = line.indexOf('#');
  return hash === -1 ? line : line.slice(0, hash);
}
