/**
 * Documents set aside as they are read. In: one entry at a time, and where each document ends. Out: the same documents in
 * batches, any number of times. 8 bytes an entry and 4 a document, in a spool.
 */
import type { DocumentBatch } from './corpus.js';
import { Spool } from './spool.js';

/** A word's count in an entry, at most. */
export const LARGEST_COUNT = 2 ** 32 - 1;

/** Entries of a batch of more than one document, and documents of a batch, at most. */
const BATCH = 1 << 16;

/** Room for the first documents and entries; it doubles. */
const FIRST_ROOM = 1 << 10;

interface Stored {
  readonly first: number;
  readonly documents: number;
  readonly entries: number;
}

export class DocumentStore {
  /** Documents that have ended. */
  count = 0;
  tokens = 0;
  /** Entries of all documents, the open one included. */
  entries = 0;
  readonly #spool = new Spool();
  /** By block of the spool. */
  readonly #stored: Stored[] = [];
  /** What is not in the spool yet: ended documents, and the entries of the open one behind theirs. */
  #starts = new Uint32Array(FIRST_ROOM);
  #words = new Uint32Array(FIRST_ROOM);
  #counts = new Uint32Array(FIRST_ROOM);
  #ended = 0;
  #filled = 0;

  /** An entry of the open document. */
  append(word: number, count: number): void {
    const at = this.#filled++;
    if (at === this.#words.length) this.#grow();
    this.#words[at] = word;
    this.#counts[at] = count;
    this.tokens += count;
    this.entries++;
  }

  /** Ends the open document, which may have no entries, and opens the next. */
  endDocument(): void {
    if (this.#filled > BATCH && this.#ended > 0) this.#flush();
    if (++this.#ended === this.#starts.length) this.#starts = enlarged(this.#starts, Math.min(BATCH + 1, 2 * this.#starts.length));
    this.#starts[this.#ended] = this.#filled;
    this.count++;
    if (this.#ended === BATCH || this.#filled > BATCH) this.#flush();
  }

  /** The documents that have ended, over word renumbered[w] in place of w. */
  *batches(renumbered: Uint32Array | null): Generator<DocumentBatch> {
    if (this.#ended > 0) this.#flush();
    for (const [block, { first, documents, entries }] of this.#stored.entries()) {
      const numbers = new Uint32Array(this.#spool.read(block, 0, 4 * (documents + 1 + 2 * entries)));
      const words = numbers.subarray(documents + 1, documents + 1 + entries);
      if (renumbered !== null) for (let e = 0; e < entries; e++) words[e] = renumbered[words[e]];
      yield { first, starts: numbers.subarray(0, documents + 1), words, counts: numbers.subarray(documents + 1 + entries) };
    }
  }

  close(): void {
    this.#spool.close();
  }

  /** Puts the ended documents into the spool; the entries of the open one move to the front. */
  #flush(): void {
    const documents = this.#ended;
    const entries = this.#starts[documents];
    const numbers = new Uint32Array(documents + 1 + 2 * entries);
    numbers.set(this.#starts.subarray(0, documents + 1));
    numbers.set(this.#words.subarray(0, entries), documents + 1);
    numbers.set(this.#counts.subarray(0, entries), documents + 1 + entries);
    this.#spool.append(new Uint8Array(numbers.buffer));
    const first = this.#stored.length === 0 ? 0 : this.#stored[this.#stored.length - 1].first + this.#stored[this.#stored.length - 1].documents;
    this.#stored.push({ first, documents, entries });
    this.#words.copyWithin(0, entries, this.#filled);
    this.#counts.copyWithin(0, entries, this.#filled);
    this.#filled -= entries;
    this.#ended = 0;
  }

  #grow(): void {
    const room = 2 * this.#words.length;
    this.#words = enlarged(this.#words, room);
    this.#counts = enlarged(this.#counts, room);
  }
}

function enlarged(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(array);
  return larger;
}
