/** From the end of a training to a model that can be written: its topics as they stream off the workers, and what is told of them. */
import type { Cluster } from '../../src/runtime/cluster.js';
import { VERSION } from '../../src/version.js';
import { coherencesOf, meanCoherence } from './coherence.js';
import type { CorpusSets } from './distribute.js';
import type { LdaContent } from './files.js';
import type { LdaFit } from './fit.js';
import { burnInOf, type LdaOptions } from './options.js';
import type { Completion } from './schedule/judging.js';
import { summaryOf, type LdaSummary } from './summary.js';
import { topicTiles } from './topic-tiles.js';
import { TopWords, TOP_WORDS } from './top-words.js';

/** A trained model, whose topics stay on the workers until some of them are asked for. */
export interface TrainedLda extends LdaContent {
  readonly topWords: TopWords;
}

/** Whether the same seed and data give the same bits again: when a run is interrupted, the clock decides; when shards change their kind of engine, a fault does. */
export function isReproducible({ stopped, hasChangedEngine }: Pick<LdaFit, 'stopped' | 'hasChangedEngine'>): boolean {
  return stopped !== 'interrupted' && !hasChangedEngine;
}

/** One pass over the topics for their most probable words, and one over the training documents for the coherence of these. */
export async function trainedModel(cluster: Cluster, sets: CorpusSets, options: LdaOptions, fit: LdaFit): Promise<TrainedLda> {
  const tiles = () => topicTiles(cluster, fit, options);
  const topWords = new TopWords(options.topics, TOP_WORDS);
  for await (const { first, starts, words, tokens } of tiles()) {
    for (let t = 0; t + 1 < starts.length; t++) for (let e = starts[t]; e < starts[t + 1]; e++) topWords.add(first + t, words[e], tokens[e]);
  }
  const lists = Array.from({ length: options.topics }, (_, topic) => Uint32Array.from(topWords.of(topic), ({ word }) => word));
  const coherences = coherencesOf(lists, sets.train);
  return {
    summary: summaryOfFit(sets, options, fit, meanCoherence(coherences)),
    words: sets.train.words,
    priors: fit.priors,
    totals: fit.totals.map((total) => total / fit.samples),
    coherences, topWords, tiles,
  };
}

function summaryOfFit({ train }: CorpusSets, options: LdaOptions, { sampler, samples, best, sweeps, stopped, hasChangedEngine }: LdaFit, coherence: number | null): LdaSummary {
  const { topics, strategy, lag, seed, optimizeHyperparameters, seedWords } = options;
  return summaryOf({
    stradsVersion: VERSION,
    topics,
    vocabulary: train.words.count,
    wordsAre: train.wordsAre,
    documents: train.count,
    tokens: train.tokens,
    sampler, strategy, lag: lag ?? null, seed,
    alpha: options.alpha ?? null,
    beta: options.beta ?? null,
    optimizeHyperparameters,
    burnIn: burnInOf(options),
    seedWords, sweeps, samples,
    bestSweep: best.sweep,
    logLikelihoodPerToken: best.logLikelihoodPerToken,
    validation: best.validation && inJson(best.validation),
    test: best.test && inJson(best.test),
    sError: best.sError,
    coherence, stopped,
    reproducible: isReproducible({ stopped, hasChangedEngine }),
  });
}

function inJson({ perplexity, tokens, unknownTokens }: Completion): LdaSummary['validation'] {
  return { perplexity: Number.isFinite(perplexity) ? perplexity : null, tokens, unknownTokens };
}
