/**
 * Records of delimited text, by the byte. In: pieces of a file cut anywhere, and what separates fields. Out: a call for
 * each record, with the places of its fields in a buffer; no text is made, so that tens of millions of lines take seconds.
 *
 * A field that begins with a quote goes on to the closing one, over separators and line ends (RFC 4180). Blanks around a
 * field are dropped, blank lines and a byte-order mark passed over. A line ends with LF or CRLF.
 */
import { DataError } from './dataset.js';

/** 'blanks': runs of spaces and tabs. */
export type Separator = ',' | ';' | '\t' | '::' | 'blanks';

export interface Dialect {
  readonly separator: Separator;
  /** Whether a line that begins with # is passed over. */
  readonly comments: boolean;
}

/** A record: field i is bytes begins[i] … ends[i] - 1. Valid during the call that gives it out. */
export interface Fields {
  readonly bytes: Buffer;
  /** Number of fields, at least 1; what lies in `begins` and `ends` beyond is of earlier records. */
  readonly count: number;
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  /** Line the record begins on, from 1. */
  readonly line: number;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const COLON = 0x3a;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** A longer record was opened by a quote that nobody closed. */
const MOST_RECORD_BYTES = 1 << 20;

/** In place of a position: the record is not whole yet. */
const CUT_OFF = -1;

export class FieldScanner implements Fields {
  bytes: Buffer = Buffer.allocUnsafe(1 << 17);
  count = 0;
  readonly begins: number[] = [];
  readonly ends: number[] = [];
  line = 1;
  #linesAhead = 1;
  /** Bytes #from … #to - 1 wait to be scanned. */
  #from = 0;
  #to = 0;
  #isBegun = false;
  /** Fields of this record in which quotes stand twice. */
  #escaped: number[] = [];
  readonly #isBlank: Uint8Array;
  /** Bytes at which a field may end. */
  readonly #isStop: Uint8Array;
  readonly #isPair: boolean;
  readonly #isRun: boolean;

  constructor(
    private readonly file: string,
    private readonly dialect: Dialect,
    private readonly take: (fields: Fields) => void,
  ) {
    this.#isPair = dialect.separator === '::';
    this.#isRun = dialect.separator === 'blanks';
    this.#isBlank = tableOf([SPACE, CARRIAGE_RETURN, TAB].filter((byte) => String.fromCharCode(byte) !== dialect.separator));
    this.#isStop = this.#isRun ? tableOf([LINE_FEED, SPACE, CARRIAGE_RETURN, TAB]) : tableOf([LINE_FEED, dialect.separator.charCodeAt(0)]);
  }

