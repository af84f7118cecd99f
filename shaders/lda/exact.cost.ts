/**
 * Counts: tokens, pairs and different words of the pieces, entries of the words' lists; different documents of the pairs, documentEntries of their
 * lists, and walked, the entries of its document's list summed over all pairs. Of the priors 3K numbers a cell; deltas are read and written as a
 * whole. A word's phi takes K and 4 operations an entry, a walked entry 2, a token's buckets and draw 20; the walk to the drawn topic is not counted.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ cellCount, count, topicCount }, { tokens, pairs, words, entries, documents, documentEntries, walked }) => ({
  bytes: 8 * tokens + 12 * (pairs + count) + 24 * cellCount + 8 * (words + documents) + 4 * (entries + documentEntries) + 20 * topicCount * cellCount,
  flops: words * topicCount + 4 * entries + 2 * walked + 20 * tokens,
});
