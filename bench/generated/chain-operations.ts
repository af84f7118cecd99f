/** What the two halves of the scheduled Lasso on generated columns agree on. */
import type { ChainShape } from './chain-columns.js';

/** Numbers of the operations. */
export const Operation = {
  /**
   * ids: a block, then candidates for the next one; values: [size of the block]. Channel Dots: x_j'r by place in the block. Channel
   * Correlations: x_a'x_b of the candidates that share a row, by pair.
   */
  Update: 0,
  /** Channel 0, key 0: Σ r². */
  Squares: 1,
} as const;

export const Channel = { Dots: 0, Correlations: 1 } as const;

/** Number of the pair of candidates a > b, by their places. */
export function pairOf(a: number, b: number): number {
  return (a * (a - 1)) / 2 + b;
}

/** The places a > b of a pair. */
export function placesOf(pair: number): readonly [number, number] {
  const a = Math.floor((1 + Math.sqrt(1 + 8 * pair)) / 2);
  return [a, pair - pairOf(a, 0)];
}

/** What a shard is told; its rows of the target it generates itself. */
export interface ChainShardDescription extends ChainShape {
  readonly firstRow: number;
  readonly endRow: number;
}
