/** The matrix factorization kernels by the formulas of their headers, on small problems, so that a meter counts what they move and compute. */
import { mf } from '#kernels';
import { numbers } from './matrices.js';
import type { MeteredKernel } from './metered-kernel.js';
import type { Meter, MeteredBuffer } from './metered.js';

const ROWS = 5;
const STRIDE = 8;
const RANK = 3;

const drawn = (meter: Meter, count: number, seed: number) => meter.buffer(numbers('reals', count, seed));
const positive = (meter: Meter, count: number) => meter.buffer(Array.from({ length: count }, (_, k) => k + 1));
const empty = (meter: Meter, count: number) => meter.buffer(new Float32Array(count));
const rowOf = (table: MeteredBuffer, row: number, stride = STRIDE) => table.slice(row * stride, stride);
const none = { counts: {} };

const columnIn: MeteredKernel = (meter) => {
  const [values, factors] = [drawn(meter, ROWS, 1), empty(meter, ROWS * STRIDE)];
  for (let row = 0; row < ROWS; row++) factors.set(row * STRIDE + RANK, values.get(row));
  return { parameters: { rows: ROWS, stride: STRIDE, rank: RANK }, ...none };
};

const columnOut = (implicit: number): MeteredKernel => (meter) => {
  const [factors, gramColumn, out] = [drawn(meter, ROWS * STRIDE, 1), drawn(meter, STRIDE, 2), empty(meter, ROWS * 2)];
  for (let row = 0; row < ROWS; row++) {
    out.set(2 * row, factors.get(row * STRIDE + RANK));
    out.set(2 * row + 1, implicit ? meter.dot(rowOf(factors, row), gramColumn.slice(0, STRIDE)) : 0);
  }
  return { parameters: { rows: ROWS, stride: STRIDE, rank: RANK, implicit }, ...none };
};

const conjugateStart: MeteredKernel = (meter) => {
  const [factors, penalties, products] = [drawn(meter, ROWS * STRIDE, 1), positive(meter, ROWS), drawn(meter, ROWS * STRIDE, 2)];
  const [residuals, directions] = [empty(meter, ROWS * STRIDE), empty(meter, ROWS * STRIDE)];
  for (let at = 0; at < ROWS * STRIDE; at++) {
    const r = meter.sub(products.get(at), meter.mul(penalties.get(Math.floor(at / STRIDE)), factors.get(at)));
    residuals.set(at, r);
    directions.set(at, r);
    products.set(at, 0);
  }
  return { parameters: { rows: ROWS, stride: STRIDE, fixed: STRIDE }, ...none };
};

const conjugateStep: MeteredKernel = (meter) => {
  const [factors, penalties, products, residuals, directions] = [drawn(meter, ROWS * STRIDE, 1), positive(meter, ROWS), ...[2, 3, 4].map((seed) => drawn(meter, ROWS * STRIDE, seed))];
  for (let row = 0; row < ROWS; row++) {
    const [x, r, p] = [factors, residuals, directions].map((table) => rowOf(table, row));
    const q = rowOf(products, row).map((product, k) => meter.plus(product, penalties.get(row), p[k]));
    const before = meter.dot(r, r);
    const alpha = meter.div(before, meter.dot(p, q));
    const next = r.map((value, k) => meter.sub(value, meter.mul(alpha, q[k])));
    const beta = meter.div(meter.dot(next, next), before);
    for (let k = 0; k < STRIDE; k++) {
      const at = row * STRIDE + k;
      factors.set(at, meter.plus(x[k], alpha, p[k]));
      residuals.set(at, next[k]);
      directions.set(at, meter.plus(next[k], beta, p[k]));
      products.set(at, 0);
    }
  }
  return { parameters: { rows: ROWS, stride: STRIDE, fixed: STRIDE }, ...none };
};

/** Pieces of different rows; their entries meet MET of the columns. */
const LENGTHS = [4, 1, 3];
const ENTRY_COLUMNS = [0, 2, 3, 5, 2, 0, 2, 3];
const ENTRIES = ENTRY_COLUMNS.length;
const MET = new Set(ENTRY_COLUMNS).size;

