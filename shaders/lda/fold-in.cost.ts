/**
 * Counts: entries of the documents, and of these `folded` with tokens; rows and rowEntries, entries of all rows; met, the entries of its row summed
 * over all entries, and foldedMet over those that are folded in. Padding beyond K and sums inside a work-group's row cost nothing.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ documentCount, topicCount, steps }, { entries, folded, rows, rowEntries, met, foldedMet }) => {
  const stride = 4 * Math.ceil(topicCount / 4);
  return {
    bytes: 4 * (documentCount + 1) + 12 * entries + 4 * (rows + 1) + 8 * rowEntries + 8 * topicCount + 4 * stride * documentCount,
    flops: entries + documentCount * (2 * topicCount + 2) + steps * (4 * foldedMet + 3 * folded + 7 * topicCount * documentCount) + 2 * met + entries,
  };
};
