/** Float64 oracles of stochastic gradient descent and of prediction; those of the ranking come from mf-top-oracles.ts. */
import { mf } from '#kernels';
import { numbers, stream } from './matrices.js';
import type { Numbers } from './matrices.js';
import { topCases } from './mf-top-oracles.js';
import { ProductSum, expectedFrom } from './oracle.js';
import type { Expected, KernelCase, KernelOracle } from './oracle.js';
import { exact, negative, overRoot, positivePart, sumOfProducts } from './tracked.js';
import type { Tracked } from './tracked.js';

const RATE = 0.125;

/** Sub-cells with so many ratings each, drawn from `rows` × `columns` of their own. */
export interface DescentShape {
  readonly lengths: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly ranks: number;
  readonly biases: boolean;
  readonly nonnegative?: boolean;
  /** The last factors, 0 in every row. */
  readonly padding?: number;
}

export interface Descent {
  readonly starts: Uint32Array;
  readonly rowIds: Uint32Array;
  readonly columnIds: Uint32Array;
  readonly values: Float32Array;
  readonly rows: Float32Array;
  readonly columns: Float32Array;
  readonly rowStates: Float32Array;
  readonly columnStates: Float32Array;
}

/** Factors of size 1/√ranks, and where there are biases the tail (bias, 1, 0, 0), or (1, bias, 0, 0) with `bias` 1. */
function factorTable(count: number, { ranks, biases, padding = 0 }: DescentShape, bias: number, seed: number): Float32Array {
  const next = stream(seed);
  const unit = () => next() / 2 ** 31 - 1;
  const factor = (k: number) => (k < ranks - padding ? unit() / Math.sqrt(ranks) : 0);
  const row = () => Array.from({ length: ranks }, (_, k) => factor(k));
  const tail = () => (biases ? [[unit(), 1], [1, unit()]][bias].concat(0, 0) : []);
  return Float32Array.from(Array.from({ length: count }, () => [...row(), ...tail()]).flat());
}

/** G and B from 1 to 4, penalties from 0 to 0.3, and a last number that nobody touches. */
function states(count: number): Float32Array {
  return Float32Array.from(Array.from({ length: count }, (_, i) => [1 + (i % 4), 4 - (i % 3), (i % 5) * 0.075, -7]).flat());
}

/** Rows of sub-cell c of C are c, c + C, c + 2C, …; so are its columns. */
export function descent(shape: DescentShape, seed: number): Descent {
  const { lengths, rows, columns } = shape;
  const cells = lengths.length;
  const next = stream(seed);
  const drawn = (c: number, count: number) => c + cells * (next() % count);
  const ratings = lengths.flatMap((length, c) => Array.from({ length }, () => ({ i: drawn(c, rows), j: drawn(c, columns) })));
  const starts = new Uint32Array(cells + 1);
  lengths.forEach((length, c) => (starts[c + 1] = starts[c] + length));
  return {
    starts,
    rowIds: Uint32Array.from(ratings, ({ i }) => i),
    columnIds: Uint32Array.from(ratings, ({ j }) => j),
    values: Float32Array.from(ratings, () => next() / 2 ** 30 - 2),
    rows: factorTable(rows * cells, shape, 0, seed + 1),
    columns: factorTable(columns * cells, shape, 1, seed + 2),
    rowStates: states(rows * cells),
    columnStates: states(columns * cells),
  };
}

const track = (values: Float32Array): Tracked[] => Array.from(values, exact);

const untrack = (numbers: readonly Tracked[]): Expected => ({
  values: Float64Array.from(numbers, ({ value }) => value),
  bounds: Float64Array.from(numbers, ({ bound }) => bound),
});

/** One side of a rating: its table, where its row begins, where its state begins, and the column of its bias. */
interface Side {
  readonly table: Tracked[];
  readonly at: number;
  readonly states: Tracked[];
  readonly state: number;
  readonly bias: number;
}

