/**
 * Matrix factorization in plain float64, from its definition: the objective over all pairs with a weight and a target, its
 * errors and rankings, the exact minimum over a row, a visit of a rank, and a walk of gradient descent.
 */
import type { MfOptions } from '../../../models/mf/options.js';
import type { Layout } from '../../../models/mf/distribute.js';
import { initialItems, initialUsers } from '../../../models/mf/initial.js';
import { fixedColumn, trainedColumns, type Shape, type Side } from '../../../models/mf/shape.js';
import { countsOf, type Ratings } from '../../../src/data/ratings.js';
import type { Factors } from './fits.js';

/** Σ weight (target - w·h)² + Σ penalty ||row||² over users × items, row-major; weight 0 where nothing is known. */
export interface Problem {
  readonly shape: Shape;
  readonly users: number;
  readonly items: number;
  readonly weights: Float64Array;
  readonly targets: Float64Array;
  readonly penalties: Readonly<Record<Side, Float64Array>>;
  readonly nonNegative: boolean;
}

/** Rows of both sides, `stride` numbers each. */
export type Tables = Readonly<Record<Side, Float64Array>>;

export function problemOf(train: Ratings, shape: Shape, mean: number, { lambda, penaltyPer, implicit, confidence = 1, nonNegative }: MfOptions): Problem {
  const [users, items] = [train.users.count, train.items.count];
  const weights = new Float64Array(users * items).fill(Number(implicit));
  const targets = new Float64Array(users * items);
  for (let p = 0; p < train.count; p++) {
    const at = train.userOf[p] * items + train.itemOf[p];
    weights[at] = implicit ? 1 + confidence * train.values[p] : 1;
    targets[at] = implicit ? 1 : train.values[p] - mean;
  }
  const { byUser, byItem } = countsOf(train);
  const penalty = (counts: Uint32Array) => Float64Array.from(counts, (count) => (penaltyPer === 'ratings' ? lambda * count : lambda));
  return { shape, users, items, weights, targets, penalties: { user: penalty(byUser), item: penalty(byItem) }, nonNegative };
}

export const tablesOf = ({ user, item }: Pick<Factors, 'user' | 'item'>): Tables => ({ user: Float64Array.from(user), item: Float64Array.from(item) });

/** The factors that training starts from, by index. */
export function initialTables({ shape, users, items }: Layout, options: MfOptions): Tables {
  const place = (rows: Float32Array, rowAt: Uint32Array) => {
    const table = new Float64Array(rows.length);
    for (const [position, row] of rowAt.entries()) table.set(rows.subarray(position * shape.stride, (position + 1) * shape.stride), row * shape.stride);
    return table;
  };
  return { user: place(initialUsers(users.rowAt.length, shape), users.rowAt), item: place(initialItems(items.rowAt, items.counts, shape, options), items.rowAt) };
}

function dot(stride: number, a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number): number {
  let sum = 0;
  for (let k = 0; k < stride; k++) sum += a[i * stride + k] * b[j * stride + k];
  return sum;
}

export function objectiveOf({ shape, users, items, weights, targets, penalties }: Problem, { user, item }: Tables): number {
  let sum = penaltyOf(shape, user, penalties.user, 'user') + penaltyOf(shape, item, penalties.item, 'item');
  for (let i = 0; i < users; i++) {
    for (let j = 0; j < items; j++) {
      const weight = weights[i * items + j];
      if (weight > 0) sum += weight * (targets[i * items + j] - dot(shape.stride, user, i, item, j)) ** 2;
    }
  }
  return sum;
}

function penaltyOf(shape: Shape, rows: Float64Array, penalties: Float64Array, side: Side): number {
  const fixed = fixedColumn(shape, side);
  return rows.reduce((sum, value, at) => (at % shape.stride === fixed ? sum : sum + penalties[Math.floor(at / shape.stride)] * value * value), 0);
}

export function errorsOf(ratings: Ratings, { stride, mean, user, item }: Factors): { rmse: number; mae: number; count: number } {
  let [squares, sizes] = [0, 0];
  for (let p = 0; p < ratings.count; p++) {
    const error = ratings.values[p] - mean - dot(stride, user, ratings.userOf[p], item, ratings.itemOf[p]);
    squares += error * error;
    sizes += Math.abs(error);
  }
  return { rmse: Math.sqrt(squares / ratings.count), mae: sizes / ratings.count, count: ratings.count };
}

