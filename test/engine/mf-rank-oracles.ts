/** Float64 oracles of the kernels that work on one rank of a factor table: its solve, its way out and in, its Gram column. */
import { numbers } from './matrices.js';
import type { Numbers } from './matrices.js';
import { ProductSum, expectedFrom } from './oracle.js';
import type { KernelCase } from './oracle.js';
import { exact, negative, positivePart, quotient, sumOfProducts, untracked } from './tracked.js';
import type { Tracked } from './tracked.js';

const KINDS: readonly Numbers[] = ['integers', 'reals'];
/** Around the rows of a workgroup (4, 64), and strides around the lanes of a row (16) and the steps of the twins (8, 16). */
const ROWS = [0, 1, 3, 4, 5, 63, 64, 65, 130];
const STRIDES = [4, 8, 12, 16, 20, 60, 64, 68, 132];

/** Every row count at one stride, and every stride with a few rows. */
const shapes = (): { rows: number; stride: number }[] => [
  ...ROWS.map((rows) => ({ rows, stride: 12 })),
  ...STRIDES.map((stride) => ({ rows: 5, stride })),
];

const ranksOf = (stride: number): number[] => [0, stride / 2 + 1, stride - 1];

interface RankShape {
  readonly kind: Numbers;
  readonly rows: number;
  readonly stride: number;
  readonly rank: number;
}

/** The first, one in the middle and the last rank of every shape, of both kinds of numbers; and a wide table. */
const rankShapes = (): RankShape[] => [
  ...KINDS.flatMap((kind) => shapes().flatMap(({ rows, stride }) => ranksOf(stride).map((rank) => ({ kind, rows, stride, rank })))),
  { kind: 'reals', rows: 5, stride: 4100, rank: 4099 },
];

const titleOf = ({ kind, rows, stride, rank }: RankShape): string => `${rows} rows, stride ${stride}, rank ${rank}, ${kind}`;

/** Every third value is 0, the others positive. */
const nonnegatives = (kind: Numbers, count: number, seed: number): Float32Array =>
  numbers(kind, count, seed).map((value, i) => (i % 3 === 0 ? 0 : Math.abs(value)));

interface SolveOptions {
  readonly implicit: number;
  readonly nonnegative: number;
  readonly update: number;
}

interface Row {
  readonly s1: number;
  readonly s2: number;
  readonly penalty: number;
  readonly factors: Float32Array;
}

/** The new factor of a row, or `old` itself, and the curvature of its objective. */
function solved({ s1, s2, penalty, factors }: Row, old: Tracked, gram: Float32Array, rank: number, options: SolveOptions) {
  const rest = options.implicit ? Array.from(factors, (value, k) => [exact(-value), exact(gram[k])]) : [];
  const gradient = sumOfProducts([[exact(s1)], [exact(-penalty), old], ...rest], rest.length + 3);
  const denominator = sumOfProducts([[exact(s2)], [exact(penalty)], [exact(options.implicit ? gram[rank] : 0)]], 2);
  if (!options.update || denominator.value <= 0) return { solution: old, denominator };
  const solution = sumOfProducts([[old], [quotient(gradient, denominator)]], 1);
  return { solution: options.nonnegative ? positivePart(solution) : solution, denominator };
}

/** 16 lanes share a row with implicit feedback, else a lane has one to itself. */
const rowsAWorkgroup = (implicit: number) => (implicit ? 4 : 64);

export function rankSolveCase(shape: RankShape, options: SolveOptions): KernelCase {
  const { kind, rows, stride, rank } = shape;
  const [sums, factors, gramColumn] = [numbers(kind, 2 * rows, 31), numbers(kind, rows * stride, 32), numbers(kind, stride, 33)];
  const [penalties, rowTerms] = [nonnegatives(kind, rows, 34), numbers(kind, 2 * rows, 35)];
  nonnegatives(kind, rows, 36).forEach((value, row) => (sums[2 * row + 1] = value));
  gramColumn[rank] = rank === 0 ? 0 : Math.abs(gramColumn[rank]);
  const after: Record<'factors' | 'rowTerms' | 'columnTerms' | 'decrease', Tracked[]> = {
    factors: Array.from(factors, exact),
    rowTerms: [],
    columnTerms: [],
    decrease: [],
  };
  for (let row = 0; row < rows; row++) {
    const [s1, s2] = sums.subarray(2 * row, 2 * row + 2);
    const vector = factors.subarray(row * stride, (row + 1) * stride);
    const old = exact(vector[rank]);
    const { solution, denominator } = solved({ s1, s2, penalty: penalties[row], factors: vector }, old, gramColumn, rank, options);
    const step = solution === old ? exact(0) : sumOfProducts([[solution], [negative(old)]], 1);
    after.factors[row * stride + rank] = solution;
    after.rowTerms.push(solution, negative(old));
    after.columnTerms.push(exact(rowTerms[2 * row]), step, solution, exact(0));
    after.decrease.push(sumOfProducts([[step, step, denominator]], 2));
  }
  return {
    title: `${titleOf(shape)}, implicit ${options.implicit}, nonnegative ${options.nonnegative}, update ${options.update}`,
    buffers: {
      ...{ sums, factors, penalties, gramColumn, rowTerms },
      columnTerms: new Float32Array(4 * rows).fill(-123.5),
      decrease: new Float32Array(rows).fill(-123.5),
    },
    parameters: { rows, stride, rank, ...options },
    workgroups: Math.ceil(rows / rowsAWorkgroup(options.implicit)),
    expected: {
      sums: untracked(Array.from(sums, () => exact(0))),
      factors: untracked(after.factors),
      rowTerms: untracked(after.rowTerms),
      columnTerms: untracked(after.columnTerms),
      decrease: untracked(after.decrease),
    },
  };
}

