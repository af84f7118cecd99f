/** Means, scales and norms of a shard's columns, in float64, for all rows and for all but each fold (wasm/moments.ts). */
import type { Roots, ShardColumns } from '../columns.js';
import type { HostColumns } from '../host-columns.js';
import type { Folds } from '../samples.js';
import type { ShardArray } from '../shard-memory.js';

export interface Centring {
  readonly center: boolean;
  readonly standardize: boolean;
}

/** Rows, as far as the moments are concerned. */
export interface RowShape {
  readonly rows: number;
  readonly roots: Roots | null;
  readonly folds: Folds | null;
}

/** f64[columns] each. */
export interface PreparedColumns {
  /**
   * How x̃_j = (held x_j - mean u) / scale follows from the column that is held, and ||x̃_j||² over the problem's rows, 0 for a column
   * that is constant there and dropped: those of problem q at q · columns.
   */
  readonly means: ShardArray<Float64Array>;
  readonly scales: ShardArray<Float64Array>;
  readonly squaredNorms: ShardArray<Float64Array>;
  /** What was done to the columns in place: held x = (x - mean u) / scale. */
  readonly heldMeans: ShardArray<Float64Array>;
  readonly heldScales: ShardArray<Float64Array>;
  /** ||x_j|| of the columns as they are held, over all rows, never too small. */
  readonly heldNorms: ShardArray<Float64Array>;
}

/** Moments of every problem; columns that have no zeros to keep are standardized in place with problem 0's. */
export function prepareColumns(columns: ShardColumns, { rows, roots, folds }: RowShape, { center, standardize }: Centring): PreparedColumns {
  const { host } = columns;
  const { memory, columns: count } = host;
  const problems = (folds?.count ?? 0) + 1;
  const array = (label: string, length: number) => memory.array(label, Float64Array, length);
  const prepared = {
    means: array('means', problems * count),
    scales: array('scales', problems * count),
    squaredNorms: array('squared norms', problems * count),
    heldMeans: array('held means', count),
    heldScales: array('held scales', count),
    heldNorms: array('held norms', count),
  };
  const isChanging = (center || standardize) && host.hasFullColumn();
  if (isChanging) host.makeLow();
  attachFolds(host, { rows, roots, folds }, { center, standardize });
  const { means, scales, squaredNorms, heldMeans, heldScales, heldNorms } = prepared;
  const functions = host.functions();
  for (const [begin, end] of host.ranges(0, count)) functions.prepare(begin, end, count, means.address, scales.address, squaredNorms.address, heldMeans.address, heldScales.address, heldNorms.address);
  if (isChanging) columns.upload(0, count);
  return prepared;
}

function attachFolds(host: HostColumns, { rows, roots, folds }: RowShape, { center, standardize }: Centring): void {
  const { memory } = host;
  const count = folds?.count ?? 1;
  const weights = new Float64Array(count);
  for (let i = 0; i < rows; i++) weights[folds?.of[i] ?? 0]! += roots === null ? 1 : roots.values[i]! ** 2;
  const foldOf = folds === null ? 0 : memory.placed('folds', Uint32Array.from(folds.of));
  const [u, weightsAt] = [host.placedRoots(roots), memory.placed('fold weights', weights)];
  const [met, means, spreads] = ['fold rows met', 'fold means', 'fold spreads'].map((label) => memory.scratch(label, Float64Array, count).address) as [number, number, number];
  host.functions().attachMoments(folds?.count ?? 0, center, standardize, u, foldOf, weightsAt, met, means, spreads);
}
