/** Documents for tests, written out: a list of [word, count] for each. */
import type { Corpus, DocumentBatch } from '../../src/data/corpus.js';
import { DocumentStore } from '../../src/data/corpus-store.js';

export type Entry = [word: string, count: number];

/** The documents by the texts of their words; checks that the batches follow on each other. */
export function entriesOf({ words, batches }: Pick<Corpus, 'words' | 'batches'>): Entry[][] {
  return numbersOf(batches()).map((document) => document.map(([word, count]) => [words.of(word), count]));
}

/** The documents by the numbers of their words. */
export function numbersOf(batches: Iterable<DocumentBatch>): [word: number, count: number][][] {
  const documents: [number, number][][] = [];
  for (const { first, starts, words, counts } of batches) {
    if (first !== documents.length || starts[0] !== 0 || words.length !== starts[starts.length - 1] || counts.length !== words.length) throw new Error(`a batch of ${starts.length - 1} documents from ${first} does not follow on ${documents.length}`);
    for (let d = 1; d < starts.length; d++) documents.push(Array.from({ length: starts[d] - starts[d - 1] }, (_, e) => [words[starts[d - 1] + e], counts[starts[d - 1] + e]]));
  }
  return documents;
}

/** A store of documents, each a list of [word, count] by number. */
export function storeOf(documents: readonly (readonly (readonly [number, number])[])[]): DocumentStore {
  const store = new DocumentStore();
  for (const document of documents) {
    for (const [word, count] of document) store.append(word, count);
    store.endDocument();
  }
  return store;
}

/** The tokens of a document written out, each word repeated by its count. */
export function tokensOf(document: readonly Entry[]): string[] {
  return document.flatMap(([word, count]) => new Array<string>(count).fill(word));
}
