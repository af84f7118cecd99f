/**
 * Held-out perplexity by document completion: one half of a document's tokens decides on its mixture, the other half is scored
 * (Wallach, Murray, Salakhutdinov and Mimno 2009, "Evaluation methods for topic models"). In: documents over the words of a
 * model. Out: their two halves; log likelihoods. The perplexity is exp(-Σ log likelihoods / Σ scored tokens).
 */
import type { Engine } from '../../src/engine/engine.js';
import { foldIn, type FoldDocuments, type FoldModel, type FoldOptions } from './fold-in.js';

/** Bags of words as a corpus gives them; entries in the order of the file. */
export interface Bags {
  readonly starts: Uint32Array;
  readonly words: Uint32Array;
  readonly counts: Uint32Array;
}

/** Documents in two halves. */
export interface Completion extends FoldDocuments {
  /** Tokens of each entry to score. */
  readonly scored: Uint32Array;
}

/**
 * A document's tokens in the order of the file, each word repeated by its count, are numbered from 0: even ones are folded in, odd
 * ones are scored.
 */
export function completionOf({ starts, words, counts }: Bags): Completion {
  const folded = new Uint32Array(counts.length);
  const scored = new Uint32Array(counts.length);
  for (let d = 0; d + 1 < starts.length; d++) {
    let odd = 0;
    for (let e = starts[d]; e < starts[d + 1]; e++) {
      scored[e] = (counts[e] + odd) >>> 1;
      folded[e] = counts[e] - scored[e];
      odd = (odd + counts[e]) & 1;
    }
  }
  return { starts, words, folded, scored };
}

export interface CompletionScores {
  /** For each document, Σ over its scored tokens of ln p(token), in float64. */
  readonly logLikelihoods: Float64Array;
  /** Scored tokens of all documents. */
  readonly tokens: number;
}

/** Folds one half of each document in and scores the other. */
export async function scoreCompletion(engine: Engine, model: FoldModel, documents: Completion, options: FoldOptions): Promise<CompletionScores> {
  const { starts, scored } = documents;
  const logLikelihoods = new Float64Array(starts.length - 1);
  for (const batch of foldIn(engine, model, documents, options)) {
    const likelihoods = await batch.likelihoods();
    const base = starts[batch.first];
    for (let d = batch.first; d < batch.first + batch.count; d++) {
      for (let e = starts[d]; e < starts[d + 1]; e++) {
        if (scored[e] > 0) logLikelihoods[d] += scored[e] * Math.log(likelihoods[e - base]);
      }
    }
  }
  return { logLikelihoods, tokens: scored.reduce((sum, count) => sum + count, 0) };
}
