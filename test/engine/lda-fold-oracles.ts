/** Float64 oracle of the kernel that folds documents in, on shapes around every boundary it and its twin have. */
import { lda } from '#kernels';
import { stream } from './matrices.js';
import type { Expected, KernelCase, KernelOracle } from './oracle.js';

const EPSILON = 2 ** -23;
/** Around a vector (4), the lanes of a workgroup (64); and many. */
const TOPICS = [1, 2, 3, 4, 5, 63, 64, 65, 1000];
/** Entries of rows, at most K: around the sharers of a row (8), four of the twin, and the lanes. */
const ROW_LENGTHS = [0, 1, 3, 4, 5, 7, 8, 9, 63, 64, 65, 150, 1000];
/** Entries of documents, around the rows that are taken together (8). */
const DOCUMENT_LENGTHS = [0, 1, 7, 8, 9, 0, 15, 16, 17, 40];

interface Fold {
  readonly topicCount: number;
  readonly steps: number;
  readonly groups: number;
  readonly starts: Uint32Array;
  readonly entries: Uint32Array;
  readonly rowStarts: Uint32Array;
  readonly rowTopics: Uint32Array;
  readonly rowValues: Float32Array;
  readonly background: Float32Array;
  readonly alpha: Float32Array;
}

function runningSums(lengths: readonly number[]): Uint32Array {
  const sums = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, at) => (sums[at + 1] = sums[at] + length));
  return sums;
}

interface Shape {
  readonly topicCount: number;
  readonly steps: number;
  readonly groups: number;
  readonly lengths: readonly number[];
  /** Folded tokens of an entry, from a random number. */
  readonly count: (random: number) => number;
}

/** Rows of all lengths; values from 2^-16 to 2^-4 over backgrounds from 2^-20 to 2^-12. */
export function makeFold({ topicCount, steps, groups, lengths, count }: Shape): Fold {
  const next = stream(topicCount + steps);
  const power = (least: number, most: number) => 2 ** (least + ((most - least) * next()) / 2 ** 32);
  const rowLengths = [...new Set(ROW_LENGTHS.map((length) => Math.min(length, topicCount)))];
  const rowStarts = runningSums(rowLengths);
  const rowTopics = rowLengths.flatMap((length) => {
    const shift = next() % topicCount;
    return Array.from({ length }, (_, at) => (Math.floor((at * topicCount) / length) + shift) % topicCount).sort((a, b) => a - b);
  });
  const starts = runningSums(lengths);
  const entries = Uint32Array.from({ length: 2 * starts[lengths.length] }, (_, at) => (at % 2 ? count(next()) : next() % rowLengths.length));
  return {
    topicCount, steps, groups, starts, entries, rowStarts,
    rowTopics: Uint32Array.from(rowTopics),
    rowValues: Float32Array.from(rowTopics, () => power(-16, -4)),
    background: Float32Array.from({ length: topicCount }, () => power(-20, -12)),
    alpha: Float32Array.from({ length: topicCount }, () => power(-8, 0)),
  };
}

const alphaSumOf = ({ alpha }: Fold) => alpha.reduce((sum, value) => sum + value, 0);

/** p(w | k) of an entry for all topics. */
function likelihoodsByTopic({ background, rowStarts, rowTopics, rowValues }: Fold, row: number): Float64Array {
  const phi = Float64Array.from(background);
  for (let at = rowStarts[row]; at < rowStarts[row + 1]; at++) phi[rowTopics[at]] += rowValues[at];
  return phi;
}

const mixed = (theta: Float64Array, phi: Float64Array) => theta.reduce((sum, value, k) => sum + value * phi[k], 0);

/** The iteration as it is defined: responsibilities of every topic for every entry. */
function foldDocument(fold: Fold, d: number): { theta: Float64Array; likelihoods: number[] } {
  const entries = Array.from({ length: fold.starts[d + 1] - fold.starts[d] }, (_, at) => {
    const e = fold.starts[d] + at;
    return { phi: likelihoodsByTopic(fold, fold.entries[2 * e]), count: fold.entries[2 * e + 1] };
  });
  const tokens = entries.reduce((sum, { count }) => sum + count, 0);
  let theta = new Float64Array(fold.topicCount).fill(1 / fold.topicCount);
  for (let step = 0; step < fold.steps; step++) {
    const next = Float64Array.from(fold.alpha);
    for (const { phi, count } of entries) {
      const all = mixed(theta, phi);
      phi.forEach((value, k) => (next[k] += (count * theta[k] * value) / all));
    }
    theta = next.map((value) => value / (tokens + alphaSumOf(fold)));
  }
  return { theta, likelihoods: entries.map(({ phi }) => mixed(theta, phi)) };
}

