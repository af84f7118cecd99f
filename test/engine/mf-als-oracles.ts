/** Float64 oracles of the kernels of alternating least squares, on shapes around every boundary they and their twins have. */
import { mf } from '#kernels';
import { numbers } from './matrices.js';
import type { Numbers } from './matrices.js';
import { adversarialCells, entriesOf, partsOf, slotOf, slotsOf } from './mf-cells.js';
import type { Cell, Part } from './mf-cells.js';
import { ProductSum, expectedFrom } from './oracle.js';
import type { Expected, KernelCase, KernelOracle } from './oracle.js';
import { exact, negative } from './tracked.js';
import type { Tracked } from './tracked.js';
import { TrackedSum, ratioOrZero } from './tracked-sum.js';

const KINDS: readonly Numbers[] = ['integers', 'reals'];
const NONE = 0xffff_ffff;
const ONE = exact(1);
/** Around a vector (4), the sharers of a dot (32), a tile (32), a twin's step (8), a pass of a workgroup (256); and long. */
const STRIDES = [4, 8, 12, 28, 32, 36, 60, 64, 68, 132, 252, 256, 260, 1028];

const ceilDiv = (a: number, b: number) => Math.ceil(a / b);
const stale = (count: number) => new Float32Array(count).fill(-123.5);
const zeros = (count: number): Expected => ({ values: new Float64Array(count), bounds: new Float64Array(count) });

function expectedOf(tracked: readonly Tracked[]): Expected {
  return { values: Float64Array.from(tracked, ({ value }) => value), bounds: Float64Array.from(tracked, ({ bound }) => bound) };
}

/** A table's numbers as they are, row by row. */
function tableOf(values: Float32Array, stride: number): Tracked[][] {
  const all = Array.from(values, exact);
  return Array.from({ length: values.length / stride }, (_, row) => all.slice(row * stride, (row + 1) * stride));
}

function dot(a: readonly Tracked[], b: readonly Tracked[]): Tracked {
  const sum = new TrackedSum();
  a.forEach((value, k) => sum.add(value, b[k]));
  return sum.tracked;
}

interface Meaning {
  readonly residual: 0 | 1;
  readonly implicit: 0 | 1;
}

const MEANINGS: readonly Meaning[] = [0, 1].flatMap((residual) => [0, 1].map((implicit) => ({ residual, implicit }) as Meaning));

function coefficient(value: number, t: Tracked, { residual, implicit }: Meaning): Tracked {
  const weight = implicit ? exact(value) : ONE;
  if (!residual) return new TrackedSum().add(weight, t).tracked;
  const sum = new TrackedSum().add(exact(value), ONE).add(negative(weight), t);
  return implicit ? sum.add(ONE, ONE).tracked : sum.tracked;
}

/** What the slots of a part hold afterwards; the others keep what they had. */
function normalProducts(cell: Cell, part: Part, meaning: Meaning, stride: number, tables: Readonly<Record<'columns' | 'rows' | 'products', Float32Array>>): Expected {
  const columns = tableOf(tables.columns, stride);
  const rows = tableOf(tables.rows, stride);
  const products = tableOf(tables.products, stride);
  for (let k = 0; k < part.count; k++) {
    const slot = slotOf(cell, part, k);
    const sums = products[slot].map((before) => (part.overflow ? new TrackedSum() : new TrackedSum().add(before, ONE)));
    for (const { row, column, value } of entriesOf(cell, part.first + k)) {
      const factor = coefficient(value, dot(rows[row], columns[column]), meaning);
      sums.forEach((sum, at) => sum.add(factor, columns[column][at]));
    }
    products[slot] = sums.map((sum) => sum.tracked);
  }
  return expectedOf(products.flat());
}

export function normalProductCase(cell: Cell, part: Part, meaning: Meaning, stride: number): KernelCase {
  const columns = numbers(cell.kind, cell.columns * stride, stride);
  const rows = numbers(cell.kind, cell.rows * stride, stride + 1);
  const products = numbers(cell.kind, (slotsOf(cell) + 1) * stride, stride + 2);
  const { pieces, ids, values } = cell;
  const { first, count, overflow } = part;
  const { residual, implicit } = meaning;
  return {
    title: `${cell.title}, ${part.title}, stride ${stride}, residual ${residual}, implicit ${implicit}`,
    buffers: { pieces, ids, values, columns, rows, products },
    parameters: { first, count, overflow, stride, residual, implicit },
    workgroups: count,
    expected: { products: normalProducts(cell, part, meaning, stride, { columns, rows, products }) },
  };
}

