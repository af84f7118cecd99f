/**
 * Which documents are folded in together. In: a model's rows and documents. Out: batches of consecutive documents, each with the
 * different words that it has, such that its buffers and its work stay within bounds.
 */
import type { FoldDocuments, FoldModel, FoldOptions } from './fold-in.js';

/** Documents first … first + count - 1. */
export interface FoldCut {
  readonly first: number;
  readonly count: number;
  /** The model's row for each row of this batch, in order of appearance. */
  readonly words: readonly number[];
  /** As the kernel takes them: where each document's entries begin, and (row of this batch, folded tokens) of each entry. */
  readonly documents: { readonly starts: Uint32Array; readonly entries: Uint32Array };
}

/** Multiplications and additions of a batch: about a second on one core, so that a worker goes on answering. */
const MOST_WORK = 2 ** 30;

/** Topics as the kernel lays them out: K rounded up to a multiple of 4. */
export function strideOf(topicCount: number): number {
  return Math.ceil(topicCount / 4) * 4;
}

/**
 * Entries of a word's row as the kernel gets it. A row with more than a quarter of the topics gets all of them: the processor takes
 * four values that lie side by side in the time of one that it looks for.
 */
export function rowLength({ rowStarts, topicCount }: FoldModel, word: number): number {
  const entries = rowStarts[word + 1] - rowStarts[word];
  return 4 * entries > topicCount ? topicCount : entries;
}

/** All documents, in order. */
export function* cutBatches(model: FoldModel, documents: FoldDocuments, options: FoldOptions): Generator<FoldCut> {
  /** The row of each word in the batch at hand, counted from 1; 0 for a word that it does not have. */
  const rowOf = new Uint32Array(model.words);
  const count = documents.starts.length - 1;
  for (let first = 0; first < count; ) {
    const { end, words } = fill(model, documents, options, first, rowOf);
    yield { first, count: end - first, words, documents: renumbered(documents, first, end, rowOf) };
    for (const word of words) rowOf[word] = 0;
    first = end;
  }
}

/** As many documents from `first` on as the bounds allow, and at least one; numbers their words in `rowOf`. */
function fill(model: FoldModel, { starts, words }: FoldDocuments, { steps, bytes }: FoldOptions, first: number, rowOf: Uint32Array) {
  const { topicCount } = model;
  const count = starts.length - 1;
  const topicBytes = 4 * strideOf(topicCount);
  const found: number[] = [];
  // The priors, and the last number of both lists of starts.
  let taken = 2 * topicBytes + 8;
  let work = 0;
  let end = first;
  for (; end < count; end++) {
    const known = found.length;
    // A mixture, and sums where every document has a workgroup of its own.
    taken += 4 + 2 * topicBytes;
    work += (steps + 1) * topicCount;
    for (let e = starts[end]; e < starts[end + 1]; e++) {
      const word = words[e];
      const length = rowLength(model, word);
      taken += 12;
      work += (steps + 1) * length;
      if (rowOf[word] > 0) continue;
      rowOf[word] = found.push(word);
      taken += 4 + 8 * length;
    }
    if (end > first && (taken > bytes || work > MOST_WORK)) {
      for (const word of found.splice(known)) rowOf[word] = 0;
      break;
    }
  }
  return { end, words: found };
}

function renumbered({ starts, words, folded }: FoldDocuments, first: number, end: number, rowOf: Uint32Array) {
  const begin = starts[first];
  const entries = new Uint32Array(2 * (starts[end] - begin));
  for (let e = 0; e < entries.length / 2; e++) {
    entries[2 * e] = rowOf[words[begin + e]] - 1;
    entries[2 * e + 1] = folded[begin + e];
  }
  return { starts: starts.slice(first, end + 1).map((start) => start - begin), entries };
}
