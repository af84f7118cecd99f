/**
 * Corpora of documents. In: documents, which of them to include, and either what makes a word part of the vocabulary or the
 * vocabulary itself. Out: a view of the documents over those words, which keeps nothing but a few numbers a word.
 */
import type { Corpus, DocumentBatch, Documents, WordNature } from './corpus.js';
import { DataError } from './dataset.js';
import { Ids } from './ids.js';
import { folded } from './tokenizer.js';

export interface VocabularyFilter {
  /** Words to leave out, in lower case. */
  readonly stopWords?: ReadonlySet<string> | undefined;
  /** Included documents that a word must occur in, at least; 1 unless given. */
  readonly minDocuments?: number | undefined;
  /** The same as a share of the included documents, empty ones among them; 0 unless given. */
  readonly minDocumentShare?: number | undefined;
  /** Included documents that a word may occur in, at most; any number unless given. */
  readonly maxDocuments?: number | undefined;
  /** The same as a share of the included documents, empty ones among them; 1 unless given. */
  readonly maxDocumentShare?: number | undefined;
}

/** Whether a document belongs to the corpus; asked more than once for each, and has to answer the same. */
type Include = (document: number) => boolean;

/** How words are used in the included documents. */
interface Usage {
  readonly documents: number;
  /** Documents that word w occurs in, and its tokens. */
  readonly occursIn: Uint32Array;
  readonly tokensOf: Float64Array;
}

/** In place of a word's new index: it is dropped. */
const DROPPED = -1;

/**
 * The corpus of the included documents over those of their words that pass the filter, in the order of the documents' words.
 * DataError when no token is left, when the filter's numbers make no sense, and for stop words where words are ids; the documents
 * stay open then.
 */
export function trainingCorpus(documents: Documents, filter: VocabularyFilter = {}, include: Include = () => true): Corpus {
  checkFilter(documents, filter);
  const usage = usageOf(documents, include);
  const verdicts = judged(documents.words, usage, filter);
  const words = new Ids();
  const newIndices = new Int32Array(documents.words.count).fill(DROPPED);
  for (let word = 0; word < newIndices.length; word++) if (verdicts[word] === KEPT) newIndices[word] = words.add(documents.words.of(word));
  if (words.count === 0) throw nothingLeft(documents, usage, verdicts);
  return corpusOf(documents, include, { words, newIndices, usage });
}

/**
 * The included documents over `words`, whose indices they get; other words are dropped and counted. Words are the same when their
 * texts are: without vocabulary files, ids from 1 (docword) and from 0 (LDA-C) don't go together.
 */
export function corpusOver(documents: Documents, words: Ids, include: Include = () => true): Corpus {
  const newIndices = new Int32Array(documents.words.count);
  let word = 0;
  for (const text of documents.words) newIndices[word++] = words.indexOf(text);
  return corpusOf(documents, include, { words, newIndices, usage: usageOf(documents, include) });
}

function corpusOf(documents: Documents, include: Include, { words, newIndices, usage }: { words: Ids; newIndices: Int32Array; usage: Usage }): Corpus {
  const batches = (): Generator<DocumentBatch> => selected(documents, include, newIndices);
  let emptyDocuments = 0;
  for (const { starts } of batches()) for (let d = 1; d < starts.length; d++) if (starts[d] === starts[d - 1]) emptyDocuments++;
  let tokens = 0;
  let unknownTokens = 0;
  for (let word = 0; word < newIndices.length; word++) {
    if (newIndices[word] === DROPPED) unknownTokens += usage.tokensOf[word];
    else tokens += usage.tokensOf[word];
  }
  return { count: usage.documents, tokens, words, wordsAre: natureOf(documents), unknownTokens, emptyDocuments, batches, close: () => documents.close() };
}

/** What the words of these documents are. */
function natureOf({ hasVocabulary, format }: Documents): WordNature {
  if (hasVocabulary) return 'words';
  return format.startsWith('LDA-C') ? 'LDA-C ids' : 'docword ids';
}

/** The included documents, numbered anew, over the new indices of their words. */
function* selected(documents: Documents, include: Include, newIndices: Int32Array): Generator<DocumentBatch> {
  let first = 0;
  for (const batch of documents.batches()) {
    const part = compacted(batch, include, newIndices);
    if (part.starts.length === 1) continue;
    yield { first, ...part };
    first += part.starts.length - 1;
  }
}

