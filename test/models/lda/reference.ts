/**
 * Latent Dirichlet allocation in float64, from its definitions: joint likelihood, fixed points of the priors, document completion and
 * the collapsed conditional. Ratios of Γ at a whole distance are products and differences of ψ sums, so no Γ is needed.
 */
import type { Bag } from './made-corpora.js';

/** A token: the document that it is in, its word and its topic, each by any number that tells them apart. */
export interface Token {
  readonly document: number;
  readonly word: number;
  readonly topic: number;
}

export interface ReferencePriors {
  readonly alpha: ArrayLike<number>;
  readonly beta: number;
}

/** ln Γ(a + n) - ln Γ(a). */
export function logRising(a: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(a + i);
  return sum;
}

/** ψ(a + n) - ψ(a). */
export function digammaRising(a: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += 1 / (a + i);
  return sum;
}

export function sumOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0);
}

/** How often each topic is in each document, or with each word. */
export function countsBy(tokens: readonly Token[], of: 'document' | 'word', topics: number): Map<number, number[]> {
  const counts = new Map<number, number[]>();
  for (const token of tokens) {
    if (!counts.has(token[of])) counts.set(token[of], new Array<number>(topics).fill(0));
    counts.get(token[of])![token.topic]++;
  }
  return counts;
}

export function totalsOf(tokens: readonly Token[], topics: number): number[] {
  const totals = new Array<number>(topics).fill(0);
  for (const { topic } of tokens) totals[topic]++;
  return totals;
}

/** ln p(words, topics) with mixtures and topics integrated out; `vocabulary`: V. */
export function logJoint(tokens: readonly Token[], { alpha, beta }: ReferencePriors, vocabulary: number): number {
  const topics = alpha.length;
  let sum = 0;
  for (const counts of countsBy(tokens, 'document', topics).values()) {
    sum -= logRising(sumOf(alpha), sumOf(counts));
    for (const [k, count] of counts.entries()) sum += logRising(alpha[k], count);
  }
  for (const counts of countsBy(tokens, 'word', topics).values()) for (const count of counts) sum += logRising(beta, count);
  for (const total of totalsOf(tokens, topics)) sum -= logRising(vocabulary * beta, total);
  return sum;
}

/** One step of Minka's fixed point (2000, eq. 55) for alpha. */
export function alphaStep(tokens: readonly Token[], alpha: ArrayLike<number>): number[] {
  const byDocument = [...countsBy(tokens, 'document', alpha.length).values()];
  const ofLengths = sumOf(byDocument.map((counts) => digammaRising(sumOf(alpha), sumOf(counts))));
  return Array.from(alpha, (value, k) => (value * sumOf(byDocument.map((counts) => digammaRising(value, counts[k])))) / ofLengths);
}

/** The same for a beta that all words have. */
export function betaStep(tokens: readonly Token[], beta: number, topics: number, vocabulary: number): number {
  const byWord = [...countsBy(tokens, 'word', topics).values()];
  const ofRows = sumOf(byWord.flat().map((count) => digammaRising(beta, count)));
  const ofTotals = sumOf(totalsOf(tokens, topics).map((total) => digammaRising(vocabulary * beta, total)));
  return (beta * ofRows) / (vocabulary * ofTotals);
}

/**
 * Perplexity by document completion: tokens in the order of the document, each word repeated by its count and numbered from 0; even ones
 * decide on the mixture in `steps` steps from a uniform one, odd ones are scored. `phi`: p(word | topic) by word and topic.
 */
export function completionPerplexity(bags: readonly Bag[], phi: readonly (readonly number[])[], alpha: ArrayLike<number>, steps = 100): { perplexity: number; tokens: number } {
  let [logLikelihood, tokens] = [0, 0];
  for (const bag of bags) {
    const words = bag.flatMap(([word, count]) => new Array<number>(count).fill(word));
    const theta = mixtureOf(words.filter((_, number) => number % 2 === 0), phi, alpha, steps);
    for (const word of words.filter((_, number) => number % 2 === 1)) {
      logLikelihood += Math.log(sumOf(theta.map((share, k) => share * phi[word][k])));
      tokens++;
    }
  }
  return { perplexity: Math.exp(-logLikelihood / tokens), tokens };
}

