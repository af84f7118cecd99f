/** Where the rows are that a shard samples from. In: a shard's place and a block. Out: the region of count lists that the block's rows are in. */
import type { EngineBuffer } from '../../../src/engine/engine.js';
import type { Place } from './tables.js';

export interface Rows {
  readonly buffer: EngineBuffer;
  /** First u32 of the region. */
  base(place: Place, block: number): number;
  /** Lists of the region. */
  words(place: Place, block: number): number;
}
