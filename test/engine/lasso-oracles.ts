/** Float64 oracles of the Lasso kernels, on shapes around every boundary the kernels and their twins have. */
import { lasso } from '#kernels';
import { columnIds, denseMatrix, numbers, sparseMatrix } from './matrices.js';
import type { DenseMatrix, Numbers, SparseMatrix } from './matrices.js';
import { ProductSum, expectedFrom } from './oracle.js';
import type { KernelCase, KernelOracle } from './oracle.js';

const KINDS: readonly Numbers[] = ['integers', 'reals'];
/** Around the step of a twin (4, 16), a workgroup (64), a tile of the update (1,024), a tile of a twin (2,048); and long. */
const ROWS = [0, 1, 3, 4, 5, 15, 16, 17, 63, 64, 65, 1023, 1024, 1025, 2047, 2048, 2049, 100_000];
/** Around the columns of a workgroup (4), those that an update takes at a time (16), a workgroup (64). */
const COUNTS = [0, 1, 3, 4, 5, 15, 16, 17, 63, 64, 65];
/** Entries of the columns of one matrix: none, around a workgroup, around a twin's step, many. */
const ENTRIES = [0, 1, 2, 3, 4, 5, 25, 31, 32, 33, 63, 64, 65, 129, 0, 1000];

const ceilDiv = (a: number, b: number) => Math.ceil(a / b);

/** Every row count with a few columns, and every list length with a few rows. */
function denseShapes(): { rows: number; columns: number; count: number }[] {
  return [
    ...ROWS.map((rows) => ({ rows, columns: 6, count: 7 })),
    ...COUNTS.map((count) => ({ rows: 66, columns: 23, count })),
    { rows: 1, columns: 1, count: 1 },
  ];
}

interface Sparse {
  readonly title: string;
  readonly matrix: SparseMatrix;
  readonly count: number;
}

function sparseShapes(kind: Numbers): Sparse[] {
  const shape = (title: string, rows: number, entries: readonly number[], count: number) => ({
    title: `${title}, ${count} ids, ${kind}`,
    matrix: sparseMatrix(kind, rows, entries, rows + count),
    count,
  });
  return [
    shape('no rows', 0, [0, 0, 0], 3),
    shape('one entry', 1, [1], 1),
    shape('empty columns', 10, [0, 0, 0, 0], 5),
    ...[1023, 1024, 1025, 5000].map((rows) => shape(`${rows} rows`, rows, ENTRIES, 19)),
    ...COUNTS.map((count) => shape('3000 rows', 3000, ENTRIES, count)),
    ...[255, 256, 257].map((count) => shape('2000 rows', 2000, ENTRIES.slice(0, 14), count)),
    shape('full columns', 70, [70, 70, 70], 5),
    shape('a column of 100,000 entries', 100_000, [5, 100_000, 0, 300, 99_999], 6),
  ];
}

/** Visits (row, value) of a column. */
type Visit = (column: number, visit: (row: number, value: number) => void) => void;

const denseColumns = ({ rows, x }: DenseMatrix): Visit => (column, visit) => {
  for (let row = 0; row < rows; row++) visit(row, x[column * rows + row]);
};

const sparseColumns = ({ starts, rowIds, x }: SparseMatrix): Visit => (column, visit) => {
  for (let e = starts[column]; e < starts[column + 1]; e++) visit(rowIds[e], x[e]);
};

function dots(columns: Visit, ids: Uint32Array, residual: Float32Array) {
  const sums = Array.from(ids, (column) => {
    const sum = new ProductSum();
    columns(column, (row, value) => sum.add(value, residual[row]));
    return sum;
  });
  return { dots: expectedFrom(sums) };
}

function updated(columns: Visit, ids: Uint32Array, deltas: Float32Array, residual: Float32Array) {
  const sums = Array.from(residual, (value) => {
    const sum = new ProductSum();
    sum.add(value, 1);
    return sum;
  });
  ids.forEach((column, k) => columns(column, (row, value) => sums[row].add(-value, deltas[k])));
  return { residual: expectedFrom(sums) };
}

function gram(columns: Visit, rows: number, ids: Uint32Array, first: number) {
  const sums: ProductSum[] = [];
  const left = new Float64Array(rows);
  for (let i = first; i < ids.length; i++) {
    left.fill(0);
    columns(ids[i], (row, value) => (left[row] = value));
    for (let j = 0; j <= i; j++) {
      const sum = new ProductSum();
      columns(ids[j], (row, value) => sum.add(left[row], value));
      sums.push(sum);
    }
  }
  return { gram: expectedFrom(sums) };
}

/** A buffer that a kernel writes whole starts with something else. */
const stale = (count: number) => new Float32Array(count).fill(-123.5);

export function denseDotsCase(kind: Numbers, rows: number, columns: number, count: number): KernelCase {
  const matrix = denseMatrix(kind, rows, columns, rows + count);
  const residual = numbers(kind, rows, rows + 1);
  const ids = columnIds(count, columns);
  return {
    title: `${rows} rows, ${count} ids of ${columns} columns, ${kind}`,
    buffers: { x: matrix.x, residual, ids, dots: stale(count) },
    parameters: { rows, count },
    workgroups: ceilDiv(count, 4),
    expected: dots(denseColumns(matrix), ids, residual),
  };
}

