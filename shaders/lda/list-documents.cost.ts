/** Counts: tokens, and entries of the lists that came of them. Integers only. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ documentCount }, { tokens, entries }) => ({
  bytes: 8 * tokens + 4 * (documentCount + 1) + 8 * documentCount + 4 * entries,
  flops: 0,
});