  /** Gives out the records that `piece` completes; DataError for quotes that don't pair up. */
  push(piece: Uint8Array): void {
    this.#append(piece);
    this.#takeRecords();
    if (this.#to - this.#from > MOST_RECORD_BYTES) throw this.#fault('found a record of more than 1 MiB, expected a line of a few fields. Look for an opening quote without a closing one');
  }

  /** Gives out the last record, whose line may lack its end. */
  end(): void {
    this.#append(Uint8Array.of(LINE_FEED));
    this.#takeRecords();
    if (this.#to > this.#from) throw this.#fault('found an opening quote without a closing one, expected one before the file ends. Close it');
  }

  #append(piece: Uint8Array): void {
    if (this.#to + piece.length > this.bytes.length) this.#makeRoom(piece.length);
    this.bytes.set(piece, this.#to);
    this.#to += piece.length;
    if (this.#isBegun || this.#to < BYTE_ORDER_MARK.length) return;
    this.#isBegun = true;
    if (this.bytes.indexOf(BYTE_ORDER_MARK) === 0) this.#from = BYTE_ORDER_MARK.length;
  }

  /** Moves what waits to the front, of a larger buffer where it must. */
  #makeRoom(length: number): void {
    const waiting = this.#to - this.#from;
    const room = waiting + length > this.bytes.length ? Buffer.allocUnsafe(2 * (waiting + length)) : this.bytes;
    this.bytes.copy(room, 0, this.#from, this.#to);
    this.bytes = room;
    this.#from = 0;
    this.#to = waiting;
  }

  /** Goes as far as the last line end: until there, every scan of unquoted bytes stops by itself. */
  #takeRecords(): void {
    const stop = this.bytes.lastIndexOf(LINE_FEED, this.#to - 1) + 1;
    while (this.#from < stop) {
      const next = this.#scan(this.#from, stop);
      if (next === CUT_OFF) return;
      if (this.count > 0) this.take(this);
      this.#from = next;
      this.line += this.#linesAhead;
    }
  }

  /** Finds the fields of the record at `at`, none on a line without; returns where the next record begins. */
  #scan(at: number, stop: number): number {
    this.count = 0;
    this.#linesAhead = 1;
    this.#escaped = NONE;
    let i = this.#afterBlanks(at);
    if (this.bytes[i] === LINE_FEED) return i + 1;
    if (this.bytes[i] === HASH && this.dialect.comments) return this.bytes.indexOf(LINE_FEED, i) + 1;
    for (;;) {
      i = this.bytes[i] === QUOTE ? this.#quotedField(i + 1, stop) : this.#plainField(i);
      if (i === CUT_OFF) return CUT_OFF;
      if (this.#isRun) i = this.#afterBlanks(i);
      if (this.bytes[i] === LINE_FEED) break;
      i = this.#afterBlanks(this.#isRun ? i : i + this.dialect.separator.length);
    }
    for (const field of this.#escaped) this.#unescape(field);
    return i + 1;
  }

  #afterBlanks(at: number): number {
    let i = at;
    while (this.#isBlank[this.bytes[i]] === 1) i++;
    return i;
  }

  /** Returns where the separator or the line end stands. */
  #plainField(begin: number): number {
    const { bytes } = this;
    let i = begin;
    while (!this.#isFieldEnd(i)) i++;
    let end = i;
    while (end > begin && this.#isBlank[bytes[end - 1]] === 1) end--;
    this.#addField(begin, end);
    return i;
  }

  /** As #plainField; `begin` is behind the opening quote. */
  #quotedField(begin: number, stop: number): number {
    const { bytes } = this;
    let isEscaped = false;
    let end = begin;
    for (; end < stop && (bytes[end] !== QUOTE || bytes[end + 1] === QUOTE); end++) {
      if (bytes[end] === LINE_FEED) this.#linesAhead++;
      if (bytes[end] !== QUOTE) continue;
      isEscaped = true;
      end++;
    }
    if (end >= stop) return CUT_OFF;
    if (isEscaped) this.#escaped = [...this.#escaped, this.count];
    this.#addField(begin, end);
    const i = this.#isRun ? end + 1 : this.#afterBlanks(end + 1);
    if (!this.#isFieldEnd(i)) {
      throw this.#fault('found text after a closing quote, expected a separator or the end of the line. Quote the whole field and write a quote inside it twice');
    }
    return i;
  }

  #isFieldEnd(at: number): boolean {
    const byte = this.bytes[at];
    return this.#isStop[byte] === 1 && !(this.#isPair && byte === COLON && this.bytes[at + 1] !== COLON);
  }

  #addField(begin: number, end: number): void {
    this.begins[this.count] = begin;
    this.ends[this.count] = end;
    this.count++;
  }

  /** Makes one quote of two, in place. */
  #unescape(field: number): void {
    const { bytes, begins, ends } = this;
    let end = begins[field];
    for (let i = begins[field]; i < ends[field]; i++) {
      bytes[end++] = bytes[i];
      if (bytes[i] === QUOTE) i++;
    }
    ends[field] = end;
  }

  #fault(what: string): DataError {
    return new DataError(`${this.file}, line ${this.line}: ${what}`);
  }
}

const NONE: number[] = [];

function tableOf(bytes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
}