function ratings(meter: Meter) {
  const begins = LENGTHS.map((_, k) => LENGTHS.slice(0, k).reduce((sum, length) => sum + length, 0));
  // What a piece needs is a record of two numbers; of the one behind the last the begin.
  const pieces = meter.buffer([...begins.flatMap((begin, k) => [k + 1, begin]), 0, ENTRIES]);
  pieces.get(2 * LENGTHS.length);
  const ids = meter.buffer(ENTRY_COLUMNS);
  const values = drawn(meter, ENTRIES, 7);
  const visit = (k: number) => {
    const [row, begin] = pieces.slice(2 * k, 2);
    return { row: row!, entries: Array.from({ length: pieces.get(2 * k + 3) - begin! }, (_, e) => begin! + e) };
  };
  return { ids, values, visit };
}

const errors = (implicit: number): MeteredKernel => (meter) => {
  const { ids, values, visit } = ratings(meter);
  const [columns, rows, out] = [drawn(meter, 6 * STRIDE, 1), drawn(meter, 4 * STRIDE, 2), empty(meter, 2 * LENGTHS.length)];
  for (let k = 0; k < LENGTHS.length; k++) {
    const { row, entries } = visit(k);
    let [squares, sizes] = [0, 0];
    for (const e of entries) {
      const t = meter.dot(rowOf(rows, row), rowOf(columns, ids.get(e)));
      const v = values.get(e);
      if (implicit) {
        const away = meter.sub(1, t);
        squares = meter.add(squares, meter.sub(meter.mul(meter.mul(meter.add(1, v), away), away), meter.mul(t, t)));
      } else {
        const error = meter.sub(v, t);
        squares = meter.plus(squares, error, error);
        sizes = meter.add(sizes, meter.abs(error));
      }
    }
    out.set(2 * k, squares);
    out.set(2 * k + 1, sizes);
  }
  return { parameters: { first: 0, count: LENGTHS.length, stride: STRIDE, implicit }, counts: { entries: ENTRIES, columns: MET } };
};

const normalProduct = (residual: number, implicit: number, overflow: number): MeteredKernel => (meter) => {
  const { ids, values, visit } = ratings(meter);
  const [columns, rows, products] = [drawn(meter, 6 * STRIDE, 1), drawn(meter, 4 * STRIDE, 2), drawn(meter, 10 * STRIDE, 3)];
  for (let k = 0; k < LENGTHS.length; k++) {
    const { row, entries } = visit(k);
    let sums = new Array<number>(STRIDE).fill(0);
    for (const e of entries) {
      const column = rowOf(columns, ids.get(e));
      const t = meter.dot(rowOf(rows, row), column);
      const v = values.get(e);
      const weighted = implicit ? meter.mul(v, t) : t;
      const coefficient = residual ? meter.sub(implicit ? meter.add(1, v) : v, weighted) : weighted;
      sums = sums.map((sum, j) => meter.plus(sum, coefficient, column[j]));
    }
    for (let j = 0; j < STRIDE; j++) {
      if (overflow > 0) products.set((overflow + k) * STRIDE + j, sums[j]);
      else products.set(row * STRIDE + j, meter.add(products.get(row * STRIDE + j), sums[j]));
    }
  }
  return { parameters: { first: 0, count: LENGTHS.length, overflow, stride: STRIDE, residual, implicit }, counts: { entries: ENTRIES, columns: MET } };
};

