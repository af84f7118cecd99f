/** Corpora made for tests, drawn from a seed or written out: documents as words and counts, entries in the order in which they are given. */
import type { CorpusSets } from '../../../models/lda/distribute.js';
import type { Corpus, DocumentBatch } from '../../../src/data/corpus.js';
import { Ids } from '../../../src/data/ids.js';
import { stream } from '../../engine/matrices.js';

/** A word and how often it occurs; a document may name a word more than once. */
export type Entry = readonly [word: number, count: number];
export type Bag = readonly Entry[];

/** What a test says of words that are not the corpus's own. */
export interface CorpusDetails {
  readonly unknownTokens?: number;
  /** Documents of a batch. */
  readonly batch?: number;
}

/** The word of an index. */
export const wordOf = (index: number): string => `w${index}`;

/** Words w0, w1, …, as many as are told. */
export function corpusFrom(bags: readonly Bag[], words: number, { unknownTokens = 0, batch = 7 }: CorpusDetails = {}): Corpus {
  const ids = new Ids();
  for (let word = 0; word < words; word++) ids.add(wordOf(word));
  return {
    count: bags.length,
    tokens: bags.reduce((sum, bag) => sum + lengthOf(bag), 0),
    words: ids,
    unknownTokens,
    wordsAre: 'words',
    emptyDocuments: bags.filter((bag) => lengthOf(bag) === 0).length,
    *batches() {
      for (let first = 0; first < bags.length; first += batch) yield batchOf(bags.slice(first, first + batch), first);
    },
    close: () => undefined,
  };
}

export function lengthOf(bag: Bag): number {
  return bag.reduce((sum, [, count]) => sum + count, 0);
}

function batchOf(bags: readonly Bag[], first: number): DocumentBatch {
  const starts = new Uint32Array(bags.length + 1);
  bags.forEach(({ length }, d) => (starts[d + 1] = starts[d] + length));
  const entries = bags.flat();
  return { first, starts, words: Uint32Array.from(entries, ([word]) => word), counts: Uint32Array.from(entries, ([, count]) => count) };
}

export interface Recipe {
  readonly documents: number;
  readonly words: number;
  /** Tokens of a document on average. */
  readonly length: number;
  /** Topics that the documents are drawn from; words of topic k are those that leave k when divided by the topics, low ones more often. */
  readonly topics: number;
  readonly seed: number;
  /** Every such document is empty; none unless told. */
  readonly emptyEvery?: number;
}

/** Each document is about two topics, of which the first has three quarters. */
export function drawnBags({ documents, words, length, topics, seed, emptyEvery = Infinity }: Recipe): Bag[] {
  const next = stream(seed);
  const unit = () => next() / 2 ** 32;
  return Array.from({ length: documents }, (_, d) => {
    const about = [next() % topics, next() % topics];
    const tokens = d % emptyEvery === emptyEvery - 1 ? 0 : Math.round(length * (0.2 + 1.6 * unit()));
    const counts = new Map<number, number>();
    for (let t = 0; t < tokens; t++) {
      const topic = about[unit() < 0.75 ? 0 : 1];
      const word = Math.min(words - 1, topic + topics * Math.floor((words / topics) * unit() ** 2));
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return [...counts];
  });
}

/** Training documents alone. */
export function trainingSets(train: Corpus): CorpusSets {
  return { train, validation: null, test: null };
}

/** Of every ten documents drawn one is for validation and one for testing. */
export function drawnSets(recipe: Recipe): CorpusSets {
  const bags = drawnBags(recipe);
  const part = (has: (place: number) => boolean, details?: CorpusDetails) => corpusFrom(bags.filter((_, d) => has(d % 10)), recipe.words, details);
  return { train: part((place) => place < 8), validation: part((place) => place === 8), test: part((place) => place === 9, { unknownTokens: 3, batch: 2 }) };
}