/** What is left of a batch, moved to the front of its arrays. */
function compacted({ first, starts, words, counts }: DocumentBatch, include: Include, newIndices: Int32Array): Pick<DocumentBatch, 'starts' | 'words' | 'counts'> {
  let documents = 0;
  let entries = 0;
  let begin = 0;
  for (let d = 0; d < starts.length - 1; d++) {
    const end = starts[d + 1];
    if (include(first + d)) {
      for (let e = begin; e < end; e++) {
        const word = newIndices[words[e]];
        if (word === DROPPED) continue;
        words[entries] = word;
        counts[entries++] = counts[e];
      }
      starts[++documents] = entries;
    }
    begin = end;
  }
  return { starts: starts.subarray(0, documents + 1), words: words.subarray(0, entries), counts: counts.subarray(0, entries) };
}

function usageOf(source: Documents, include: Include): Usage {
  const occursIn = new Uint32Array(source.words.count);
  const tokensOf = new Float64Array(source.words.count);
  /** The included document, from 1, that a word was last seen in. */
  const seenIn = new Uint32Array(source.words.count);
  let documents = 0;
  for (const { first, starts, words, counts } of source.batches()) {
    for (let d = 0; d < starts.length - 1; d++) {
      if (!include(first + d)) continue;
      documents++;
      for (let e = starts[d]; e < starts[d + 1]; e++) {
        const word = words[e];
        tokensOf[word] += counts[e];
        if (seenIn[word] === documents) continue;
        seenIn[word] = documents;
        occursIn[word]++;
      }
    }
  }
  return { documents, occursIn, tokensOf };
}

/** What becomes of a word: absent from the included documents, kept, or taken by the first filter that it does not pass. */
const [ABSENT, KEPT, STOPPED, RARE, COMMON] = [0, 1, 2, 3, 4];

function judged(words: Ids, { documents, occursIn }: Usage, { stopWords = new Set(), minDocuments = 1, minDocumentShare = 0, maxDocuments = Infinity, maxDocumentShare = 1 }: VocabularyFilter): Uint8Array {
  const verdicts = new Uint8Array(words.count);
  for (let word = 0; word < verdicts.length; word++) {
    const found = occursIn[word];
    if (found === 0) verdicts[word] = ABSENT;
    else if (stopWords.size > 0 && stopWords.has(folded(words.of(word)))) verdicts[word] = STOPPED;
    else if (found < minDocuments || found / documents < minDocumentShare) verdicts[word] = RARE;
    else if (found > maxDocuments || found / documents > maxDocumentShare) verdicts[word] = COMMON;
    else verdicts[word] = KEPT;
  }
  return verdicts;
}

function nothingLeft({ source }: Documents, { documents, tokensOf }: Usage, verdicts: Uint8Array): DataError {
  const taken = [0, 0, 0, 0, 0];
  for (let word = 0; word < verdicts.length; word++) taken[verdicts[word]] += tokensOf[word];
  const tokens = taken[STOPPED] + taken[RARE] + taken[COMMON];
  const among = `the ${documents} ${documents === 1 ? 'document' : 'documents'} to train on`;
  if (tokens === 0) return new DataError(`${source}: found no token in ${among}, expected at least one. Check that the data hold words, and which documents are held out`);
  return new DataError(
    `${source}: no token is left of ${tokens} in ${among}: stop words took ${taken[STOPPED]}, words in too few documents ${taken[RARE]}, words in too many documents ${taken[COMMON]}. Loosen what takes the most`,
  );
}

function checkFilter({ source, hasVocabulary }: Documents, { stopWords, minDocuments = 1, minDocumentShare = 0, maxDocuments = Infinity, maxDocumentShare = 1 }: VocabularyFilter): void {
  if (!hasVocabulary && stopWords !== undefined && stopWords.size > 0) {
    throw new DataError(`${source}: found ids in place of words, expected words, as there are stop words to leave out. Name the vocabulary file, or leave the stop words out`);
  }
  if (!(Number.isInteger(minDocuments) && minDocuments >= 1)) throw new DataError(`minDocuments: found ${minDocuments}, expected a whole number from 1. Take 1 to keep rare words`);
  if (!(maxDocuments === Infinity || (Number.isInteger(maxDocuments) && maxDocuments >= 1))) throw new DataError(`maxDocuments: found ${maxDocuments}, expected a whole number from 1. Leave it out to keep common words`);
  if (!(minDocumentShare >= 0 && minDocumentShare < 1)) throw new DataError(`minDocumentShare: found ${minDocumentShare}, expected a number from 0, below 1. Take 0 to keep rare words`);
  if (!(maxDocumentShare > 0 && maxDocumentShare <= 1)) throw new DataError(`maxDocumentShare: found ${maxDocumentShare}, expected a number above 0, at most 1. Take 1 to keep common words`);
}
