/** A data set of the Lasso's measurements in memory, in every form that is needed; and what peers are given and give back. */
import type { MatrixInput } from '../models/index.js';
import { readDataset } from '../src/data/read.js';
import { readColumns, type DenseColumns, type SparseColumns } from './columns.js';
import { readOptions, type LassoProblem } from './problems.js';
import { Scorer } from './scorer.js';

export interface Loaded {
  readonly problem: LassoProblem;
  readonly folder: string;
  readonly columns: DenseColumns | SparseColumns;
  readonly X: MatrixInput;
  readonly y: Float64Array;
  readonly scorer: Scorer;
  /** Judges a peer by the problem that it solves. */
  readonly peerScorer: Scorer;
}

export async function loadProblem(problem: LassoProblem, folder: string): Promise<Loaded> {
  const { matrix, target } = await readDataset(readOptions(problem, folder));
  const columns = await readColumns(matrix);
  await matrix.close();
  const { rows: samples, count } = columns;
  const X: MatrixInput = columns.kind === 'dense' ? { rows: samples, columns: count, values: rowMajor(columns) } : { rows: samples, columns: count, columnStarts: columns.starts, rowIds: columns.rowIds, values: columns.values };
  const scorer = new Scorer(columns, target!, problem);
  return { problem, folder, columns, X, y: target!, scorer, peerScorer: isEasierForPeer({ problem, columns }) ? new Scorer(columns, scorer.centredTarget, { intercept: false, standardize: false }) : scorer };
}

/** With an intercept on sparse X each of a peer's updates would cost O(n). It gets y centred and no intercept there. */
export function isEasierForPeer({ problem: { intercept }, columns: { kind } }: Pick<Loaded, 'problem' | 'columns'>): boolean {
  return intercept && kind === 'sparse';
}

/** A peer's coefficients are those of the arrays that it was given. */
export function inOriginalUnits({ problem: { standardize }, scorer: { scales } }: Loaded, coefficients: Float64Array): Float64Array {
  return standardize ? coefficients.map((value, j) => value / scales[j]!) : coefficients;
}

function rowMajor({ rows: samples, count, values }: DenseColumns): Float64Array {
  const turned = new Float64Array(values.length);
  for (let j = 0; j < count; j++) for (let i = 0; i < samples; i++) turned[i * count + j] = values[j * samples + i]!;
  return turned;
}
