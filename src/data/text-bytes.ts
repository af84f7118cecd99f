/**
 * Bytes as text. In: a file's bytes. Out: blocks of whole lines, and text in which whatever is not UTF-8 is replaced by
 * U+FFFD and counted, or is an error.
 */
import { isUtf8 } from 'node:buffer';
import { DataError } from './dataset.js';
import { quoted } from './number.js';
import type { Source } from './source.js';

/** A document of text, at most: about ten million words, which are in memory while they are counted. */
export const MOST_DOCUMENT_BYTES = 1 << 26;

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const REPLACEMENT = '\ufffd';

/** Blocks that end where a line ends; the last may lack its line end. A byte-order mark is dropped. DataError for a line of more than 64 MiB. */
export async function* lineBlocks(source: Source): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let waiting = 0;
  let isFirst = true;
  const take = (last: Buffer): Buffer => {
    const block = pending.length === 0 ? last : Buffer.concat([...pending, last]);
    pending = [];
    waiting = 0;
    const isMarked = isFirst && block.indexOf(BYTE_ORDER_MARK) === 0;
    isFirst = false;
    return isMarked ? block.subarray(BYTE_ORDER_MARK.length) : block;
  };
  for await (const piece of source.bytes()) {
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) yield take(piece.subarray(0, end));
    if (end === piece.length) continue;
    pending.push(piece.subarray(end));
    waiting += piece.length - end;
    if (waiting > MOST_DOCUMENT_BYTES) throw new DataError(`${source.file}: found a line of more than 64 MiB, expected shorter ones. Check that a line feed ends every line`);
  }
  if (waiting > 0) yield take(Buffer.alloc(0));
}

export class Utf8Decoder {
  /** Sequences of bytes that were replaced. */
  replaced = 0;

  constructor(
    private readonly file: string,
    private readonly strict: boolean,
  ) {}

  /** The text of whole lines, of which the first is `line`. DataError when it has to be `strict` and is not UTF-8. */
  decode(lines: Buffer, line: number): string {
    const text = lines.toString('utf8');
    if (isUtf8(lines)) return text;
    if (this.strict) throw this.#fault(lines, line);
    this.replaced += occurrences(text, REPLACEMENT) - occurrences(lines, REPLACEMENT);
    return text;
  }

  #fault(lines: Buffer, first: number): DataError {
    let line = first;
    let begin = 0;
    let end = endOfLine(lines, begin);
    for (; isUtf8(lines.subarray(begin, end)); end = endOfLine(lines, begin)) {
      begin = end;
      line++;
    }
    const found = lines.toString('utf8', begin, end).trim();
    const at = Math.max(0, found.indexOf(REPLACEMENT) - 20);
    return new DataError(`${this.file}, line ${line}: found bytes that are not UTF-8, in ${quoted(found.slice(at, at + 40))}, expected UTF-8. Convert the file, or read it without --strict`);
  }
}

function endOfLine(lines: Buffer, begin: number): number {
  const end = lines.indexOf(LINE_FEED, begin);
  return end === -1 ? lines.length : end + 1;
}

function occurrences(within: { indexOf(what: string, from: number): number }, what: string): number {
  let count = 0;
  for (let at = within.indexOf(what, 0); at !== -1; at = within.indexOf(what, at + 1)) count++;
  return count;
}