const residualDots = (accumulate: number, implicit: number, overflow: number): MeteredKernel => (meter) => {
  const { ids, values: residual, visit } = ratings(meter);
  const [confidence, rowTerms, columnTerms, sums] = [drawn(meter, ENTRIES, 1), drawn(meter, 8, 2), drawn(meter, 24, 3), drawn(meter, 20, 4)];
  for (let k = 0; k < LENGTHS.length; k++) {
    const { row, entries } = visit(k);
    const [a, b] = rowTerms.slice(2 * row, 2);
    let [gradient, weight] = [0, 0];
    for (const e of entries) {
      const [x, z, y] = columnTerms.slice(4 * ids.get(e), 3);
      const r = meter.sub(residual.get(e), meter.plus(meter.mul(a!, x!), b!, z!));
      residual.set(e, r);
      const v = implicit ? confidence.get(e) : 0;
      gradient = implicit ? meter.plus(gradient, meter.plus(1, v, r), y!) : meter.plus(gradient, r, y!);
      weight = implicit ? meter.plus(weight, meter.mul(v, y!), y!) : meter.plus(weight, y!, y!);
    }
    const slot = overflow > 0 ? overflow + k : row;
    const store = (at: number, sum: number) => sums.set(at, overflow === 0 && accumulate ? meter.add(sums.get(at), sum) : sum);
    store(2 * slot, gradient);
    store(2 * slot + 1, weight);
  }
  return { parameters: { first: 0, count: LENGTHS.length, lanes: 4, overflow, accumulate, implicit }, counts: { entries: ENTRIES, columns: MET } };
};

const foldPieces = (accumulate: number): MeteredKernel => (meter) => {
  const runs = [1, 1, 1, 3, 3];
  const [rows, table] = [meter.buffer(runs), drawn(meter, (4 + runs.length) * 3, 1)];
  const slots = runs.map((_, k) => rows.get(k));
  for (const row of new Set(slots)) {
    const parts = slots.flatMap((own, k) => (own === row ? [4 + k] : []));
    for (let column = 0; column < 3; column++) {
      const terms = [...(accumulate ? [row] : []), ...parts].map((slot) => table.get(slot * 3 + column));
      table.set(row * 3 + column, terms.reduce((sum, term) => meter.add(sum, term)));
    }
  }
  return { parameters: { first: 0, count: runs.length, overflow: 4, width: 3, accumulate }, counts: { rows: 2 } };
};

const gramColumn: MeteredKernel = (meter) => {
  const [factors, out] = [drawn(meter, ROWS * STRIDE, 1), empty(meter, STRIDE)];
  const column = (k: number) => Array.from({ length: ROWS }, (_, row) => factors.get(row * STRIDE + k));
  for (let k = 0; k < STRIDE; k++) out.set(k, meter.dot(column(RANK), column(k)));
  return { parameters: { rows: ROWS, stride: STRIDE, rank: RANK }, ...none };
};

const gram: MeteredKernel = (meter) => {
  const [factors, matrix] = [drawn(meter, ROWS * STRIDE, 1), empty(meter, STRIDE * STRIDE)];
  const column = (k: number) => Array.from({ length: ROWS }, (_, row) => factors.get(row * STRIDE + k));
  for (let i = 0; i < STRIDE; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = meter.add(matrix.get(i * STRIDE + j), meter.dot(column(i), column(j)));
      matrix.set(i * STRIDE + j, sum);
      matrix.set(j * STRIDE + i, sum);
    }
  }
  return { parameters: { rows: ROWS, stride: STRIDE }, ...none };
};

const gramProduct: MeteredKernel = (meter) => {
  const [vectors, matrix, products] = [drawn(meter, ROWS * STRIDE, 1), drawn(meter, STRIDE * STRIDE, 2), drawn(meter, ROWS * STRIDE, 3)];
  for (let i = 0; i < ROWS; i++) {
    for (let j = 0; j < STRIDE; j++) {
      const sum = meter.dot(rowOf(vectors, i), Array.from({ length: STRIDE }, (_, k) => matrix.get(k * STRIDE + j)));
      products.set(i * STRIDE + j, meter.plus(products.get(i * STRIDE + j), -1, sum));
    }
  }
  return { parameters: { rows: ROWS, stride: STRIDE, scale: -1 }, ...none };
};

