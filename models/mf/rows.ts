/** Rows of factors between workers and whoever keeps a model, a tile at a time. */
import type { Cluster } from '../../src/runtime/cluster.js';
import { gather } from '../../src/runtime/rounds.js';
import type { Layout } from './distribute.js';
import { Operation } from './operations.js';
import type { Side } from './shape.js';

const SIDES: readonly Side[] = ['user', 'item'];
const MIB = 2 ** 20;
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
  /** `stride` numbers, or null for a newcomer. */
  row(side: Side, index: number): Float32Array | null | Promise<Float32Array | null>;
}

export async function writeWarmStart(cluster: Cluster, { shape: { stride }, users, items }: Layout, warm: WarmStart, blockBytes: number): Promise<void> {
  const most = Math.max(1, Math.floor(blockBytes / (8 * stride)));
  for (const [side, { rowAt }] of [['user', users], ['item', items]] as const) {
    for (let first = 0; first < rowAt.length; first += most) {
      const known: { position: number; row: Float32Array }[] = [];
      for (let position = first; position < Math.min(first + most, rowAt.length); position++) {
        const row = await warm.row(side, rowAt[position]);
        if (row) known.push({ position, row });
      }
      const values = new Float64Array(known.length * stride);
      for (const [at, { row }] of known.entries()) values.set(row, at * stride);
      const ids = Uint32Array.of(SIDES.indexOf(side), ...known.map(({ position }) => position));
      await gather(cluster, 0, [{ operation: Operation.WriteRows, ids, values }], () => undefined);
    }
  }
}