/** x - step·(penalty·x - pull). */
function stepped(x: Tracked, step: Tracked, penalty: Tracked, pull: readonly Tracked[]): Tracked {
  return sumOfProducts([[x], [exact(-1), step, penalty, x], [step, ...pull]], 6);
}

/** Σ_k (penalty·x_k - err·y_k)²; from the three products too it passes through no more roundings than this. */
function squaredGradients(x: readonly Tracked[], y: readonly Tracked[], penalty: Tracked, err: Tracked): Tracked {
  const terms = x.flatMap((a, k) => [
    [penalty, penalty, a, a],
    [exact(-2), penalty, err, a, y[k]],
    [err, err, y[k], y[k]],
  ]);
  return sumOfProducts(terms, x.length + 8);
}

/** The step of one side; `x` and `y` are its factors and the other side's, before the rating. */
function stepSide(side: Side, x: readonly Tracked[], y: readonly Tracked[], err: Tracked, { biases, nonnegative }: DescentShape): void {
  const { table, at, states, state, bias } = side;
  const [square, biasSquare, penalty] = states.slice(state, state + 3);
  const step = overRoot(RATE, square);
  x.forEach((value, k) => {
    const moved = stepped(value, step, penalty, [err, y[k]]);
    table[at + k] = nonnegative ? positivePart(moved) : moved;
  });
  states[state] = sumOfProducts([[square], [squaredGradients(x, y, penalty, err), exact(1 / x.length)]], 4);
  if (!biases) return;
  const before = table[at + bias];
  const gradient = sumOfProducts([[penalty, before], [negative(err)]], 2);
  table[at + bias] = stepped(before, overRoot(RATE, biasSquare), penalty, [err]);
  states[state + 1] = sumOfProducts([[biasSquare], [gradient, gradient]], 2);
}

/** Takes the ratings of sub-cells [first, first + count) one after another. */
function descended(data: Descent, shape: DescentShape, first: number, count: number): Record<string, Expected> {
  const { ranks, biases } = shape;
  const stride = ranks + (biases ? 4 : 0);
  const [rows, columns] = [track(data.rows), track(data.columns)];
  const [rowStates, columnStates] = [track(data.rowStates), track(data.columnStates)];
  for (let e = data.starts[first]; e < data.starts[first + count]; e++) {
    const [i, j] = [data.rowIds[e], data.columnIds[e]];
    const x = rows.slice(i * stride, (i + 1) * stride);
    const y = columns.slice(j * stride, (j + 1) * stride);
    const dot = x.map((value, k) => [exact(-1), value, y[k]]);
    const err = sumOfProducts([[exact(data.values[e])], ...dot], stride + 2);
    const [u, v] = [x.slice(0, ranks), y.slice(0, ranks)];
    stepSide({ table: rows, at: i * stride, states: rowStates, state: 4 * i, bias: ranks }, u, v, err, shape);
    stepSide({ table: columns, at: j * stride, states: columnStates, state: 4 * j, bias: ranks + 1 }, v, u, err, shape);
  }
  return { rows: untrack(rows), columns: untrack(columns), rowStates: untrack(rowStates), columnStates: untrack(columnStates) };
}

export function descentParameters({ ranks, biases, nonnegative }: DescentShape, first: number, count: number): Record<string, number> {
  return { first, count, ranks, stride: ranks + (biases ? 4 : 0), rate: RATE, nonnegative: nonnegative ? 1 : 0 };
}

export function descentCase(title: string, shape: DescentShape, first = 0, count = shape.lengths.length - first): KernelCase {
  const data = descent(shape, shape.ranks + first);
  return {
    title: `${title}, reals`,
    buffers: { ...data },
    parameters: descentParameters(shape, first, count),
    workgroups: count,
    expected: descended(data, shape, first, count),
  };
}

