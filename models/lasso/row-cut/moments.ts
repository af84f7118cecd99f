/**
 * Means, scales and norms of the columns for every problem, from two float64 passes over the shards; columns without
 * zeros to keep are then standardized in place, as problem 0 has them. Sums come by fold. A problem's spread is that of
 * its folds about their own means, and of these about its mean (Chan, Golub and LeVeque, 1979): nothing cancels.
 */
import { gather } from '../../../src/runtime/rounds.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import type { Sums, Task } from '../../../src/program.js';
import { COLUMNS_PER_PASS_TASK, columnRange, Operation } from './operations.js';
import { isConstant, type Samples, type TrainingRows } from '../samples.js';
import type { Scaling } from './state.js';

export interface Centring {
  /** Subtract column means. */
  readonly center: boolean;
  /** Divide by the population standard deviation. */
  readonly standardize: boolean;
}

interface Shape {
  readonly kind: 'dense' | 'sparse';
  readonly columns: number;
}

/** What the passes found, by fold: Σ u x, and the spread about the fold's own mean (about 0 without centring). */
interface FoldMoments {
  readonly sums: readonly Float64Array[];
  readonly spreads: readonly Float64Array[];
}

type OwnScaling = Pick<Scaling, 'means' | 'scales' | 'squaredNorms'>;

/** Computes every problem's scaling, by number, and brings the shards into that of problem 0. */
export async function scaleColumns(cluster: Cluster, { kind, columns }: Shape, samples: Samples, { center, standardize }: Centring): Promise<Scaling[]> {
  const moments = await foldMoments(cluster, columns, samples.foldSamples, center);
  const own = samples.problems.map((training) => scalingOf(training, moments, samples.foldSamples, { center, standardize }));
  const applied = appliedScaling(own[0]!, await columnsToKeep(cluster, { kind, columns }, samples.rows));
  if ((center || standardize) && applied.any) {
    const tasks = passTasks(columns, (begin, end) => scaleTask(begin, end, applied));
    await gather(cluster, 0, tasks, () => undefined);
  }
  return own.map((scaling) => withHeld(scaling, applied));
}

async function foldMoments(cluster: Cluster, columns: number, foldSamples: readonly number[], center: boolean): Promise<FoldMoments> {
  const perFold = () => foldSamples.map(() => new Float64Array(columns));
  const sums = perFold();
  if (center) await gatherColumns(cluster, columns, (begin, end) => rangeTask(Operation.Sum, begin, end), sums);
  const spreads = perFold();
  const spreadTask = (begin: number, end: number) => {
    const count = end - begin;
    const centers = new Float64Array(foldSamples.length * count);
    for (const [fold, samples] of foldSamples.entries()) for (let k = 0; k < count; k++) centers[fold * count + k] = sums[fold]![begin + k]! / samples;
    return rangeTask(Operation.Spread, begin, end, centers);
  };
  await gatherColumns(cluster, columns, spreadTask, spreads, Math.ceil(COLUMNS_PER_PASS_TASK / foldSamples.length));
  return { sums, spreads };
}

function scalingOf({ problem, samples }: TrainingRows, { sums, spreads }: FoldMoments, foldSamples: readonly number[], { center, standardize }: Centring): OwnScaling {
  const columns = sums[0]!.length;
  const folds = [...foldSamples.keys()].filter((fold) => fold !== problem - 1);
  const means = new Float64Array(columns);
  for (const fold of folds) for (let j = 0; j < columns; j++) means[j]! += sums[fold]![j]!;
  for (let j = 0; j < columns; j++) means[j]! /= samples;
  const squaredNorms = new Float64Array(columns);
  for (const fold of folds) {
    const rows = foldSamples[fold]!;
    for (let j = 0; j < columns; j++) squaredNorms[j]! += spreads[fold]![j]! + rows * (sums[fold]![j]! / rows - means[j]!) ** 2;
  }
  const scales = new Float64Array(columns).fill(1);
  for (let j = 0; j < columns; j++) {
    if (center && isConstant(squaredNorms[j]!, means[j]!, samples)) squaredNorms[j] = 0;
    if (!standardize || squaredNorms[j] === 0) continue;
    scales[j] = Math.sqrt(squaredNorms[j]! / samples);
    squaredNorms[j] = samples;
  }
  return { means, scales, squaredNorms };
}

/** The centring and scaling that columns get in place: mean 0 and scale 1 where none. */
interface Applied {
  readonly means: Float64Array;
  readonly scales: Float64Array;
  readonly any: boolean;
}

function appliedScaling({ means, scales }: OwnScaling, keep: Uint8Array): Applied {
  return {
    means: means.map((mean, j) => (keep[j] === 1 ? 0 : mean)),
    scales: scales.map((scale, j) => (keep[j] === 1 ? 1 : scale)),
    any: keep.includes(0),
  };
}

function withHeld(own: OwnScaling, { means, scales }: Applied): Scaling {
  return {
    ...own,
    heldMeans: own.means.map((mean, j) => (mean - means[j]!) / scales[j]!),
    heldScales: own.scales.map((scale, j) => scale / scales[j]!),
  };
}

/**
 * 1 for a column that keeps its zeros. A sparse column with an entry in every row has none to keep, and is centred in
 * place like a dense one: with a mean far above its spread, correcting float32 sums would cancel.
 */
async function columnsToKeep(cluster: Cluster, { kind, columns }: Shape, rows: number): Promise<Uint8Array> {
  if (kind === 'dense') return new Uint8Array(columns);
  const stored = new Float64Array(columns);
  await gatherColumns(cluster, columns, (begin, end) => rangeTask(Operation.Stored, begin, end), [stored]);
  return Uint8Array.from(stored, (count) => Number(count < rows));
}

function rangeTask(operation: number, begin: number, end: number, values = new Float64Array(0)): Task {
  return { operation, ids: columnRange(begin, end), values };
}

function scaleTask(begin: number, end: number, { means, scales }: Applied): Task {
  const values = new Float64Array(2 * (end - begin));
  values.set(means.subarray(begin, end));
  values.set(scales.subarray(begin, end), end - begin);
  return rangeTask(Operation.Scale, begin, end, values);
}

/** Tasks that cover the columns 0 … columns - 1 in ranges of at most `width`. */
function* passTasks(columns: number, task: (begin: number, end: number) => Task, width = COLUMNS_PER_PASS_TASK): Generator<Task> {
  for (let begin = 0; begin < columns; begin += width) yield task(begin, Math.min(columns, begin + width));
}

/** Runs one number a column and channel through the shards and writes the sums of channel c to into[c]. */
export async function gatherColumns(cluster: Cluster, columns: number, task: (begin: number, end: number) => Task, into: readonly Float64Array[], width = COLUMNS_PER_PASS_TASK): Promise<void> {
  await gather(cluster, 0, passTasks(columns, task, width), ({ ids }, sums: Sums[]) => {
    for (const [channel, array] of into.entries()) array.set(sums[channel]!.values, ids[0]);
  });
}
