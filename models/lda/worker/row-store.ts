/** Where the rows are that a shard samples from. In: a shard's place and a block. Out: the region of count lists that the block's rows are in. */
import type { EngineBuffer } from '../../../src/engine/engine.js';
import type { Place } from './tables.js';

export interface Rows {
  readonly buffer: EngineBuffer;
  /** First u32 of the region, and how many it has at most. */
  base(place: Place, block: number): number;
  length(place: Place, block: number): number;
  /** Lists of the region, and the word, by position, of one of them. */
  words(place: Place, block: number): number;
  wordAt(place: Place, block: number, list: number): number;
}
