/**
 * LDA-C: a line `n id:count …` a document, n pairs with ids from 0. In: a source, its vocabulary if there is one, a store. Out: the
 * documents in the store, and their words. A line without anything is an empty document, as `0` is, so that line n is document n.
 */
import { LARGEST_COUNT, type DocumentStore } from './corpus-store.js';
import { DataError } from './dataset.js';
import type { Ids } from './ids.js';
import { quoted } from './number.js';
import { numberIn } from './ratings-numbers.js';
import type { Source } from './source.js';
import { lineBlocks } from './text-bytes.js';
import { idsAsWords, MOST_UNUSED_IDS, MOST_WORDS, type Vocabulary } from './vocabulary.js';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const COLON = 0x3a;

/** DataError with file and line for what is no LDA-C file, and for an id beyond the vocabulary; a longer vocabulary will do. */
export async function readLdaC(source: Source, vocabulary: Vocabulary | null, store: DocumentStore): Promise<Ids> {
  const reader = new LdaCReader(source.file, vocabulary, store);
  for await (const block of lineBlocks(source)) reader.take(block);
  return vocabulary?.words ?? reader.idsAsWords();
}

class LdaCReader {
  /** The highest id so far, and its document. */
  #highest = -1;
  #highestAt = 0;
  readonly #most: number;

  constructor(
    private readonly file: string,
    private readonly vocabulary: Vocabulary | null,
    private readonly store: DocumentStore,
  ) {
    this.#most = vocabulary?.words.count ?? MOST_WORDS;
  }

  /** Once all is taken. Each id takes memory, used or not. */
  idsAsWords(): Ids {
    const most = MOST_UNUSED_IDS + this.store.entries;
    if (this.#highest < most) return idsAsWords(0, this.#highest + 1);
    throw new DataError(`${this.file}, line ${this.#highestAt + 1}: found id ${this.#highest}, expected at most ${most - 1} with as many pairs id:count (${this.store.entries}), as few ids are unused. Correct the id, or name the vocabulary file`);
  }

  /** Whole lines. */
  take(block: Buffer): void {
    for (let begin = 0; begin < block.length; ) {
      const feed = block.indexOf(LINE_FEED, begin);
      const end = feed === -1 ? block.length : feed;
      this.#takeLine(block, begin, end);
      begin = end + 1;
    }
  }

  #takeLine(bytes: Buffer, begin: number, end: number): void {
    let at = afterBlanks(bytes, begin, end);
    let announced = 0;
    let pairs = 0;
    if (at < end) {
      const stop = afterField(bytes, at, end);
      announced = this.#lengthIn(bytes, at, stop);
      at = afterBlanks(bytes, stop, end);
    }
    for (; at < end; pairs++) {
      const stop = afterField(bytes, at, end);
      this.#takePair(bytes, at, stop);
      at = afterBlanks(bytes, stop, end);
    }
    if (pairs !== announced) throw this.#fault(`found ${pairs} ${pairs === 1 ? 'pair' : 'pairs'} id:count, expected ${announced} as the line begins with. Correct the line`);
    this.store.endDocument();
  }

  #lengthIn(bytes: Buffer, begin: number, end: number): number {
    const length = numberIn(bytes, begin, end);
    if (Number.isInteger(length) && length >= 0) return length;
    throw this.#fault(`found ${quoted(bytes.toString('utf8', begin, end))}, expected the number of pairs id:count on this line. Correct the line`);
  }

  #takePair(bytes: Buffer, begin: number, end: number): void {
    let colon = begin;
    while (colon < end && bytes[colon] !== COLON) colon++;
    const id = numberIn(bytes, begin, colon);
    const count = colon < end ? numberIn(bytes, colon + 1, end) : NaN;
    if (!(id >= 0 && id < this.#most && Number.isInteger(id))) throw this.#pairFault(bytes.toString('utf8', begin, end), this.#expectedId());
    if (!(count >= 1 && count <= LARGEST_COUNT && Number.isInteger(count))) throw this.#pairFault(bytes.toString('utf8', begin, end), `id:count with a count from 1 to ${LARGEST_COUNT}`);
    if (id > this.#highest) [this.#highest, this.#highestAt] = [id, this.store.count];
    this.store.append(id, count);
  }

  #expectedId(): string {
    const { vocabulary } = this;
    return vocabulary === null ? `id:count with an id from 0 to ${MOST_WORDS - 1}` : `id:count with an id from 0 to ${vocabulary.words.count - 1}, the last of the ${vocabulary.words.count} words in ${vocabulary.file}`;
  }

  #pairFault(found: string, expected: string): DataError {
    return this.#fault(`found ${quoted(found)}, expected ${expected}. Correct the line${this.vocabulary === null ? '' : ', or take the vocabulary that belongs to this file'}`);
  }

  #fault(what: string): DataError {
    return new DataError(`${this.file}, line ${this.store.count + 1}: ${what}`);
  }
}

function afterBlanks(bytes: Buffer, begin: number, end: number): number {
  let at = begin;
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

function afterField(bytes: Buffer, begin: number, end: number): number {
  let at = begin;
  while (at < end && !isBlank(bytes[at])) at++;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN;
}
