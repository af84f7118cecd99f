/**
 * UCI docword: three lines D (documents), W (words) and NNZ (entries), then NNZ lines `doc word count`, all ids from 1, sorted by
 * document. In: a source, its vocabulary if there is one, a store. Out: D documents in the store, and their W words; documents
 * without a line are empty.
 */
import { LARGEST_COUNT, type DocumentStore } from './corpus-store.js';
import { DataError } from './dataset.js';
import type { Ids } from './ids.js';
import { quoted } from './number.js';
import { FieldScanner, type Fields } from './ratings-fields.js';
import { numberIn } from './ratings-numbers.js';
import type { Source } from './source.js';
import { idsAsWords, MOST_UNUSED_IDS, MOST_WORDS, type Vocabulary } from './vocabulary.js';

/** Numbers in the three lines of the header, and what they count. */
const HEADER = [
  { name: 'D', counts: 'documents', least: 1, most: 2 ** 32 - 1 },
  { name: 'W', counts: 'words', least: 1, most: MOST_WORDS },
  { name: 'NNZ', counts: 'entries', least: 0, most: Number.MAX_SAFE_INTEGER },
] as const;

/** DataError with file and line for what is no docword file, or does not fit the vocabulary. */
export async function readDocword(source: Source, vocabulary: Vocabulary | null, store: DocumentStore): Promise<Ids> {
  const reader = new DocwordReader(source.file, vocabulary, store);
  const scanner = new FieldScanner(source.file, { separator: 'blanks', comments: false }, (fields) => reader.take(fields));
  for await (const piece of source.bytes()) scanner.push(piece);
  scanner.end();
  return reader.finish();
}

class DocwordReader {
  /** D, W and NNZ, as far as they are read, and their lines. */
  readonly #header: number[] = [];
  readonly #lines: number[] = [];

  constructor(
    private readonly file: string,
    private readonly vocabulary: Vocabulary | null,
    private readonly store: DocumentStore,
  ) {}

  take(fields: Fields): void {
    if (this.#header.length < HEADER.length) this.#takeHeader(fields);
    else this.#takeEntry(fields);
  }

  finish(): Ids {
    if (this.#header.length < HEADER.length) {
      throw new DataError(`${this.file}: found ${this.#header.length} of the three lines of a docword header, expected D, W and NNZ. Check that the file was written completely`);
    }
    const [documents, words, announced] = this.#header;
    const { store } = this;
    if (store.entries !== announced) {
      const advice = store.entries < announced ? 'The file may be cut off: download or copy it again, or correct the line' : 'Correct the line';
      throw new DataError(`${this.file}, line ${this.#lines[2]}: found NNZ = ${announced}, expected ${store.entries}, the number of lines with an entry. ${advice}`);
    }
    this.#checkUse('D', documents);
    while (store.count < documents) store.endDocument();
    if (this.vocabulary !== null) return this.vocabulary.words;
    this.#checkUse('W', words);
    return idsAsWords(1, words);
  }

  /** Each id takes memory, used or not. */
  #checkUse(name: 'D' | 'W', announced: number): void {
    const most = MOST_UNUSED_IDS + this.store.entries;
    if (announced <= most) return;
    const advice = name === 'D' ? 'Correct the header' : 'Correct the header, or name the vocabulary file';
    throw new DataError(`${this.file}, line ${this.#lines[name === 'D' ? 0 : 1]}: found ${name} = ${announced} beside NNZ = ${this.store.entries}, expected at most ${most}, as few ids are unused. ${advice}`);
  }

  #takeHeader(fields: Fields): void {
    const { name, counts, least, most } = HEADER[this.#header.length];
    const value = fields.count === 1 ? numberIn(fields.bytes, fields.begins[0], fields.ends[0]) : NaN;
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      throw new DataError(`${this.file}, line ${fields.line}: found ${quoted(lineOf(fields))}, expected ${name}, the number of ${counts}, from ${least} to ${most}. Correct the header`);
    }
    this.#header.push(value);
    this.#lines.push(fields.line);
    if (name === 'W') this.#checkVocabulary(value, fields.line);
  }

  #checkVocabulary(words: number, line: number): void {
    if (this.vocabulary === null || this.vocabulary.words.count === words) return;
    const { file } = this.vocabulary;
    throw new DataError(`${file}: found ${this.vocabulary.words.count} words, expected ${words} as line ${line} (W) of ${this.file} says. Take the vocabulary that belongs to this file`);
  }

  #takeEntry(fields: Fields): void {
    const { bytes, begins, ends, line } = fields;
    if (fields.count !== 3) {
      throw new DataError(`${this.file}, line ${line}: found ${fields.count} ${fields.count === 1 ? 'field' : 'fields'}, expected document, word and count. Correct the line`);
    }
    const [documents, words] = this.#header;
    const document = numberIn(bytes, begins[0], ends[0]);
    const word = numberIn(bytes, begins[1], ends[1]);
    const count = numberIn(bytes, begins[2], ends[2]);
    if (!isWithin(document, documents)) throw this.#fault(fields, 0, `the document's id, from 1 to D = ${documents}`);
    if (!isWithin(word, words)) throw this.#fault(fields, 1, `the word's id, from 1 to W = ${words}`);
    if (!isWithin(count, LARGEST_COUNT)) throw this.#fault(fields, 2, `a count, from 1 to ${LARGEST_COUNT}`);
    this.#open(document, line);
    this.store.append(word - 1, count);
  }

  /** Ends the documents before `document`. */
  #open(document: number, line: number): void {
    const open = this.store.count + 1;
    if (document < open) {
      throw new DataError(`${this.file}, line ${line}: found document ${document} after document ${open}, expected lines in the order of their documents. Sort them: the header stays, the rest goes through sort -s -n -k 1,1`);
    }
    const most = MOST_UNUSED_IDS + this.store.entries;
    if (document > most) throw new DataError(`${this.file}, line ${line}: found document ${document} in entry ${this.store.entries + 1}, expected at most ${most}, as few documents are empty. Correct the line`);
    for (let ended = open; ended < document; ended++) this.store.endDocument();
  }

  #fault({ bytes, begins, ends, line }: Fields, field: number, expected: string): DataError {
    return new DataError(`${this.file}, line ${line}: found ${quoted(bytes.toString('utf8', begins[field], ends[field]))}, expected ${expected}. Correct the line`);
  }
}

function isWithin(value: number, most: number): boolean {
  return value >= 1 && value <= most && Number.isInteger(value);
}

function lineOf({ bytes, begins, ends, count }: Fields): string {
  return bytes.toString('utf8', begins[0], ends[count - 1]);
}
