/** Rows of factors between workers and whoever keeps a model, a tile at a time. */
import type { Cluster } from '../../src/runtime/cluster.js';
import { gather } from '../../src/runtime/rounds.js';
import type { Layout } from './distribute.js';
import { Operation } from './operations.js';
import { MIB } from './options.js';
import { SIDES, type Side } from './shape.js';

const NONE = new Float64Array(0);

/** Rows at positions first, first + 1, …: `stride` numbers each. */
export interface Tile {
  readonly first: number;
  readonly rows: Float32Array;
}

/** All rows of a side in order of position, tiles of at most `blockMib` MiB in float64. */
export async function* readFactors(cluster: Cluster, layout: Layout, side: Side, blockMib: number): AsyncGenerator<Tile> {
  const { stride } = layout.shape;
  const rows = side === 'user' ? layout.users.rowAt.length : layout.items.rowAt.length;
  const step = Math.max(1, Math.floor((blockMib * MIB) / (8 * stride)));
  for (let first = 0; first < rows; first += step) {
    let tile: Float64Array = NONE;
    const ids = Uint32Array.of(SIDES.indexOf(side), first, Math.min(step, rows - first));
    await gather(cluster, 0, [{ operation: Operation.ReadRows, ids, values: NONE }], (_, [{ values }]) => (tile = values));
    yield { first, rows: Float32Array.from(tile) };
  }
}

/** Factors of an earlier training, by the index of the id. */
export interface WarmStart {
  /** What these factors' predictions are added to: this training keeps it, whatever the mean of its own ratings. */
  readonly mean: number;
  /** `stride` numbers, or null for a newcomer. */
  row(side: Side, index: number): Float32Array | null | Promise<Float32Array | null>;
}

export async function writeWarmStart(cluster: Cluster, { shape: { stride }, users, items }: Layout, warm: WarmStart, blockBytes: number): Promise<void> {
  const most = Math.max(1, Math.floor(blockBytes / (8 * stride)));
  for (const [side, { rowAt }] of [['user', users], ['item', items]] as const) {
    for (let first = 0; first < rowAt.length; first += most) {
      const count = Math.min(most, rowAt.length - first);
      const ids = new Uint32Array(1 + count);
      const values = new Float64Array(count * stride);
      ids[0] = SIDES.indexOf(side);
      let known = 0;
      for (let position = first; position < first + count; position++) {
        const row = await warm.row(side, rowAt[position]);
        if (!row) continue;
        values.set(row, known++ * stride);
        ids[known] = position;
      }
      await gather(cluster, 0, [{ operation: Operation.WriteRows, ids: ids.slice(0, 1 + known), values: values.slice(0, known * stride) }], () => undefined);
    }
  }
}
