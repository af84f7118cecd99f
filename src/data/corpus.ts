/**
 * Documents as bags of words, and corpora: documents over the words that a model knows. Three ways lead here: `readDocuments` from
 * one file, `readTextFiles` from a file a document, `documentsFrom` from what a program has in memory. `trainingCorpus` settles
 * the vocabulary, `corpusOver` sees other documents through it.
 */
import type { Ids } from './ids.js';

export { readDocuments, type ReadDocumentsOptions } from './corpus-file.js';
export { documentsFrom } from './corpus-in-memory.js';
export { corpusOver, trainingCorpus, type VocabularyFilter } from './corpus-selection.js';
export { stopWords } from './stop-words.js';
export { readTextFiles } from './text-files.js';

/**
 * Consecutive whole documents. Document `first` + d has entries starts[d] … starts[d + 1] - 1: word words[e] occurs counts[e]
 * times. At most 65,536 documents and 65,536 entries, or one document. The arrays belong to whoever asked for the batch.
 */
export interface DocumentBatch {
  readonly first: number;
  readonly starts: Uint32Array;
  readonly words: Uint32Array;
  readonly counts: Uint32Array;
}

/** Documents as they stand in a source, over the words that the source names. */
export interface Documents {
  /** Where they are from, as messages name it. */
  readonly source: string;
  /** 'UCI docword', 'LDA-C', 'text, one document a line', 'text files' or 'in memory'; ', gzipped' is added to a compressed file's. */
  readonly format: string;
  /** Documents, empty ones included, in the order of the source. */
  readonly count: number;
  readonly tokens: number;
  /** The words: by their ids in the file, or by code unit (as `<` compares strings) where the source is text. */
  readonly words: Ids;
  /** False where the file has ids and no vocabulary was given: then a word's text is its id as it stands in the file. */
  readonly hasVocabulary: boolean;
  /** The path of each document's file; null unless every document has its own. */
  readonly names: readonly string[] | null;
  /** Sequences of bytes that are not UTF-8, each replaced by U+FFFD. */
  readonly replacedBytes: number;
  /** Files passed over because a byte 0 among their first 64 KiB says that they are no text. */
  readonly skippedFiles: number;
  /** The documents in order, any number of times. */
  batches(): Iterable<DocumentBatch>;
  /** Frees what backs the batches. */
  close(): void;
}

/** Words, or ids in their place: those of docword are counted from 1, those of LDA-C from 0. */
export const WORD_NATURES = ['words', 'docword ids', 'LDA-C ids'] as const;
export type WordNature = (typeof WORD_NATURES)[number];

/** Documents over the words of a model: what it trains on, or is judged on. */
export interface Corpus {
  /** Documents, empty ones included, in the order of their source; excluded ones have no place here. */
  readonly count: number;
  readonly tokens: number;
  readonly words: Ids;
  /** What the source has in place of these: ids of one kind are not those of another. */
  readonly wordsAre: WordNature;
  /** Tokens of other words than `words`, which were dropped: unknown ones, or those that the filter took. */
  readonly unknownTokens: number;
  /** Documents without a token among `words`. */
  readonly emptyDocuments: number;
  /** The documents in order, any number of times. */
  batches(): Iterable<DocumentBatch>;
  /** Closes the documents that it is a view of, and with them every other corpus of theirs. */
  close(): void;
}
