/**
 * The loop to beat: cyclic coordinate descent over all columns in one thread, by the float64 WebAssembly of the working set.
 * In: columns as parsed. Out: how the objective falls while the loop has the clock; it is evaluated while the clock stands.
 */
import { HostArray, HostMemory } from '../models/lasso/host-module.js';
import type { SparseColumns } from './columns.js';
import { Clock, objectiveOf, type Moment, type Problem } from './trace.js';

/** Looks at the objective in every epoch. */
const LOOKS = 8;

export interface SparseProblem extends Problem {
  readonly columns: SparseColumns;
}

/** Runs until the objective is at most `target`, or `patience` seconds are over. */
export function serialDescent({ columns, target: y, alpha }: SparseProblem, target: number, patience: number): Moment[] {
  const memory = new HostMemory({ shared: true });
  const float64 = (values: ArrayLike<number>) => filled(new HostArray(memory, Float64Array, values.length), values);
  const uint32 = (values: ArrayLike<number>) => filled(new HostArray(memory, Uint32Array, values.length), values);
  const { count, rows } = columns;
  const perColumn = (value: number) => float64(new Float64Array(count).fill(value));
  const residual = float64(y);
  const beta = perColumn(0);
  const slots = uint32(Uint32Array.from({ length: count }, (_, j) => j));
  const curvatures = float64(Float64Array.from({ length: count }, (_, j) => columns.column(j).values.reduce((sum, x) => sum + x * x, 0) / rows));
  const { functions } = memory;
  functions.attachRows(rows, rows, false, residual.address, float64(new Float64Array(rows)).address, float64([0]).address);
  functions.attachColumns(uint32(columns.starts).address, uint32(columns.rowIds).address, float64(columns.values).address, perColumn(0).address, perColumn(1).address);
  functions.attachVariables(beta.address, curvatures.address, perColumn(alpha).address, perColumn(0).address, false);
  const trace: Moment[] = [];
  const clock = new Clock();
  const piece = Math.ceil(count / LOOKS);
  for (let begin = 0; ; begin = begin + piece < count ? begin + piece : 0) {
    clock.start();
    functions.epoch(slots.address + 4 * begin, Math.min(piece, count - begin));
    clock.stop();
    const objective = objectiveOf(residual.view, beta.view.reduce((sum, b) => sum + Math.abs(b), 0), alpha);
    trace.push({ seconds: clock.seconds, objective });
    if (objective <= target || clock.seconds > patience) return trace;
  }
}

function filled<View extends Uint32Array | Float64Array>(array: HostArray<View>, values: ArrayLike<number>): HostArray<View> {
  array.view.set(values);
  return array;
}