export function denseUpdateCase(kind: Numbers, rows: number, columns: number, count: number): KernelCase {
  const matrix = denseMatrix(kind, rows, columns, rows + count);
  const residual = numbers(kind, rows, rows + 1);
  const deltas = numbers(kind, count, rows + 2);
  const ids = columnIds(count, columns);
  return {
    title: `${rows} rows, ${count} ids of ${columns} columns, ${kind}`,
    buffers: { x: matrix.x, ids, deltas, residual },
    parameters: { rows, count },
    workgroups: ceilDiv(rows, 64),
    expected: updated(denseColumns(matrix), ids, deltas, residual),
  };
}

export function sparseDotsCase(kind: Numbers, { title, matrix, count }: Sparse, lanes: number): KernelCase {
  const { starts, rowIds, x } = matrix;
  const residual = numbers(kind, matrix.rows, 5);
  const ids = columnIds(count, matrix.columns);
  return {
    title: `${title}, ${lanes} lanes`,
    buffers: { starts, rowIds, x, residual, ids, dots: stale(count) },
    parameters: { count, lanes },
    workgroups: ceilDiv(count * lanes, 64),
    expected: dots(sparseColumns(matrix), ids, residual),
  };
}

export function sparseUpdateCase(kind: Numbers, { title, matrix, count }: Sparse): KernelCase {
  const { rows, starts, rowIds, x } = matrix;
  const residual = numbers(kind, rows, 5);
  const deltas = numbers(kind, count, 6);
  const ids = columnIds(count, matrix.columns);
  return {
    title,
    buffers: { starts, rowIds, x, ids, deltas, residual },
    parameters: { rows, count },
    workgroups: ceilDiv(rows, 1024),
    expected: updated(sparseColumns(matrix), ids, deltas, residual),
  };
}

/** First new row: the whole triangle, one row known, some known, all but one, all. */
const firsts = (count: number) => [...new Set([0, 1, Math.floor(count / 2), count - 1, count])].filter((first) => first >= 0 && first <= count);

const triangle = (count: number) => (count * (count + 1)) / 2;

export function denseGramCase(kind: Numbers, rows: number, count: number, first: number): KernelCase {
  const matrix = denseMatrix(kind, rows, Math.max(1, Math.min(count, 40)), rows + count);
  const ids = columnIds(count, matrix.columns);
  return {
    title: `${rows} rows, ${count} ids from ${first}, ${kind}`,
    buffers: { x: matrix.x, ids, gram: stale(triangle(count) - triangle(first)) },
    parameters: { rows, count, first },
    workgroups: ceilDiv(count - first, 32) * ceilDiv(count, 32),
    expected: gram(denseColumns(matrix), rows, ids, first),
  };
}

function denseGramCases(kind: Numbers): KernelCase[] {
  const counts = [0, 1, 2, 3, 4, 5, 31, 32, 33, 64, 65, 97];
  return [
    ...[0, 1, 3, 4, 5, 31, 32, 33, 1023, 1024, 1025, 100_000].map((rows) => denseGramCase(kind, rows, 5, 0)),
    ...counts.flatMap((count) => firsts(count).map((first) => denseGramCase(kind, 35, count, first))),
  ];
}

export function sparseGramCase({ title, matrix, count }: Sparse, first: number): KernelCase {
  const { rows, starts, rowIds, x } = matrix;
  const ids = columnIds(count, matrix.columns);
  return {
    title: `${title} from ${first}`,
    buffers: { starts, rowIds, x, ids, gram: stale(triangle(count) - triangle(first)), scratch: new Float32Array(rows) },
    parameters: { count, first },
    workgroups: (count - first) * count,
    expected: gram(sparseColumns(matrix), rows, ids, first),
  };
}

function sparseGramCases(kind: Numbers): KernelCase[] {
  return sparseShapes(kind).flatMap((shape) => firsts(shape.count).map((first) => sparseGramCase(shape, first)));
}

export function lassoOracles(): KernelOracle[] {
  const dense = KINDS.flatMap((kind) => denseShapes().map((shape) => ({ kind, ...shape })));
  const sparse = KINDS.flatMap((kind) => sparseShapes(kind).map((shape) => ({ kind, shape })));
  /** 66,049 workgroups, more than one dimension holds. */
  const manyPairs = sparseGramCase({ title: '257 ids', matrix: sparseMatrix('integers', 9, [1, 0, 2, 9, 3], 1), count: 257 }, 0);
  return [
    { kernel: lasso.denseColumnDots, cases: dense.map(({ kind, rows, columns, count }) => denseDotsCase(kind, rows, columns, count)) },
    { kernel: lasso.denseResidualUpdate, cases: dense.map(({ kind, rows, columns, count }) => denseUpdateCase(kind, rows, columns, count)) },
    { kernel: lasso.sparseColumnDots, cases: sparse.flatMap(({ kind, shape }) => [4, 8, 16, 32, 64].map((lanes) => sparseDotsCase(kind, shape, lanes))) },
    { kernel: lasso.sparseResidualUpdate, cases: sparse.map(({ kind, shape }) => sparseUpdateCase(kind, shape)) },
    { kernel: lasso.denseGram, cases: KINDS.flatMap(denseGramCases) },
    { kernel: lasso.sparseGram, cases: [...KINDS.flatMap(sparseGramCases), manyPairs] },
  ];
}
