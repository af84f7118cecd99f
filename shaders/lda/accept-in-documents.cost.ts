/**
 * Counts: tokens of the pieces; entries of the documents' lists, all of which are read. Of the priors 2K numbers a shard. A token's own weight takes 5
 * operations, a proposal 4, as if it were another topic; searches in lists are no flops.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ shardCount, count, documentCount, topicCount, draws }, { tokens, entries }) => ({
  bytes: (8 + 2 * draws) * tokens + 12 * (shardCount + count) + 8 * documentCount + 4 * entries + 8 * topicCount * shardCount,
  flops: (5 + 4 * draws) * tokens,
});
