/** From the end of a training to a model that can be written: which rows are kept, in which order, and what is told of them. */
import { Ids } from '../../src/data/ids.js';
import type { Ratings } from '../../src/data/ratings.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { VERSION } from '../../src/version.js';
import type { RatingSets } from './distribute.js';
import type { SetErrors } from './evaluate.js';
import type { MfContent } from './files.js';
import type { MfFit } from './fit.js';
import { DEFAULT_CONFIDENCE, scheduleOf, type MfOptions } from './options.js';
import { ratedIn } from './rated.js';
import { readFactors } from './rows.js';
import type { Side } from './shape.js';
import { summaryOf, type MfSummary } from './summary.js';

/** How many ids the training data had; those behind came with the test data and are dropped. */
export interface KnownIds {
  readonly users: number;
  readonly items: number;
}

/** The kept positions of a side, ascending: the rows of the model; and the row of each known id. */
interface Kept {
  readonly ids: Ids;
  readonly positions: Uint32Array;
  readonly rowOf: Uint32Array;
}

/** Whether the same seed and data give the same bits again: when a run is interrupted, the clock decides; when shards change their kind of engine, a fault does. */
export function isReproducible({ stopped, hasChangedEngine }: Pick<MfFit, 'stopped' | 'hasChangedEngine'>): boolean {
  return stopped !== 'interrupted' && !hasChangedEngine;
}

/** The trained model, whose factors stay on the workers until a tile of them is asked for. */
export function trainedModel(cluster: Cluster, sets: RatingSets, options: MfOptions, fit: MfFit, known: KnownIds): MfContent {
  const { layout } = fit;
  const kept: Readonly<Record<Side, Kept>> = {
    user: keptRows(layout.users.rowAt, known.users, sets.train.users),
    item: keptRows(layout.items.rowAt, known.items, sets.train.items),
  };
  const parts = sets.validation === null ? [sets.train] : [sets.train, sets.validation];
  const rated = ratedIn(parts, { users: kept.user.rowOf, items: kept.item.rowOf }, known.users);
  return {
    summary: summaryOfFit(options, fit, known, parts),
    users: kept.user.ids,
    items: kept.item.ids,
    rated,
    async *tiles(side) {
      for await (const { first, rows } of readFactors(cluster, layout, side, options.blockMib)) yield keptOf(rows, first, kept[side].positions, layout.shape.stride);
    },
  };
}

function keptRows(rowAt: Uint32Array, known: number, all: Ids): Kept {
  const ids = new Ids();
  const positions = new Uint32Array(known);
  const rowOf = new Uint32Array(known);
  for (const [position, index] of rowAt.entries()) {
    if (index >= known) continue;
    rowOf[index] = ids.count;
    positions[ids.count] = position;
    ids.add(all.of(index));
  }
  return { ids, positions, rowOf };
}

/** The kept rows of a tile. */
function keptOf(rows: Float32Array, first: number, positions: Uint32Array, stride: number): Float32Array {
  const begin = lowerBound(positions, first);
  const end = lowerBound(positions, first + rows.length / stride);
  if ((end - begin) * stride === rows.length) return rows;
  const kept = new Float32Array((end - begin) * stride);
  for (let at = begin; at < end; at++) {
    const from = (positions[at] - first) * stride;
    kept.set(rows.subarray(from, from + stride), (at - begin) * stride);
  }
  return kept;
}

/** How many of `sorted` are below `bound`. */
function lowerBound(sorted: Uint32Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function summaryOfFit(options: MfOptions, { mean, best, sweeps, stopped, hasChangedEngine }: MfFit, known: KnownIds, parts: readonly Ratings[]): MfSummary {
  const { algorithm, rank, lambda, penaltyPer, biases, nonNegative, implicit, confidence, seed } = options;
  return summaryOf({
    stradsVersion: VERSION,
    algorithm, schedule: scheduleOf(options), rank, lambda, penaltyPer, biases, nonNegative, implicit, seed, mean,
    confidence: implicit ? (confidence ?? DEFAULT_CONFIDENCE) : null,
    ...known,
    ratings: parts.reduce((sum, { count }) => sum + count, 0),
    sweeps,
    bestSweep: best.sweep,
    objective: best.objective,
    train: inJson(best.train),
    validation: best.validation && inJson(best.validation),
    test: best.test && inJson(best.test),
    stopped,
    reproducible: isReproducible({ stopped, hasChangedEngine }),
  });
}

function inJson({ rmse, mae, count, ndcg, recall }: SetErrors): MfSummary['train'] {
  return { rmse: finite(rmse), mae: finite(mae), count, ...(ndcg === undefined ? {} : { ndcg: finite(ndcg) }), ...(recall === undefined ? {} : { recall: finite(recall) }) };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
