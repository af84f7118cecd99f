/**
 * Counts: tokens, pairs and different words of the runs, entries of the words' lists as they have become; before they are taken to have been as many.
 * Integers only.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ cellCount, count }, { tokens, pairs, words, entries }) => ({
  bytes: 4 * tokens + 8 * pairs + 12 * count + 24 * cellCount + 12 * words + 8 * entries,
  flops: 0,
});