const predict: MeteredKernel = (meter) => {
  const [rowIds, columnIds] = [meter.buffer([0, 2, 2, 4]), meter.buffer([1, 1, 0, 1])];
  const [rows, columns, predictions] = [drawn(meter, ROWS * STRIDE, 1), drawn(meter, 2 * STRIDE, 2), empty(meter, 4)];
  for (let k = 0; k < 4; k++) predictions.set(k, meter.dot(rowOf(rows, rowIds.get(k)), rowOf(columns, columnIds.get(k))));
  return { parameters: { first: 0, count: 4, stride: STRIDE }, counts: { rows: 3, columns: 2 } };
};

const rankSolve = (implicit: number, update: number): MeteredKernel => (meter) => {
  const [sums, factors, penalties, gramOfRank] = [positive(meter, ROWS * 2), drawn(meter, ROWS * STRIDE, 1), positive(meter, ROWS), positive(meter, STRIDE)];
  const [rowTerms, columnTerms, decrease] = [drawn(meter, ROWS * 2, 2), empty(meter, ROWS * 4), empty(meter, ROWS)];
  for (let row = 0; row < ROWS; row++) {
    const old = factors.get(row * STRIDE + RANK);
    let gradient = meter.sub(sums.get(2 * row), meter.mul(penalties.get(row), old));
    let denominator = meter.add(sums.get(2 * row + 1), penalties.get(row));
    if (implicit) denominator = meter.add(denominator, gramOfRank.get(RANK));
    if (implicit && update) gradient = meter.sub(gradient, meter.dot(rowOf(factors, row), gramOfRank.slice(0, STRIDE)));
    const solution = update ? meter.add(old, meter.div(gradient, denominator)) : old;
    const step = meter.sub(solution, old);
    factors.set(row * STRIDE + RANK, solution);
    for (const [k, term] of [rowTerms.get(2 * row), step, solution, 0].entries()) columnTerms.set(4 * row + k, term);
    rowTerms.set(2 * row, solution);
    rowTerms.set(2 * row + 1, -old);
    decrease.set(row, meter.mul(meter.mul(step, step), denominator));
    sums.set(2 * row, 0);
    sums.set(2 * row + 1, 0);
  }
  return { parameters: { rows: ROWS, stride: STRIDE, rank: RANK, implicit, nonnegative: 0, update }, ...none };
};

const sgd = (biases: number): MeteredKernel => (meter) => {
  const [ranks, stride, rate] = [STRIDE, STRIDE + 4 * biases, 0.1];
  const pairs = [[0, 1], [2, 1], [0, 0], [3, 2]];
  const starts = meter.buffer([0, 3, 4]);
  const [rowIds, columnIds, values] = [meter.buffer(pairs.map(([row]) => row)), meter.buffer(pairs.map(([, column]) => column)), drawn(meter, 4, 1)];
  const tables = [drawn(meter, 4 * stride, 2), drawn(meter, 3 * stride, 3)];
  const states = [positive(meter, 4 * 4), positive(meter, 3 * 4)];
  starts.slice(0, 3);
  for (let e = 0; e < pairs.length; e++) {
    const ids = [rowIds.get(e), columnIds.get(e)];
    const [x, y] = tables.map((table, side) => table.slice(ids[side] * stride, ranks));
    const [xy, xx, yy] = [meter.dot(x, y), meter.dot(x, x), meter.dot(y, y)];
    /** Of a row its bias b, of a column its bias c one place further on. */
    const biasAt = ids.map((id, side) => id * stride + ranks + side);
    const prediction = biases ? meter.add(xy, meter.add(tables[0].get(biasAt[0]), tables[1].get(biasAt[1]))) : xy;
    const err = meter.sub(values.get(e), prediction);
    const squared = meter.mul(err, err);
    const mixed = meter.mul(meter.mul(2, err), xy);
    for (const [side, [own, other, ownSquares, otherSquares]] of ([[x, y, xx, yy], [y, x, yy, xx]] as const).entries()) {
      const [table, state, id] = [tables[side], states[side], ids[side]];
      const penalty = state.get(4 * id + 2);
      const step = meter.mul(rate, meter.root(state.get(4 * id)));
      for (let k = 0; k < ranks; k++) {
        const gradient = meter.sub(meter.mul(penalty, own[k]), meter.mul(err, other[k]));
        table.set(id * stride + k, meter.sub(own[k], meter.mul(step, gradient)));
      }
      // Σ gradient² = penalty²·own² + err²·other² - 2·err·xy·penalty
      const ours = meter.mul(meter.mul(penalty, penalty), ownSquares);
      const sum = meter.sub(meter.add(ours, meter.mul(squared, otherSquares)), meter.mul(mixed, penalty));
      state.set(4 * id, meter.add(state.get(4 * id), meter.div(sum, ranks)));
      if (!biases) continue;
      const [bias, squares] = [table.get(biasAt[side]), state.get(4 * id + 1)];
      const gradient = meter.sub(meter.mul(penalty, bias), err);
      table.set(biasAt[side], meter.sub(bias, meter.mul(meter.mul(rate, meter.root(squares)), gradient)));
      state.set(4 * id + 1, meter.plus(squares, gradient, gradient));
    }
  }
  return { parameters: { first: 0, count: 2, ranks, stride, rate, nonnegative: 0 }, counts: { ratings: 4, rows: 3, columns: 3 } };
};

