/**
 * The kernels of alternating least squares together: warm-started conjugate gradient steps, with the columns in two tiles that
 * come one after another, reach the float64 solution of every row's normal equations.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mf } from '#kernels';
import type { Engine, EngineBuffer } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/wasm.js';
import { numbers } from './matrices.js';
import { entriesOf, makeCell } from './mf-cells.js';
import type { Cell } from './mf-cells.js';

const NONE = 0xffff_ffff;
const TILE = 24;
/** Ratings of each row in each tile: rows with none at all, with few, and with more than there are factors. */
const LENGTHS = [
  [0, 0, 1, 3, 9, 24, 17, 5, 0, 12],
  [0, 2, 0, 4, 11, 24, 8, 0, 1, 13],
];
const ROWS = LENGTHS[0].length;

interface Problem {
  readonly stride: number;
  readonly fixed: number;
  readonly implicit: 0 | 1;
  readonly cells: readonly Cell[];
  /** One table of factors a tile. */
  readonly columns: readonly Float32Array[];
  readonly factors: Float32Array;
  readonly penalties: Float32Array;
}

/** Numbers from -1 to 1. */
const small = (count: number, seed: number) => numbers('integers', count, seed).map((value, at) => (value + ((at * 7) % 11) / 11) / 3);

function makeProblem(stride: number, fixed: number, implicit: 0 | 1): Problem {
  const columns = LENGTHS.map((_, tile) => small(TILE * stride, 3 + tile));
  const factors = small(ROWS * stride, 5);
  for (let at = fixed; at < factors.length; at += stride) factors[at] = 1;
  const cells = LENGTHS.map((lengths, tile) => {
    const cell = makeCell('integers', 'tile', { lengths, columns: TILE, limit: TILE, seed: 6 + tile });
    return { ...cell, values: cell.values.map((value) => value + 2) };
  });
  const penalties = Float32Array.from(LENGTHS[0], (length, row) => 0.05 * Math.max(1, length + LENGTHS[1][row]));
  return { stride, fixed, implicit, cells, columns, factors, penalties };
}

/** x of A x = b by elimination; A is positive definite. */
function solve(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  rows.forEach((pivot, i) => {
    for (const row of rows.slice(i + 1)) {
      const factor = row[i] / pivot[i];
      pivot.forEach((value, k) => (row[k] -= factor * value));
    }
  });
  const x = right.map(() => 0);
  for (let i = x.length - 1; i >= 0; i--) x[i] = (rows[i][x.length] - x.reduce((sum, value, k) => sum + rows[i][k] * value, 0)) / rows[i][i];
  return x;
}

/** What row `row` weighs a column with, and the target it aims at: the entries', and with implicit feedback all others'. */
function observations({ implicit, cells, columns, stride }: Problem, row: number): { h: number[]; weight: number; target: number }[] {
  return cells.flatMap((cell, tile) => {
    const vector = (column: number) => Array.from(columns[tile].subarray(column * stride, (column + 1) * stride));
    const rated = Array.from({ length: cell.count }, (_, k) => entriesOf(cell, k)).flat().filter((entry) => entry.row === row);
    const own = rated.map(({ column, value }) => ({ h: vector(column), weight: implicit ? 1 + value : 1, target: implicit ? 1 : value }));
    const seen = new Set(rated.map(({ column }) => column));
    const rest = Array.from({ length: TILE }, (_, column) => column).filter((column) => implicit && !seen.has(column));
    return [...own, ...rest.map((column) => ({ h: vector(column), weight: 1, target: 0 }))];
  });
}

/** The minimum of Σ weight (target - x·h)² + penalty ‖x‖² over x, whose fixed component is 1 and not penalized. */
function directSolution(problem: Problem, row: number): number[] {
  const free = Array.from({ length: problem.stride }, (_, k) => k).filter((k) => k !== problem.fixed);
  const observed = observations(problem, row);
  const matrix = free.map((i) => free.map((j) => observed.reduce((sum, { h, weight }) => sum + weight * h[i] * h[j], i === j ? problem.penalties[row] : 0)));
  const right = free.map((i) => observed.reduce((sum, { h, weight, target }) => sum + weight * (target - (h[problem.fixed] ?? 0)) * h[i], 0));
  const solved = solve(matrix, right);
  const x = new Array<number>(problem.stride).fill(1);
  free.forEach((k, at) => (x[k] = solved[at]));
  return x;
}

