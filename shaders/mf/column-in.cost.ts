/** Moves numbers and computes none. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows }) => ({ bytes: 8 * rows, flops: 0 });