/**
 * Relative distance that f32 may have. All terms are positive, so a sum's relative error is at most that of its terms and ε for each
 * addition that a term passes through: a quarter of a row or of the topics (as many sums side by side or more), all entries, and
 * a dozen roundings around. A step hands on twice the error that a mixture came with, at most; far from the start it hands on
 * less than all of it, because the logarithm of the posterior is concave and each step nears its one maximum.
 */
function relativeBound({ topicCount, steps, rowStarts }: Fold, length: number): number {
  const longest = rowStarts.subarray(1).reduce((most, end, row) => Math.max(most, end - rowStarts[row]), 0);
  const roundings = topicCount / 4 + longest / 4 + length + 16;
  return Math.min(2 ** (steps + 2), 16 + steps) * roundings * EPSILON;
}

function within(values: Float64Array, bounds: (index: number) => number): Expected {
  return { values, bounds: values.map((value, index) => value * bounds(index)) };
}

export function foldCase(title: string, fold: Fold): KernelCase {
  const { topicCount, steps, groups, starts, entries, rowStarts, rowTopics, rowValues, background, alpha } = fold;
  const count = starts.length - 1;
  const stride = 4 * Math.ceil(topicCount / 4);
  const priors = new Float32Array(2 * stride);
  priors.set(background);
  priors.set(alpha, stride);
  const thetas = new Float32Array((count + groups) * stride).fill(-123.5, 0, count * stride);
  const bounds = Array.from({ length: count }, (_, d) => relativeBound(fold, starts[d + 1] - starts[d]));
  const folded = bounds.map((_, d) => foldDocument(fold, d));
  const mixtures = new Float64Array(thetas.length);
  folded.forEach(({ theta }, d) => mixtures.set(theta, d * stride));
  const documentOf = bounds.flatMap((_, d) => new Array<number>(starts[d + 1] - starts[d]).fill(d));
  return {
    title: `reals, ${title}, ${topicCount} topics, ${steps} steps, ${groups} groups`,
    buffers: { starts, entries, rowStarts, rowTopics, rowValues, priors, thetas, likelihoods: new Float32Array(entries.length / 2).fill(-123.5) },
    parameters: { documentCount: count, topicCount, steps, groups, alphaSum: alphaSumOf(fold) },
    workgroups: groups,
    expected: {
      thetas: within(mixtures, (at) => bounds[Math.floor(at / stride)] ?? 0),
      likelihoods: within(Float64Array.from(folded.flatMap(({ likelihoods }) => likelihoods)), (e) => bounds[documentOf[e]]),
    },
  };
}

const someFolded = (random: number) => Math.max(0, (random % 7) - 2);
export const allFolded = (random: number) => 1 + (random % 3);

function foldCases(): KernelCase[] {
  const everyShape = TOPICS.flatMap((topicCount, at) =>
    [0, 1, 3].map((steps) => foldCase('all lengths', makeFold({ topicCount, steps, groups: 1 + ((at + steps) % 4), lengths: DOCUMENT_LENGTHS, count: someFolded }))),
  );
  const toTheEnd = [1, 2, 65, 200].map((topicCount) => foldCase('to the end', makeFold({ topicCount, steps: 100, groups: 3, lengths: [0, 1, 9, 20], count: allFolded })));
  return [
    ...everyShape,
    ...toTheEnd,
    foldCase('a long document', makeFold({ topicCount: 33, steps: 2, groups: 2, lengths: [600, 2], count: allFolded })),
    foldCase('many tokens of a word', makeFold({ topicCount: 20, steps: 5, groups: 1, lengths: [3, 1], count: (random) => random % 1_000_000 })),
    foldCase('nothing folded', makeFold({ topicCount: 10, steps: 2, groups: 1, lengths: [3, 12], count: () => 0 })),
    foldCase('more groups than documents', makeFold({ topicCount: 6, steps: 2, groups: 5, lengths: [4, 2], count: allFolded })),
    foldCase('no documents', makeFold({ topicCount: 7, steps: 2, groups: 2, lengths: [], count: allFolded })),
  ];
}

export function ldaFoldOracles(): KernelOracle[] {
  return [{ kernel: lda.foldIn, cases: foldCases() }];
}