/** Factors after `steps` steps for all rows at once. */
async function conjugateGradient(engine: Engine, problem: Problem, steps: number): Promise<Float32Array> {
  const { stride, fixed, implicit, cells, columns } = problem;
  const bufferOf = (label: string, data: Float32Array | Uint32Array): EngineBuffer => {
    const buffer = engine.createBuffer(label, data.byteLength);
    engine.write(buffer, data);
    return buffer;
  };
  const table = (label: string) => engine.createBuffer(label, 4 * ROWS * stride);
  const [products, residuals, directions] = ['products', 'residuals', 'directions'].map(table);
  const factors = bufferOf('factors', problem.factors);
  const penalties = bufferOf('penalties', problem.penalties);
  const gram = engine.createBuffer('gram', 4 * stride * stride);
  const tiles = cells.map((cell, tile) => ({
    count: cell.count,
    pieces: bufferOf('pieces', cell.pieces),
    ids: bufferOf('ids', cell.ids),
    values: bufferOf('values', cell.values),
    columns: bufferOf('columns', columns[tile]),
  }));
  const multiply = (rows: EngineBuffer, residual: 0 | 1): void => {
    for (const { count, ...tile } of tiles) {
      const parameters = { first: 0, count, overflow: 0, stride, residual, implicit };
      engine.dispatch({ kernel: mf.normalProduct, buffers: { ...tile, rows, products }, parameters, workgroups: count });
    }
    if (!implicit) return;
    const parameters = { rows: ROWS, stride, scale: residual ? -1 : 1 };
    engine.dispatch({ kernel: mf.gramProduct, buffers: { vectors: rows, gram, products }, parameters, workgroups: Math.ceil(ROWS / 32) * Math.ceil(stride / 32) });
  };
  const solver = { buffers: { factors, penalties, products, residuals, directions }, parameters: { rows: ROWS, stride, fixed }, workgroups: ROWS };

  for (const tile of tiles) {
    engine.dispatch({ kernel: mf.gram, buffers: { factors: tile.columns, gram }, parameters: { rows: TILE, stride }, workgroups: Math.ceil(stride / 32) ** 2 });
  }
  multiply(factors, 1);
  engine.dispatch({ kernel: mf.conjugateStart, ...solver });
  for (let step = 0; step < steps; step++) {
    multiply(directions, 0);
    engine.dispatch({ kernel: mf.conjugateStep, ...solver });
  }
  const [bytes] = await engine.read([{ buffer: factors }]);
  return new Float32Array(bytes);
}

const PROBLEMS = [
  { title: 'ratings', problem: makeProblem(12, NONE, 0) },
  { title: 'ratings with biases', problem: makeProblem(16, 13, 0) },
  { title: 'implicit feedback', problem: makeProblem(12, NONE, 1) },
];

describe.each(PROBLEMS)('conjugate gradient on the normal equations: $title', ({ problem }) => {
  const { stride, fixed } = problem;
  const solution = Array.from({ length: ROWS }, (_, row) => directSolution(problem, row));
  const errors = (factors: Float32Array) => solution.map((x, row) => Math.hypot(...x.map((value, k) => value - factors[row * stride + k])));
  let engine: Engine;
  beforeAll(async () => {
    engine = await createWasmEngine({ memoryBytes: 1 << 20 });
  });
  afterAll(() => engine.close());

  it('reaches the direct solution of every row', async () => {
    const found = errors(await conjugateGradient(engine, problem, 3 * stride));
    solution.forEach((x, row) => expect(found[row], `row ${row}`).toBeLessThan(1e-4 * Math.max(1, Math.hypot(...x))));
  });

  it('comes nearer with every few steps', async () => {
    const [start, few, more] = await Promise.all([0, 3, 6].map(async (steps) => Math.hypot(...errors(await conjugateGradient(engine, problem, steps)))));
    expect(few).toBeLessThan(start);
    expect(more).toBeLessThan(few);
  });

  it('stays at the solution when it starts there, and leaves the fixed column alone', async () => {
    const factors = Float32Array.from(solution.flat());
    const after = await conjugateGradient(engine, { ...problem, factors }, 3);
    after.forEach((value, at) => expect(Math.abs(value - factors[at])).toBeLessThan(1e-4));
    for (let at = fixed; at < after.length; at += stride) expect(after[at]).toBe(1);
  });
});