function normalProductCases(kind: Numbers): KernelCase[] {
  const cells = adversarialCells(kind);
  const allLengths = cells.find(({ title }) => title.startsWith('all lengths'))!;
  const everyMeaning = cells.flatMap((cell) => partsOf(cell).flatMap((part) => MEANINGS.map((meaning) => normalProductCase(cell, part, meaning, 12))));
  const everyStride = STRIDES.map((stride, at) => {
    const parts = partsOf(allLengths);
    return normalProductCase(allLengths, parts[at % parts.length], MEANINGS[(at >> 1) % MEANINGS.length], stride);
  });
  const nothing = normalProductCase(allLengths, { title: 'nothing', first: 0, count: 0, overflow: 0 }, MEANINGS[0], 8);
  return [...everyMeaning, ...everyStride, nothing];
}

/** A table with a constant column, a zero one and a copy of column 0. */
function factorTable(kind: Numbers, rows: number, stride: number, seed: number): Float32Array {
  const table = numbers(kind, rows * stride, seed);
  for (let at = 0; at < table.length; at += stride) table.set([1, 0, table[at]], at + 1);
  return table;
}

function symmetricMatrix(kind: Numbers, stride: number, seed: number): Float32Array {
  const matrix = numbers(kind, stride * stride, seed);
  for (let i = 0; i < stride; i++) for (let j = 0; j < i; j++) matrix[j * stride + i] = matrix[i * stride + j];
  return matrix;
}

export function gramCase(kind: Numbers, rows: number, stride: number): KernelCase {
  const factors = factorTable(kind, rows, stride, rows + stride);
  const before = symmetricMatrix(kind, stride, stride);
  const sums = Array.from(before, (value, at) => {
    const sum = new ProductSum();
    sum.add(value, 1);
    const [i, j] = [Math.floor(at / stride), at % stride];
    for (let row = 0; row < factors.length; row += stride) sum.add(factors[row + i], factors[row + j]);
    return sum;
  });
  return {
    title: `${rows} rows, stride ${stride}, ${kind}`,
    buffers: { factors, gram: before },
    parameters: { rows, stride },
    workgroups: ceilDiv(stride, 32) ** 2,
    expected: { gram: expectedFrom(sums) },
  };
}

function gramCases(kind: Numbers): KernelCase[] {
  return [
    ...[0, 1, 2, 3, 31, 32, 33, 255, 256, 257, 511, 513, 100_000].map((rows) => gramCase(kind, rows, 4)),
    ...[4, 8, 28, 32, 36, 64, 68, 132].map((stride) => gramCase(kind, 37, stride)),
  ];
}

export function gramProductCase(kind: Numbers, rows: number, stride: number, scale: number): KernelCase {
  const vectors = factorTable(kind, rows, stride, rows + stride);
  const gram = symmetricMatrix(kind, stride, rows);
  const products = numbers(kind, rows * stride, stride);
  const matrix = tableOf(gram, stride);
  const after = tableOf(vectors, stride).flatMap((vector, row) =>
    matrix.map((column, j) => new TrackedSum().add(exact(products[row * stride + j]), ONE).add(exact(scale), dot(vector, column)).tracked),
  );
  return {
    title: `${rows} rows, stride ${stride}, scale ${scale}, ${kind}`,
    buffers: { vectors, gram, products },
    parameters: { rows, stride, scale },
    workgroups: ceilDiv(rows, 32) * ceilDiv(stride, 32),
    expected: { products: expectedOf(after) },
  };
}

function gramProductCases(kind: Numbers): KernelCase[] {
  return [
    ...[0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 130].map((rows) => gramProductCase(kind, rows, 12, 1)),
    ...[4, 8, 28, 32, 36, 68, 132, 260].map((stride) => gramProductCase(kind, 7, stride, -1)),
    gramProductCase(kind, 35, 36, 0.375),
  ];
}

interface System {
  readonly title: string;
  readonly rows: number;
  readonly stride: number;
  readonly fixed: number;
  readonly buffers: Readonly<Record<'factors' | 'penalties' | 'products' | 'residuals' | 'directions', Float32Array>>;
}

/**
 * Row 1 is all zeros without penalty; row 2 has a residual of 0; row 3 has a direction of negative curvature; the last columns
 * of all rows are padding. Residuals and directions are 0 in the fixed column, where a factor of 1 stands.
 */
