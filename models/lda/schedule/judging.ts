/** How good the topics are. In: the workers' terms. Out: the joint likelihood, and the held-out perplexity by document completion. */
import type { Corpus } from '../../../src/data/corpus.js';
import { logGamma } from '../gamma.js';
import { HELD_OUT_SETS, Operation, type HeldOutName, type LdaShardDescription } from '../operations.js';
import type { Priors } from './learning.js';
import type { Questions } from './questions.js';

/** What held-out documents say. */
export interface Completion {
  /** exp(-Σ ln p / tokens) over the scored tokens. */
  readonly perplexity: number;
  /** Scored tokens: every second one of a document's. */
  readonly tokens: number;
  /** Tokens of words that training has not seen, which were dropped. */
  readonly unknownTokens: number;
}

/**
 * ln p(w, z) of the training tokens (Griffiths and Steyvers 2004): what documents and rows contribute, and
 * Σ_k (ln Γ(V·beta) - ln Γ(s_k + V·beta)).
 */
export async function jointLikelihood(questions: Questions, { beta }: Priors, totals: Float64Array, vocabulary: number): Promise<number> {
  const [{ values }] = await questions.ask(Operation.Likelihood);
  const smoothing = vocabulary * beta;
  const ofTotals = totals.reduce((sum, total) => sum + logGamma(smoothing) - logGamma(total + smoothing), 0);
  return values.reduce((sum, value) => sum + value, ofTotals);
}

/** What samples add up to. */
export interface Samples {
  readonly count: number;
  /** Tokens of each topic. */
  readonly totals: Float64Array;
}

/** Perplexity of a set, under the topics as they are or under the mean of samples; every batch of its documents takes a turn of the rows. */
export async function heldOutPerplexity(questions: Questions, set: HeldOutName, corpus: Corpus, descriptions: readonly LdaShardDescription[], samples: Samples | null = null): Promise<Completion> {
  const batches = Math.max(...descriptions.map(({ heldOut }) => heldOut[set]!.batchStarts.length - 1));
  let [logLikelihood, tokens] = [0, 0];
  for (let batch = 0; batch < batches; batch++) {
    const ids = [HELD_OUT_SETS.indexOf(set), batch];
    const [sums] = samples
      ? await questions.turn(Operation.ToldPerplexity, descriptions.length + 1, ids, Float64Array.of(samples.count, ...samples.totals))
      : await questions.turn(Operation.Perplexity, descriptions.length * descriptions[0].blocksAShard, ids);
    for (let at = 0; at < (sums?.values.length ?? 0); at += 2) {
      logLikelihood += sums.values[at];
      tokens += sums.values[at + 1];
    }
  }
  return { perplexity: Math.exp(-logLikelihood / tokens), tokens, unknownTokens: corpus.unknownTokens };
}