function mixtureOf(words: readonly number[], phi: readonly (readonly number[])[], alpha: ArrayLike<number>, steps: number): number[] {
  const all = words.length + sumOf(alpha);
  let theta = new Array<number>(alpha.length).fill(1 / alpha.length);
  for (let step = 0; step < steps; step++) {
    const next = Array.from(alpha);
    for (const word of words) {
      const joint = theta.map((share, k) => share * phi[word][k]);
      const likelihood = sumOf(joint);
      for (const [k, value] of joint.entries()) next[k] += value / likelihood;
    }
    theta = next.map((value) => value / all);
  }
  return theta;
}

/** p(word | topic) from counts by word and topic. */
export function phiOf(table: readonly (readonly number[])[], beta: number): number[][] {
  const totals = table[0].map((_, k) => sumOf(table.map((row) => row[k])));
  return table.map((row) => row.map((count, k) => (count + beta) / (totals[k] + table.length * beta)));
}

/** What a token's draw depends on; the token itself is counted under `own` in all of them. */
export interface Conditional {
  readonly own: number;
  /** Of its document, by topic. */
  readonly document: readonly number[];
  /** Of its word. */
  readonly row: readonly number[];
  readonly totals: ArrayLike<number>;
  readonly priors: ReferencePriors;
  readonly vocabulary: number;
}

/**
 * The buckets of the exact sampler, (topic, weight) in the order in which they are drawn from: the own topic, topics of the document, topics of the
 * row, all others by the priors. Weights of a topic add up to (D_k + alpha_k)·(B_k + beta) / (s_k + V·beta), without the token itself.
 */
export function bucketsOf({ own, document, row, totals, priors: { alpha, beta }, vocabulary }: Conditional): [topic: number, weight: number][] {
  const scaleOf = (k: number) => 1 / (totals[k] - (k === own ? 1 : 0) + vocabulary * beta);
  const others = Array.from(alpha, (_, k) => k).filter((k) => k !== own);
  return [
    [own, (document[own] - 1 + alpha[own]) * (row[own] - 1 + beta) * scaleOf(own)],
    ...others.filter((k) => document[k] > 0).map((k): [number, number] => [k, document[k] * (row[k] + beta) * scaleOf(k)]),
    ...others.filter((k) => row[k] > 0).map((k): [number, number] => [k, alpha[k] * row[k] * scaleOf(k)]),
    ...others.map((k): [number, number] => [k, alpha[k] * beta * scaleOf(k)]),
  ];
}

/** The bucket that `unit` falls into, and how far from its nearer end, both as parts of the whole. */
export function drawFrom(buckets: readonly (readonly [topic: number, weight: number])[], unit: number): { topic: number; margin: number } {
  const all = sumOf(buckets.map(([, weight]) => weight));
  let before = 0;
  for (const [topic, weight] of buckets) {
    const share = weight / all;
    if (unit < before + share) return { topic, margin: Math.min(unit - before, before + share - unit) };
    before += share;
  }
  return { topic: buckets[0][0], margin: 0 };
}

/** The first of pcg4d's numbers (Jarzynski and Olano 2020) as one in [0, 1), of 24 bits. */
export function tokenUnit(seed: number, sweep: number, token: number, stream: number): number {
  const v = [seed, sweep, token, stream].map((value) => (Math.imul(value, 1664525) + 1013904223) | 0);
  const mix = () => {
    v[0] = (v[0] + Math.imul(v[1], v[3])) | 0;
    v[1] = (v[1] + Math.imul(v[2], v[0])) | 0;
    v[2] = (v[2] + Math.imul(v[0], v[1])) | 0;
    v[3] = (v[3] + Math.imul(v[1], v[2])) | 0;
  };
  mix();
  for (let i = 0; i < 4; i++) v[i] ^= v[i] >>> 16;
  mix();
  return (v[0] >>> 8) / 2 ** 24;
}
