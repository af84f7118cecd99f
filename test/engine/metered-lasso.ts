/** The Lasso kernels by the formulas of their headers, on small problems, so that a meter counts what they move and compute. */
import { lasso } from '#kernels';
import type { Meter } from './metered.js';
import { numbers, sparseMatrix } from './matrices.js';
import type { MeteredKernel } from './metered-kernel.js';

const ROWS = 23;
/** No two of them side by side, so that begins and ends of columns are numbers of their own. */
const IDS = [4, 0, 2, 6];

function dense(meter: Meter) {
  const x = meter.buffer(numbers('reals', ROWS * 7, 1));
  const ids = meter.buffer(IDS);
  const column = (k: number) => x.slice(ids.get(k) * ROWS, ROWS);
  return { ids, column };
}

/** Columns, of which those of IDS meet some of the rows, several of them more than once. */
function sparse(meter: Meter) {
  const matrix = sparseMatrix('reals', ROWS, [5, 9, 1, 0, 7, 3, 4], 2);
  const starts = meter.buffer(matrix.starts);
  const rowIds = meter.buffer(matrix.rowIds);
  const x = meter.buffer(matrix.x);
  const ids = meter.buffer(IDS);
  const entries = (column: number) => Array.from({ length: starts.get(column + 1) - starts.get(column) }, (_, e) => starts.get(column) + e);
  const nonzeros = IDS.reduce((sum, j) => sum + matrix.starts[j + 1] - matrix.starts[j], 0);
  const rowsOf = (j: number) => [...matrix.rowIds.subarray(matrix.starts[j], matrix.starts[j + 1])];
  const met = new Set(IDS.flatMap(rowsOf)).size;
  return { ids, entries, rowIds, x, nonzeros, met, rowsOf };
}

const denseColumnDots: MeteredKernel = (meter) => {
  const { column } = dense(meter);
  const residual = meter.buffer(numbers('reals', ROWS, 3));
  const dots = meter.buffer(new Float32Array(IDS.length));
  for (let k = 0; k < IDS.length; k++) dots.set(k, meter.dot(column(k), residual.slice(0, ROWS)));
  return { parameters: { rows: ROWS, count: IDS.length }, counts: {} };
};

const denseResidualUpdate: MeteredKernel = (meter) => {
  const { column } = dense(meter);
  const residual = meter.buffer(numbers('reals', ROWS, 3));
  const deltas = meter.buffer(numbers('reals', IDS.length, 4));
  const columns = IDS.map((_, k) => column(k));
  for (let i = 0; i < ROWS; i++) {
    const sum = meter.dot(columns.map((values) => values[i]), deltas.slice(0, IDS.length));
    residual.set(i, meter.sub(residual.get(i), sum));
  }
  return { parameters: { rows: ROWS, count: IDS.length }, counts: {} };
};

const denseGram = (first: number): MeteredKernel => (meter) => {
  const { column } = dense(meter);
  const gram = meter.buffer(new Float32Array(10));
  const columns = IDS.map((_, k) => column(k));
  for (let i = first, at = 0; i < IDS.length; i++) for (let j = 0; j <= i; j++) gram.set(at++, meter.dot(columns[i], columns[j]));
  return { parameters: { rows: ROWS, count: IDS.length, first }, counts: {} };
};

const sparseColumnDots: MeteredKernel = (meter) => {
  const { ids, entries, rowIds, x, nonzeros, met } = sparse(meter);
  const residual = meter.buffer(numbers('reals', ROWS, 3));
  const dots = meter.buffer(new Float32Array(IDS.length));
  for (let k = 0; k < IDS.length; k++) dots.set(k, entries(ids.get(k)).reduce((sum, e) => meter.plus(sum, x.get(e), residual.get(rowIds.get(e))), 0));
  return { parameters: { count: IDS.length }, counts: { nonzeros, rows: met } };
};

const sparseResidualUpdate: MeteredKernel = (meter) => {
  const { ids, entries, rowIds, x, nonzeros, met } = sparse(meter);
  const residual = meter.buffer(numbers('reals', ROWS, 3));
  const deltas = meter.buffer(numbers('reals', IDS.length, 4));
  for (let k = 0; k < IDS.length; k++) {
    for (const e of entries(ids.get(k))) residual.set(rowIds.get(e), meter.sub(residual.get(rowIds.get(e)), meter.mul(x.get(e), deltas.get(k))));
  }
  return { parameters: { rows: met, count: IDS.length }, counts: { nonzeros } };
};

const sparseGram = (first: number): MeteredKernel => (meter) => {
  const { ids, entries, rowIds, x, nonzeros, rowsOf } = sparse(meter);
  const gram = meter.buffer(new Float32Array(10));
  const columns = IDS.map((_, k) => entries(ids.get(k)).map((e) => ({ row: rowIds.get(e), value: x.get(e) })));
  let products = 0;
  for (let i = first, at = 0; i < IDS.length; i++) {
    for (let j = 0; j <= i; j++) {
      const pairs = columns[i].flatMap((a) => columns[j].filter(({ row }) => row === a.row).map((b) => [a.value, b.value]));
      gram.set(at++, pairs.reduce((sum, [a, b]) => meter.plus(sum, a, b), 0));
      products += rowsOf(IDS[i]).filter((row) => rowsOf(IDS[j]).includes(row)).length;
    }
  }
  return { parameters: { count: IDS.length, first }, counts: { nonzeros, products } };
};

export const meteredLasso = [
  [lasso.denseColumnDots, denseColumnDots],
  [lasso.denseResidualUpdate, denseResidualUpdate],
  [lasso.denseGram, denseGram(0)],
  [lasso.denseGram, denseGram(2)],
  [lasso.sparseColumnDots, sparseColumnDots],
  [lasso.sparseResidualUpdate, sparseResidualUpdate],
  [lasso.sparseGram, sparseGram(0)],
  [lasso.sparseGram, sparseGram(3)],
] as const;
