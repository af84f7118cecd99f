/** 32 chains a value; to begin them takes 32 additions, their sum 31. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ count, steps }) => ({ bytes: 8 * count, flops: count * (64 * steps + 63) });
