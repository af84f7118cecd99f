/**
 * Counts: tokens, pairs and different words of the pieces, entries of the words' lists. Of a pair its tokens, of the priors K numbers a cell; deltas
 * are read and written as a whole. The weight of a token's topic takes 2 operations, a proposal to decide on 4, a new one 2; searches are no flops.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ cellCount, count, topicCount, draws }, { tokens, pairs, words, entries }) => ({
  bytes: (8 + 4 * draws) * tokens + 8 * pairs + 12 * count + 24 * cellCount + 8 * words + 4 * entries + 12 * topicCount * cellCount,
  flops: (2 + 6 * draws) * tokens,
});