export function makeSystem(kind: Numbers, rows: number, stride: number, fixed: number): System {
  const table = (seed: number) => numbers(kind, rows * stride, seed + rows + stride);
  const [factors, products, residuals, directions] = [1, 2, 3, 4].map(table);
  const penalties = numbers(kind, rows, rows + 5).map(Math.abs);
  const row = (of: Float32Array, index: number) => of.subarray(index * stride, (index + 1) * stride);
  for (const of of [factors, products, residuals, directions]) row(of, 1).fill(0);
  row(residuals, 2).fill(0);
  row(products, 3).set(row(directions, 3).map((value) => -2 * value));
  penalties.subarray(1, 2).fill(0);
  penalties.subarray(3, 4).fill(1);
  for (let at = stride - 1; at < factors.length; at += stride) for (const of of [factors, products, residuals, directions]) of[at] = 0;
  for (let at = fixed; at < factors.length; at += stride) [factors[at], residuals[at], directions[at]] = [1, 0, 0];
  return { title: `${rows} rows, stride ${stride}, fixed ${fixed}, ${kind}`, rows, stride, fixed, buffers: { factors, penalties, products, residuals, directions } };
}

function systems(kind: Numbers): System[] {
  return [
    ...[0, 1, 2, 5, 65].map((rows) => makeSystem(kind, rows, 12, 9)),
    ...STRIDES.map((stride, at) => makeSystem(kind, 7, stride, at % 3 === 0 ? NONE : stride - 2 - (at % 3))),
  ];
}

export function startCase(system: System): KernelCase {
  const { title, rows, stride, fixed, buffers } = system;
  const products = tableOf(buffers.products, stride);
  const residuals = tableOf(buffers.factors, stride).flatMap((x, row) =>
    x.map((value, k) => {
      if (k === fixed) return exact(0);
      return new TrackedSum().add(products[row][k], ONE).add(exact(-buffers.penalties[row]), value).tracked;
    }),
  );
  const { factors, penalties } = buffers;
  const length = rows * stride;
  return {
    title,
    buffers: { factors, penalties, products: buffers.products, residuals: stale(length), directions: stale(length) },
    parameters: { rows, stride, fixed },
    workgroups: rows,
    expected: { products: zeros(length), residuals: expectedOf(residuals), directions: expectedOf(residuals) },
  };
}

/** scale · a + b, component by component. */
function combined(scale: Tracked, a: readonly Tracked[], b: readonly Tracked[]): Tracked[] {
  return a.map((value, k) => new TrackedSum().add(scale, value).add(ONE, b[k]).tracked);
}

function stepped({ stride, fixed, buffers }: System) {
  const [factors, products, residuals, directions] = [buffers.factors, buffers.products, buffers.residuals, buffers.directions].map((of) => tableOf(of, stride));
  const after = factors.map((x, row) => {
    const [r, p] = [residuals[row], directions[row]];
    const q = combined(exact(buffers.penalties[row]), p, products[row]).map((value, k) => (k === fixed ? exact(0) : value));
    const before = dot(r, r);
    const alpha = ratioOrZero(before, dot(p, q));
    const left = combined(negative(alpha), q, r);
    const beta = ratioOrZero(dot(left, left), before);
    return { x: combined(alpha, p, x), r: left, p: combined(beta, p, left) };
  });
  return {
    factors: expectedOf(after.flatMap(({ x }) => x)),
    products: zeros(buffers.products.length),
    residuals: expectedOf(after.flatMap(({ r }) => r)),
    directions: expectedOf(after.flatMap(({ p }) => p)),
  };
}

export function stepCase(system: System): KernelCase {
  const { title, rows, stride, fixed, buffers } = system;
  return { title, buffers, parameters: { rows, stride, fixed }, workgroups: rows, expected: stepped(system) };
}

export function mfAlsOracles(): KernelOracle[] {
  /** More workgroups than one dimension holds. */
  const manyRows = startCase(makeSystem('integers', 65_537, 4, NONE));
  return [
    { kernel: mf.normalProduct, cases: KINDS.flatMap(normalProductCases) },
    { kernel: mf.gram, cases: KINDS.flatMap(gramCases) },
    { kernel: mf.gramProduct, cases: KINDS.flatMap(gramProductCases) },
    { kernel: mf.conjugateStart, cases: [...KINDS.flatMap((kind) => systems(kind).map(startCase)), manyRows] },
    { kernel: mf.conjugateStep, cases: KINDS.flatMap((kind) => systems(kind).map(stepCase)) },
  ];
}