/** Ranks around the step of the twin (4, 8) and the lanes of a workgroup (64); sub-cells without, with one and with many ratings. */
function descentCases(): KernelCase[] {
  const few = { lengths: [5, 0, 1, 12], rows: 3, columns: 2 };
  const lengths = Array.from({ length: 65_600 }, (_, c) => Number(c % 99 === 0));
  /** More than one dimension of workgroups holds; some of the last have a rating. Its title keeps it from a second run. */
  const manyCells = { ...descentCase('', { lengths, rows: 1, columns: 1, ranks: 4, biases: false }), title: '65,600 sub-cells' };
  const ranks = [4, 8, 12, 60, 64, 68, 128, 132, 260];
  return [
    ...ranks.map((rank) => descentCase(`ranks ${rank}`, { ...few, ranks: rank, biases: false })),
    ...ranks.map((rank) => descentCase(`ranks ${rank} and biases`, { ...few, ranks: rank, biases: true })),
    ...[4, 72].map((rank) => descentCase(`ranks ${rank}, nonnegative`, { ...few, ranks: rank, biases: true, nonnegative: true })),
    descentCase('padded ranks', { ...few, ranks: 12, biases: true, padding: 3 }),
    descentCase('sub-cells from the second', { ...few, ranks: 8, biases: true }, 1, 2),
    descentCase('no sub-cells', { ...few, ranks: 8, biases: true }, 2, 0),
    descentCase('one pair again and again', { lengths: [20], rows: 1, columns: 1, ranks: 16, biases: true }),
    descentCase('one row', { lengths: [40], rows: 1, columns: 30, ranks: 16, biases: true }),
    descentCase('a long sub-cell', { lengths: [100], rows: 20, columns: 15, ranks: 16, biases: true }),
    descentCase('ranks 2,048', { lengths: [3], rows: 2, columns: 2, ranks: 2048, biases: true }),
    manyCells,
  ];
}

/** Pairs that come before those to predict. */
const BEFORE = 3;

export function predictCase(kind: Numbers, rows: number, columns: number, count: number, stride: number): KernelCase {
  const [x, y] = [numbers(kind, rows * stride, stride), numbers(kind, columns * stride, stride + 1)];
  const next = stream(count);
  const ids = (below: number) => Uint32Array.from({ length: BEFORE + count }, () => next() % below);
  const [rowIds, columnIds] = [ids(rows), ids(columns)];
  const sums = Array.from(rowIds.subarray(BEFORE), (row, k) => {
    const sum = new ProductSum();
    for (let r = 0; r < stride; r++) sum.add(x[row * stride + r], y[columnIds[BEFORE + k] * stride + r]);
    return sum;
  });
  return {
    title: `${count} pairs of ${rows} × ${columns}, stride ${stride}, ${kind}`,
    buffers: { rowIds, columnIds, rows: x, columns: y, predictions: new Float32Array(count).fill(-123.5) },
    parameters: { first: BEFORE, count, stride },
    workgroups: Math.ceil(count / 4),
    expected: { predictions: expectedFrom(sums) },
  };
}

/** Strides around the step of the twin (16) and the lanes of a pair (16 fours); counts around the pairs of a workgroup. */
function predictCases(): KernelCase[] {
  const strides = [4, 8, 12, 16, 20, 28, 60, 64, 68, 132, 4100];
  const counts = [0, 1, 3, 4, 5, 64, 257];
  return [
    ...(['integers', 'reals'] as const).flatMap((kind) => [
      ...strides.map((stride) => predictCase(kind, 7, 5, 9, stride)),
      ...counts.map((count) => predictCase(kind, 13, 11, count, 20)),
    ]),
    predictCase('integers', 50, 40, 262_149, 4),
  ];
}

export function mfSgdOracles(): KernelOracle[] {
  return [
    { kernel: mf.sgd, cases: descentCases() },
    { kernel: mf.predict, cases: predictCases() },
    { kernel: mf.top, cases: topCases() },
  ];
}
