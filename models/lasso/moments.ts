/** Means, scales and norms of the columns, from float64 sums over the shards; columns without zeros to keep are then standardized in place. */
import { gather } from '../../src/runtime/rounds.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import type { Sums, Task } from '../../src/program.js';
import { COLUMNS_PER_PASS_TASK, columnRange, Operation } from './operations.js';
import type { Scaling } from './state.js';

export interface Centring {
  /** Subtract column means. */
  readonly center: boolean;
  /** Divide by the population standard deviation. */
  readonly standardize: boolean;
}

interface Shape {
  readonly kind: 'dense' | 'sparse';
  readonly rows: number;
  readonly columns: number;
}

/** Computes the scaling and brings the shards into it. */
export async function scaleColumns(cluster: Cluster, { kind, rows, columns }: Shape, { center, standardize }: Centring): Promise<Scaling> {
  const means = new Float64Array(columns);
  if (center) {
    await gatherColumns(cluster, columns, (begin, end) => rangeTask(Operation.Sum, begin, end), means);
    for (let j = 0; j < columns; j++) means[j]! /= rows;
  }
  const squaredNorms = new Float64Array(columns);
  await gatherColumns(cluster, columns, (begin, end) => rangeTask(Operation.Spread, begin, end, means.subarray(begin, end)), squaredNorms);
  const scales = new Float64Array(columns).fill(1);
  for (let j = 0; j < columns; j++) {
    if (center && isConstant(squaredNorms[j]!, means[j]!, rows)) squaredNorms[j] = 0;
    if (!standardize || squaredNorms[j] === 0) continue;
    scales[j] = Math.sqrt(squaredNorms[j]! / rows);
    squaredNorms[j] = rows;
  }
  const lazy = await columnsToCorrect(cluster, { kind, rows, columns });
  if ((center || standardize) && lazy.includes(0)) {
    const tasks = passTasks(columns, (begin, end) => scaleTask(begin, end, { means, scales, lazy }));
    await gather(cluster, 0, tasks, () => undefined);
  }
  return { means, scales, squaredNorms, lazy };
}

/**
 * 1 for a column that keeps its zeros. A sparse column with an entry in every row has none to keep, and is centred in
 * place like a dense one: with a mean far above its spread, correcting float32 sums would cancel.
 */
async function columnsToCorrect(cluster: Cluster, { kind, rows, columns }: Shape): Promise<Uint8Array> {
  if (kind === 'dense') return new Uint8Array(columns);
  const stored = new Float64Array(columns);
  await gatherColumns(cluster, columns, (begin, end) => rangeTask(Operation.Stored, begin, end), stored);
  return Uint8Array.from(stored, (count) => Number(count < rows));
}

/** Rounding leaves a constant column a spread of about n (n ε mean)²; anything at or below that is no variation. */
export function isConstant(spread: number, mean: number, rows: number): boolean {
  return spread <= rows * (rows * Number.EPSILON * mean) ** 2;
}

function rangeTask(operation: number, begin: number, end: number, values = new Float64Array(0)): Task {
  return { operation, ids: columnRange(begin, end), values };
}

/** Mean 0 and scale 1 leave a column as it is. */
function scaleTask(begin: number, end: number, { means, scales, lazy }: Pick<Scaling, 'means' | 'scales' | 'lazy'>): Task {
  const count = end - begin;
  const values = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    const keep = lazy[begin + k] === 1;
    values[k] = keep ? 0 : means[begin + k]!;
    values[count + k] = keep ? 1 : scales[begin + k]!;
  }
  return rangeTask(Operation.Scale, begin, end, values);
}

/** Tasks that cover the columns 0 … columns - 1 in bounded ranges. */
function* passTasks(columns: number, task: (begin: number, end: number) => Task): Generator<Task> {
  for (let begin = 0; begin < columns; begin += COLUMNS_PER_PASS_TASK) yield task(begin, Math.min(columns, begin + COLUMNS_PER_PASS_TASK));
}

/** Runs one number a column through the shards and writes the sums to `into`. */
export async function gatherColumns(cluster: Cluster, columns: number, task: (begin: number, end: number) => Task, into: Float64Array): Promise<void> {
  await gather(cluster, 0, passTasks(columns, task), ({ ids }, sums: Sums[]) => into.set(sums[0]!.values, ids[0]));
}