const top: MeteredKernel = (meter) => {
  const [count, cols, n] = [3, 4, 2];
  const [users, rows, columns] = [meter.buffer([4, 0, 2]), drawn(meter, ROWS * STRIDE, 1), drawn(meter, cols * STRIDE, 2)];
  const [excludedStarts, excludedIds] = [meter.buffer([0, 1, 1, 3]), meter.buffer([2, 0, 3])];
  const [scores, ids] = [meter.buffer(new Float32Array(count * n).fill(-3e38)), meter.buffer(new Array<number>(count * n).fill(-1))];
  excludedStarts.slice(0, 4);
  for (let k = 0; k < count; k++) {
    const excluded = excludedIds.slice(excludedStarts.get(k), excludedStarts.get(k + 1) - excludedStarts.get(k));
    const scored = Array.from({ length: cols }, (_, j) => [meter.dot(rowOf(rows, users.get(k)), rowOf(columns, j)), j]);
    const listed = scores.slice(k * n, n).map((score, at) => [score, ids.get(k * n + at)]);
    const best = [...listed, ...scored.filter(([, j]) => !excluded.includes(j))].sort(([a], [b]) => b - a);
    for (let at = 0; at < n; at++) {
      scores.set(k * n + at, best[at][0]);
      ids.set(k * n + at, best[at][1]);
    }
  }
  return { parameters: { count, cols, stride: STRIDE, n, firstId: 0 }, counts: { excluded: 3 } };
};

export const meteredMf = [
  [mf.columnIn, columnIn],
  ...[0, 1].map((implicit) => [mf.columnOut, columnOut(implicit)] as const),
  [mf.conjugateStart, conjugateStart],
  [mf.conjugateStep, conjugateStep],
  ...[0, 1].map((implicit) => [mf.errors, errors(implicit)] as const),
  ...[[0, 0, 0], [0, 1, 0], [1, 0, 5], [1, 1, 5]].map(([residual, implicit, overflow]) => [mf.normalProduct, normalProduct(residual, implicit, overflow)] as const),
  ...[[0, 0, 0], [1, 1, 0], [1, 0, 5], [0, 1, 5]].map(([accumulate, implicit, overflow]) => [mf.residualDots, residualDots(accumulate, implicit, overflow)] as const),
  ...[0, 1].map((accumulate) => [mf.foldPieces, foldPieces(accumulate)] as const),
  [mf.gramColumn, gramColumn],
  [mf.gram, gram],
  [mf.gramProduct, gramProduct],
  [mf.predict, predict],
  ...[[0, 0], [0, 1], [1, 0], [1, 1]].map(([implicit, update]) => [mf.rankSolve, rankSolve(implicit, update)] as const),
  ...[0, 1].map((biases) => [mf.sgd, sgd(biases)] as const),
  [mf.top, top],
] as const;
