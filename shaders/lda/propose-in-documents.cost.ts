/**
 * Counts: tokens of the pieces. Each token's topic is read once and the alias table as a whole. A proposal takes two multiplications; what happens
 * where it falls on the prior is not counted, nor is hashing, which is of integers.
 */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ shardCount, count, topicCount, draws }, { tokens }) => ({
  bytes: (4 + 2 * draws) * tokens + 12 * shardCount + 20 * count + 8 * topicCount,
  flops: 2 * draws * tokens,
});