export function rankSolveCases(): KernelCase[] {
  const options = [0, 1].flatMap((implicit) => [0, 1].map((nonnegative) => ({ implicit, nonnegative, update: 1 })));
  const still = [0, 1].map((implicit) => ({ implicit, nonnegative: implicit, update: 0 }));
  return rankShapes().flatMap((shape) => [...options, ...still].map((option) => rankSolveCase(shape, option)));
}

export function columnOutCase(shape: RankShape, implicit: number): KernelCase {
  const { kind, rows, stride, rank } = shape;
  const factors = numbers(kind, rows * stride, rank + 1);
  const gramColumn = numbers(kind, stride, rank + 2);
  const sums = Array.from({ length: rows }, (_, row) => {
    const [factor, product] = [new ProductSum(), new ProductSum()];
    for (let k = 0; implicit && k < stride; k++) product.add(factors[row * stride + k], gramColumn[k]);
    return [factor, product];
  });
  const expected = expectedFrom(sums.flat());
  for (let row = 0; row < rows; row++) expected.values[2 * row] = factors[row * stride + rank];
  return {
    title: `${titleOf(shape)}, implicit ${implicit}`,
    buffers: { factors, gramColumn: implicit ? gramColumn : new Float32Array(1), out: new Float32Array(2 * rows).fill(-123.5) },
    parameters: { rows, stride, rank, implicit },
    workgroups: Math.ceil(rows / rowsAWorkgroup(implicit)),
    expected: { out: expected },
  };
}

export const columnOutCases = (): KernelCase[] => rankShapes().flatMap((shape) => [0, 1].map((implicit) => columnOutCase(shape, implicit)));

export function columnInCase(shape: RankShape): KernelCase {
  const { kind, rows, stride, rank } = shape;
  const values = numbers(kind, rows, rank + 1);
  const factors = numbers(kind, rows * stride, rank + 2);
  const after = Float64Array.from(factors);
  values.forEach((value, row) => (after[row * stride + rank] = value));
  return {
    title: titleOf(shape),
    buffers: { values, factors },
    parameters: { rows, stride, rank },
    workgroups: Math.ceil(rows / 64),
    expected: { factors: { values: after, bounds: new Float64Array(after.length) } },
  };
}

export const columnInCases = (): KernelCase[] => rankShapes().map(columnInCase);

export function gramColumnCase(shape: RankShape): KernelCase {
  const { kind, rows, stride, rank } = shape;
  const factors = numbers(kind, rows * stride, rank + 1);
  const sums = Array.from({ length: stride }, () => new ProductSum());
  for (let at = 0; at < factors.length; at += stride) sums.forEach((sum, k) => sum.add(factors[at + rank], factors[at + k]));
  return {
    title: titleOf(shape),
    buffers: { factors, gramColumn: new Float32Array(stride).fill(-123.5) },
    parameters: { rows, stride, rank },
    workgroups: Math.ceil(stride / 8),
    expected: { gramColumn: expectedFrom(sums) },
  };
}

/** Besides, rows around the lanes' step (128) and a tile of the twin (256), and many. */
export function gramColumnCases(): KernelCase[] {
  const many = [127, 128, 129, 255, 256, 257, 513, 100_000];
  const tall = KINDS.flatMap((kind) => many.map((rows): RankShape => ({ kind, rows, stride: 12, rank: 3 })));
  return [...rankShapes(), ...tall].map(gramColumnCase);
}