/** The other pairs of a user's or an item's row: weight, target and row of the other side. */
function* pairsOf({ users, items, weights, targets }: Problem, side: Side, row: number): Generator<[other: number, weight: number, target: number]> {
  for (let other = 0; other < (side === 'user' ? items : users); other++) {
    const at = side === 'user' ? row * items + other : other * items + row;
    if (weights[at] > 0) yield [other, weights[at], targets[at]];
  }
}

const opposite = (side: Side): Side => (side === 'user' ? 'item' : 'user');
const rowsOf = ({ users, items }: Problem, side: Side) => (side === 'user' ? users : items);

/** The minimum over all rows of a side, each by its normal equations. */
export function solveSide(problem: Problem, tables: Tables, side: Side): void {
  const { shape } = problem;
  const { stride } = shape;
  const fixed = fixedColumn(shape, side);
  const free = [...trainedColumns(shape)].filter((column) => column !== fixed);
  const others = tables[opposite(side)];
  for (let row = 0; row < rowsOf(problem, side); row++) {
    const matrix = free.map((_, a) => Float64Array.from(free, (_, b) => (a === b ? problem.penalties[side][row] : 0)));
    const right = new Float64Array(free.length);
    for (const [other, weight, target] of pairsOf(problem, side, row)) {
      const rest = target - (fixed < stride ? others[other * stride + fixed] : 0);
      for (const [a, column] of free.entries()) {
        const factor = weight * others[other * stride + column];
        right[a] += factor * rest;
        for (const [b, second] of free.entries()) matrix[a][b] += factor * others[other * stride + second];
      }
    }
    const solution = solve(matrix, right);
    for (const [a, column] of free.entries()) tables[side][row * stride + column] = solution[a];
  }
}

/** Gauss's elimination of a positive semidefinite matrix; a row of zeros gives 0. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  for (let k = 0; k < n; k++) {
    for (let row = k + 1; row < n && matrix[k][k] > 0; row++) {
      const multiple = matrix[row][k] / matrix[k][k];
      for (let column = k; column < n; column++) matrix[row][column] -= multiple * matrix[k][column];
      right[row] -= multiple * right[k];
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let column = k + 1; column < n; column++) right[k] -= matrix[k][column] * right[column];
    right[k] = matrix[k][k] > 0 ? right[k] / matrix[k][k] : 0;
  }
  return right;
}

/** The minimum over one column of a side, every row for itself. */
export function visitSide(problem: Problem, tables: Tables, side: Side, rank: number): void {
  const { shape, nonNegative, penalties } = problem;
  const { stride, ranks } = shape;
  if (rank === fixedColumn(shape, side)) return;
  for (let row = 0; row < rowsOf(problem, side); row++) {
    const at = row * stride + rank;
    let gradient = -penalties[side][row] * tables[side][at];
    let denominator = penalties[side][row];
    for (const [other, weight, target] of pairsOf(problem, side, row)) {
      const factor = tables[opposite(side)][other * stride + rank];
      gradient += weight * (target - dot(stride, tables[side], row, tables[opposite(side)], other)) * factor;
      denominator += weight * factor * factor;
    }
    if (!(denominator > 0)) continue;
    const value = tables[side][at] + gradient / denominator;
    tables[side][at] = nonNegative && rank < ranks ? Math.max(0, value) : value;
  }
}

/** One sweep of CCD++: for every rank the users' step, then the items'. */
export function sweepOfRanks(problem: Problem, tables: Tables): void {
  for (const rank of trainedColumns(problem.shape)) {
    visitSide(problem, tables, 'user', rank);
    visitSide(problem, tables, 'item', rank);
  }
}

const GROUPS = 16;

/**
 * The order in which gradient descent meets the training ratings: step by step every shard with its block, stratum by stratum
 * (row group g with column group g + s), within a sub-cell as the ratings came.
 */
