/** Factorizations made by hand: factors, ids and rated items as a test wants them, without training. */
import type { MfContent } from '../../../models/mf/files.js';
import { MfModel } from '../../../models/mf/model.js';
import { Rated } from '../../../models/mf/rated.js';
import { biasColumn, fixedColumn, shapeOf, type Side } from '../../../models/mf/shape.js';
import { summaryOf, type MfSummary } from '../../../models/mf/summary.js';
import { Ids } from '../../../src/data/ids.js';
import { noise } from './ratings.js';

export interface Making {
  readonly users: number;
  readonly items: number;
  readonly rank: number;
  readonly biases?: boolean;
  /** A factor or, where `column` is the rank, a bias. */
  readonly value?: (side: Side, row: number, column: number) => number;
  /** Item rows that each user has rated, ascending. */
  readonly rated?: (user: number) => readonly number[];
  readonly id?: (side: Side, row: number) => string;
  readonly summary?: Partial<MfSummary>;
  /** Rows of a tile; all where it is not said. */
  readonly tile?: number;
}

/** Float32 numbers around 0, about bell-shaped. */
export const bellShaped = (side: Side, row: number, column: number): number => Math.fround(noise(side === 'user' ? 1 : 2, row, column));

export function madeContent({ users, items, rank, biases = true, value = bellShaped, rated = () => [], id = (side, row) => `${side[0]}${row}`, summary = {}, tile }: Making): MfContent {
  const lists = Array.from({ length: users }, (_, user) => rated(user));
  const counts = { user: users, item: items };
  return {
    summary: summaryOf({ ...SUMMARY, rank, biases, users, items, ratings: lists.flat().length, ...summary }),
    users: idsOf('user', users, id),
    items: idsOf('item', items, id),
    rated: new Rated(Uint32Array.from(lists, ({ length }) => length), Uint32Array.from(lists.flat())),
    *tiles(side) {
      const { stride } = shapeOf(rank, biases);
      const rows = rowsOf(side, counts[side], { rank, biases, value });
      const step = (tile ?? counts[side]) * stride;
      for (let at = 0; at < rows.length; at += step) yield rows.subarray(at, at + step);
    },
  };
}

export const madeModel = (making: Making): Promise<MfModel> => MfModel.from(madeContent(making));

function idsOf(side: Side, count: number, id: NonNullable<Making['id']>): Ids {
  const ids = new Ids();
  for (let row = 0; row < count; row++) ids.add(id(side, row));
  return ids;
}

function rowsOf(side: Side, count: number, { rank, biases, value }: { rank: number; biases: boolean; value: NonNullable<Making['value']> }): Float32Array {
  const shape = shapeOf(rank, biases);
  const rows = new Float32Array(count * shape.stride);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < rank; column++) rows[row * shape.stride + column] = value(side, row, column);
    if (!biases) continue;
    rows[row * shape.stride + biasColumn(shape, side)] = value(side, row, rank);
    rows[row * shape.stride + fixedColumn(shape, side)] = 1;
  }
  return rows;
}

const JUDGED = { rmse: 0.5, mae: 0.25, count: 3 };

const SUMMARY: Omit<MfSummary, 'format' | 'formatVersion' | 'rank' | 'biases' | 'users' | 'items' | 'ratings'> = {
  stradsVersion: '0.1.0',
  algorithm: 'als',
  schedule: 'cyclic',
  lambda: 0.1,
  penaltyPer: 'ratings',
  nonNegative: false,
  implicit: false,
  confidence: null,
  seed: 0,
  mean: 3.5,
  sweeps: 4,
  bestSweep: 3,
  objective: 12.5,
  train: JUDGED,
  validation: null,
  test: { rmse: null, mae: null, count: 0, ndcg: 0.5, recall: 0.25 },
  stopped: 'sweeps',
  reproducible: true,
};

/** mean + b_i + c_j + w_i·h_j in float64, from the numbers a model was made of. */
export function expectedRating({ rank, biases = true, value = bellShaped }: Making, mean: number, user: number, item: number): number {
  let sum = mean;
  for (let k = 0; k < rank; k++) sum += value('user', user, k) * value('item', item, k);
  return biases ? sum + value('user', user, rank) + value('item', item, rank) : sum;
}
