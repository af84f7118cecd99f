/**
 * A pass over the ratings, the fold of cut rows and the solve of a rank together: each row's factor must be the exact
 * minimizer of the objective, written out here in float64 over every pair, and what the solve says of itself true.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mf } from '#kernels';
import type { Engine, EngineBuffer, Kernel } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/wasm.js';
import { stream } from './matrices.js';
import { entriesOf, makeCell, partsOf, slotsOf } from './mf-cells.js';
import type { Entry } from './mf-cells.js';

const STRIDE = 8;
const RANK = 5;
const PENALTY = 0.3;
const LENGTHS = [0, 1, 2, 7, 12, 30, 5, 0];
const COLUMNS = 30;

const next = stream(9);
const units = (count: number): Float32Array => Float32Array.from({ length: count }, () => next() / 2 ** 31 - 1);
/** Rows 0 to 6 have a penalty, the last one neither penalty nor ratings. */
const penalties = Float32Array.from(LENGTHS, (_, row) => (row < LENGTHS.length - 1 ? PENALTY : 0));
const drawn = makeCell('integers', 'ratings', { lengths: LENGTHS, columns: COLUMNS, limit: 8 });
const cell = { ...drawn, values: units(drawn.ids.length).map((value, e) => (e % 3 === 0 ? 1 : 2 * Math.abs(value))) };
const rows = units(LENGTHS.length * STRIDE);
const columns = units(COLUMNS * STRIDE);

const ratings: readonly Entry[] = Array.from({ length: cell.count }, (_, k) => entriesOf(cell, k)).flat();

/** Prediction of a pair, with the row's factor at RANK in the place of its own. */
function predicted(row: number, column: number, factor: number): number {
  let sum = 0;
  for (let k = 0; k < STRIDE; k++) sum += (k === RANK ? factor : rows[row * STRIDE + k]) * columns[column * STRIDE + k];
  return sum;
}

/** What a row's factor at RANK costs. */
function objective(row: number, factor: number, implicit: number): number {
  const own = ratings.filter((rating) => rating.row === row);
  const loss = (value: number, p: number) => (implicit ? (1 + value) * (1 - p) ** 2 - p * p : (value - p) ** 2);
  const observed = own.reduce((sum, { column, value }) => sum + loss(value, predicted(row, column, factor)), 0);
  const all = Array.from({ length: COLUMNS }, (_, column) => predicted(row, column, factor) ** 2).reduce((sum, square) => sum + square, 0);
  return observed + (implicit ? all : 0) + penalties[row] * factor * factor;
}

/** Float64 products of all columns with their factor at RANK. */
function gramColumn(): Float32Array<ArrayBuffer> {
  const sums = new Float32Array(STRIDE);
  for (let k = 0; k < STRIDE; k++) {
    let sum = 0;
    for (let column = 0; column < COLUMNS; column++) sum += columns[column * STRIDE + k] * columns[column * STRIDE + RANK];
    sums[k] = sum;
  }
  return sums;
}

interface Solved {
  readonly factors: Float32Array;
  readonly decrease: Float32Array;
}

/** One visit of RANK, from factors whose residual is up to date. */
async function visit(engine: Engine, implicit: number, nonnegative: number): Promise<Solved> {
  const residual = new Float32Array(cell.ids.length);
  for (const { e, row, column, value } of ratings) residual[e] = (implicit ? 1 : value) - predicted(row, column, rows[row * STRIDE + RANK]);
  const columnTerms = new Float32Array(4 * COLUMNS);
  for (let column = 0; column < COLUMNS; column++) columnTerms[4 * column + 2] = columns[column * STRIDE + RANK];
  const count = LENGTHS.length;
  const contents: Record<string, Float32Array | Uint32Array> = {
    ...{ pieces: cell.pieces, ids: cell.ids, residual, confidence: cell.values, rowTerms: new Float32Array(2 * count), columnTerms },
    ...{ sums: new Float32Array(2 * slotsOf(cell)), factors: rows, penalties, gramColumn: gramColumn() },
    ...{ userTerms: new Float32Array(4 * count), decrease: new Float32Array(count) },
  };
  const made = Object.fromEntries(
    Object.entries(contents).map(([name, data]): [string, EngineBuffer] => [name, engine.createBuffer(name, data.byteLength)]),
  );
  for (const [name, data] of Object.entries(contents)) engine.write(made[name], data as Float32Array<ArrayBuffer>);
  const dispatch = (kernel: Kernel, buffers: Record<string, EngineBuffer>, parameters: Record<string, number>) =>
    engine.dispatch({ kernel, buffers, parameters, workgroups: 1 });
  const { pieces, ids, confidence, rowTerms, sums, factors, decrease } = made;
  for (const { first, count: length, overflow } of partsOf(cell).slice(0, 2)) {
    const buffers = { pieces, ids, residual: made['residual'], confidence, rowTerms, columnTerms: made['columnTerms'], sums };
    dispatch(mf.residualDots, buffers, { first, count: length, overflow, lanes: 16, accumulate: 0, implicit });
  }
  dispatch(mf.foldPieces, { pieces, table: sums }, { first: 0, count: cell.cut, overflow: cell.rows, width: 2, accumulate: 0 });
  dispatch(
    mf.rankSolve,
    { sums, factors, penalties: made['penalties'], gramColumn: made['gramColumn'], rowTerms, columnTerms: made['userTerms'], decrease },
    { rows: count, stride: STRIDE, rank: RANK, implicit, nonnegative, update: 1 },
  );
  const bytes = await engine.read([{ buffer: factors }, { buffer: decrease }]);
  return { factors: new Float32Array(bytes[0]), decrease: new Float32Array(bytes[1]) };
}

describe('mf/rank-solve after mf/residual-dots and mf/fold-pieces', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createWasmEngine({ memoryBytes: 8 << 20 });
  });
  afterAll(() => engine.close());

  it.each([0, 1])('minimizes the objective of every row, implicit %d', async (implicit) => {
    const { factors, decrease } = await visit(engine, implicit, 0);
    for (let row = 0; row < LENGTHS.length; row++) {
      const [old, found] = [rows[row * STRIDE + RANK], factors[row * STRIDE + RANK]];
      const cost = (factor: number) => objective(row, factor, implicit);
      // The objective is a parabola, so these differences are exact but for rounding.
      const slope = (cost(found + 1) - cost(found - 1)) / 2;
      const curvature = cost(found + 1) - 2 * cost(found) + cost(found - 1);
      expect(Math.abs(slope), `row ${row}`).toBeLessThan(1e-5 * (1 + curvature));
      expect(decrease[row], `row ${row}`).toBeCloseTo(cost(old) - cost(found), 4);
    }
    const fewest = LENGTHS.length - 1;
    if (!implicit) expect(factors[fewest * STRIDE + RANK]).toBe(rows[fewest * STRIDE + RANK]);
  });

  it.each([0, 1])('stays at 0 where a nonnegative factor would cost more, implicit %d', async (implicit) => {
    const { factors } = await visit(engine, implicit, 1);
    const free = await visit(engine, implicit, 0);
    const at = LENGTHS.map((_, row) => row * STRIDE + RANK).slice(1, -1);
    expect(at.some((index) => free.factors[index] < 0)).toBe(true);
    for (const index of at) expect(factors[index]).toBe(Math.max(0, free.factors[index]));
  });
});