export function descentOrder(train: Ratings, { shards, blocksAShard, users, items }: Layout): number[] {
  const keys: { readonly key: readonly number[]; readonly p: number }[] = [];
  const partOf = (starts: Uint32Array, position: number) => starts.findLastIndex((start, part) => start <= position && part < starts.length - 1);
  for (let p = 0; p < train.count; p++) {
    const [user, item] = [users.positionOf[train.userOf[p]], items.positionOf[train.itemOf[p]]];
    const [shard, block] = [partOf(users.starts, user), partOf(items.starts, item)];
    const blocks = shards * blocksAShard;
    const step = (block - shard * blocksAShard + blocks) % blocks;
    const group = (user - users.starts[shard]) % GROUPS;
    const stratum = (((item - items.starts[block]) % GROUPS) - group + GROUPS) % GROUPS;
    keys.push({ key: [step, shard, stratum, group], p });
  }
  const difference = (a: readonly number[], b: readonly number[]) => a.map((value, at) => value - b[at]).find((value) => value !== 0) ?? 0;
  return keys.sort((a, b) => difference(a.key, b.key) || a.p - b.p).map(({ p }) => p);
}

/** One sweep of gradient descent with a step size a row (Chin et al. 2015); `states` are (G, B) a row, 1 at first. */
export function descend(train: Ratings, layout: Layout, tables: Tables, states: Tables, { rate = 0.05, lambda, penaltyPer, nonNegative }: MfOptions): void {
  const { shape, mean } = layout;
  const { stride, ranks } = shape;
  const { byUser, byItem } = countsOf(train);
  const penaltyOfOne = (count: number) => (penaltyPer === 'ratings' ? lambda : lambda / count);
  for (const p of descentOrder(train, layout)) {
    const [i, j] = [train.userOf[p], train.itemOf[p]];
    const error = train.values[p] - mean - dot(stride, tables.user, i, tables.item, j);
    const old = { user: tables.user.slice(i * stride, (i + 1) * stride), item: tables.item.slice(j * stride, (j + 1) * stride) };
    for (const [side, row, count] of [['user', i, byUser[i]], ['item', j, byItem[j]]] as const) {
      const penalty = penaltyOfOne(count);
      let squares = 0;
      for (let k = 0; k < ranks; k++) {
        const gradient = penalty * old[side][k] - error * old[opposite(side)][k];
        const value = old[side][k] - (rate / Math.sqrt(states[side][2 * row])) * gradient;
        tables[side][row * stride + k] = nonNegative ? Math.max(0, value) : value;
        squares += gradient * gradient;
      }
      states[side][2 * row] += squares / ranks;
      if (!shape.biases) continue;
      const bias = side === 'user' ? ranks : ranks + 1;
      const gradient = penalty * old[side][bias] - error;
      tables[side][row * stride + bias] -= (rate / Math.sqrt(states[side][2 * row + 1])) * gradient;
      states[side][2 * row + 1] += gradient * gradient;
    }
  }
}

/** Means over the users of `held` of NDCG@n and recall@n, among the items that a user has not rated in training; of equal scores the lower position. */
export function rankingOf(train: Ratings, held: Ratings, layout: Layout, { stride, user, item }: Factors, n: number): { ndcg: number; recall: number } {
  const relevantOf = new Map<number, Set<number>>();
  for (let p = 0; p < held.count; p++) relevantOf.set(held.userOf[p], (relevantOf.get(held.userOf[p]) ?? new Set()).add(held.itemOf[p]));
  const known = new Set(Array.from(train.userOf, (i, p) => i * train.items.count + train.itemOf[p]));
  let [ndcg, recall] = [0, 0];
  for (const [i, relevant] of relevantOf) {
    const ranked = Array.from({ length: train.items.count }, (_, j) => j)
      .filter((j) => !known.has(i * train.items.count + j))
      .map((j) => ({ j, score: dot(stride, user, i, item, j) }))
      .sort((a, b) => b.score - a.score || layout.items.positionOf[a.j] - layout.items.positionOf[b.j])
      .slice(0, n);
    const most = Math.min(n, relevant.size);
    const gain = ranked.reduce((sum, { j }, place) => sum + (relevant.has(j) ? 1 / Math.log2(place + 2) : 0), 0);
    ndcg += gain / Array.from({ length: most }, (_, place) => 1 / Math.log2(place + 2)).reduce((sum, value) => sum + value, 0);
    recall += ranked.filter(({ j }) => relevant.has(j)).length / most;
  }
  return { ndcg: ndcg / relevantOf.size, recall: recall / relevantOf.size };
}
