/** The works of the streaming benchmark at a scale, the copy that others are judged by first. large: matrices far beyond a GPU's cache, each within what one buffer can bind. */
import type { Scale } from '../runner/benchmark.js';
import { USERS } from '../generated/netflix.js';
import { copy } from './copy-work.js';
import { denseDots, denseUpdate, sparseDots, sparseUpdate } from './lasso-works.js';
import { columnIn, columnOut, rankPass, rankSolve } from './mf-works.js';
import type { StreamingWork } from './streaming-work.js';

/** Stride of rank 256 with room for biases. */
const STRIDE = 260;

const WORKS: Readonly<Record<Scale, () => readonly StreamingWork[]>> = {
  small: () => [
    copy(2 ** 16),
    denseDots({ rows: 300, columns: 1001, listed: 1001 }),
    denseUpdate({ rows: 3000, columns: 70, listed: 70 }),
    sparseDots({ rows: 5000, columns: 4000, listed: 4000 }),
    sparseUpdate({ rows: 5000, columns: 4000, listed: 640 }),
    rankPass(50_000, 'user'),
    rankPass(50_000, 'item'),
    rankSolve(5000, STRIDE),
    columnOut(5000, STRIDE),
    columnIn(5000, STRIDE),
  ],
  large: () => [
    copy(2 ** 26),
    denseDots({ rows: 4096, columns: 114_688, listed: 114_688 }),
    denseDots({ rows: 300, columns: 120_000, listed: 120_000 }),
    denseDots({ rows: 65_536, columns: 7168, listed: 64 }),
    denseUpdate({ rows: 1_048_576, columns: 448, listed: 448 }),
    denseUpdate({ rows: 65_536, columns: 7168, listed: 64 }),
    sparseDots({ rows: 50_000, columns: 8_000_000, listed: 8_000_000 }),
    sparseUpdate({ rows: 50_000, columns: 8_000_000, listed: 65_536 }),
    rankPass(20_000_000, 'user'),
    rankPass(20_000_000, 'item'),
    rankSolve(USERS, STRIDE),
    columnOut(USERS, STRIDE),
    columnIn(USERS, STRIDE),
  ],
};

export function streamingWorks(scale: Scale): readonly StreamingWork[] {
  return WORKS[scale]();
}
