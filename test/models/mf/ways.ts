/** Ways to train a small factorization that differ in what shards hold and hand over. */
import type { MfInput } from '../../../models/mf/options.js';

/** Two blocks a shard and more, so that turns are pipelined. */
export const SMALL_BLOCKS = 0.0002;
export const common = { rank: 6, sweeps: 3, seed: 7 };

export const ways: MfInput[] = [
  { algorithm: 'ccd' },
  { algorithm: 'ccd', biases: true, blockMib: SMALL_BLOCKS },
  { algorithm: 'ccd', schedule: 'priority', biases: true },
  { algorithm: 'ccd', schedule: 'priority', biases: true, nonNegative: true },
  { algorithm: 'ccd', implicit: true, blockMib: SMALL_BLOCKS },
  { algorithm: 'ccd', implicit: true, schedule: 'priority' },
  { algorithm: 'als', biases: true },
  { algorithm: 'als', blockMib: SMALL_BLOCKS },
  { algorithm: 'als', implicit: true },
  { algorithm: 'als', implicit: true, blockMib: SMALL_BLOCKS },
  { algorithm: 'sgd', biases: true },
  { algorithm: 'sgd', blockMib: SMALL_BLOCKS },
  { algorithm: 'sgd', nonNegative: true, biases: true, blockMib: SMALL_BLOCKS },
];
