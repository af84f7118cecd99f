/** Made topics and documents, and folding in as it is defined, in float64: every entry with every topic. */
import type { Completion } from '../../../models/lda/completion.js';
import type { FoldModel } from '../../../models/lda/fold-in.js';
import { stream } from '../../engine/matrices.js';

/** Rows of `perRow` topics at most, some empty, with counts that are no integers; alpha differs from topic to topic. */
export function madeTopics(words: number, topicCount: number, perRow: number): FoldModel {
  const next = stream(words + topicCount);
  const unit = () => next() / 2 ** 32;
  const lists = Array.from({ length: words }, () => {
    const topics = new Set(Array.from({ length: next() % (perRow + 1) }, () => next() % topicCount));
    return [...topics].sort((a, b) => a - b).map((topic) => [topic, Math.fround(20 * unit() ** 3)] as const);
  });
  const rowStarts = new Uint32Array(words + 1);
  lists.forEach(({ length }, word) => (rowStarts[word + 1] = rowStarts[word] + length));
  const totals = new Float64Array(topicCount);
  for (const [topic, count] of lists.flat()) totals[topic] += count;
  return {
    words, topicCount, rowStarts, totals,
    rowTopics: Uint32Array.from(lists.flat(), ([topic]) => topic),
    rowCounts: Float32Array.from(lists.flat(), ([, count]) => count),
    alpha: Float64Array.from({ length: topicCount }, () => 0.02 + 0.3 * unit()),
    beta: 0.01,
    vocabulary: words,
  };
}

/** Documents of the given lengths; words repeat, and entries have 0 to 3 tokens on either side. */
export function madeDocuments(words: number, lengths: readonly number[]): Completion {
  const next = stream(lengths.length);
  const starts = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, d) => (starts[d + 1] = starts[d] + length));
  const drawn = (most: number) => Uint32Array.from({ length: starts[lengths.length] }, () => next() % most);
  return { starts, words: drawn(words), folded: drawn(4), scored: drawn(4) };
}

export interface Folded {
  readonly theta: Float64Array;
  /** Of each entry. */
  readonly likelihoods: readonly number[];
  readonly logLikelihood: number;
}

/** Document d after `steps` steps of theta_k <- (alpha_k + Σ c_w p(k | w)) / (N + Σ alpha), p(k | w) ∝ theta_k phi_wk. */
export function foldedByDefinition(model: FoldModel, { starts, words, folded, scored }: Completion, d: number, steps: number): Folded {
  const entries = Array.from(words.subarray(starts[d], starts[d + 1]), (word, at) => ({ phi: phiOf(model, word), folded: folded[starts[d] + at], scored: scored[starts[d] + at] }));
  const all = entries.reduce((sum, entry) => sum + entry.folded, 0) + model.alpha.reduce((sum, value) => sum + value, 0);
  let theta = new Float64Array(model.topicCount).fill(1 / model.topicCount);
  for (let step = 0; step < steps; step++) {
    const next = Float64Array.from(model.alpha);
    for (const { phi, folded: count } of entries) {
      const likelihood = mixed(theta, phi);
      for (let k = 0; k < next.length; k++) next[k] += (count * theta[k] * phi[k]) / likelihood;
    }
    theta = next.map((value) => value / all);
  }
  const likelihoods = entries.map(({ phi }) => mixed(theta, phi));
  return { theta, likelihoods, logLikelihood: entries.reduce((sum, entry, at) => sum + entry.scored * Math.log(likelihoods[at]), 0) };
}

function phiOf({ rowStarts, rowTopics, rowCounts, totals, beta, vocabulary }: FoldModel, word: number): Float64Array {
  const counts = new Float64Array(totals.length);
  for (let at = rowStarts[word]; at < rowStarts[word + 1]; at++) counts[rowTopics[at]] += rowCounts[at];
  return counts.map((count, k) => (count + beta) / (totals[k] + vocabulary * beta));
}

function mixed(theta: Float64Array, phi: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < theta.length; k++) sum += theta[k] * phi[k];
  return sum;
}
