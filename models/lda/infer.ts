/**
 * New documents under a trained model, on an engine of this process. In: a corpus over the model's words. Out: each document's mixture of
 * topics, some documents at a time, so that there may be millions; or what the model says of their words.
 */
import type { Corpus } from '../../src/data/corpus.js';
import { chooseEngine, type EngineRequest } from '../../src/engine/choose-engine.js';
import type { Engine } from '../../src/engine/engine.js';
import { createEngine } from '../../src/runtime/join.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { completionOf, scoreCompletion } from './completion.js';
import { foldIn } from './fold-in.js';
import type { LdaModel } from './model.js';
import type { Completion } from './schedule/judging.js';

export interface EngineOptions {
  /** What folds documents in: 'wasm' unless told. */
  readonly engine?: EngineRequest | undefined;
}

export interface InferOptions extends EngineOptions {
  /** Steps of the fixed point that a mixture comes from; 30 unless told. */
  readonly steps?: number | undefined;
  /** Told of the engine before it works, and waited for: to profile it. */
  readonly opened?: ((engine: Engine) => Promise<void> | undefined) | undefined;
}

/** Documents first … first + count - 1 of the corpus. */
export interface InferredBatch {
  readonly first: number;
  readonly count: number;
  /** [count × topics], row by row; each row adds up to 1. A document without a known word has alpha / Σ alpha. */
  readonly mixtures: Float32Array;
}

/** A mixture's shares then differ from their limits by .002 in all with 100 topics (KOS), by .005 with 1,000 (20 Newsgroups), on average over documents (benchmark `lda-infer`). */
export const DEFAULT_STEPS = 30;
/** By which perplexities are comparable with those of a training. */
const PERPLEXITY_STEPS = 100;
/** Bytes of the engine that a batch may take. */
const BATCH_BYTES = 2 ** 26;

/** Every document of the corpus, in order. Memory: a batch of documents, its mixtures, and the model. UsageError for a corpus over other words, or steps that are no number of steps. */
export async function* inferTopics(model: LdaModel, corpus: Corpus, { steps = DEFAULT_STEPS, engine: request, opened }: InferOptions = {}): AsyncGenerator<InferredBatch> {
  assertOver(corpus, model);
  if (!(Number.isInteger(steps) && steps > 0)) throw new UsageError(`steps is ${steps}, expected how many steps a mixture is found by: 1 or more`);
  const engine = await openEngine(request);
  try {
    await opened?.(engine);
    for (const { first, starts, words, counts } of corpus.batches()) {
      for (const batch of foldIn(engine, model.fold, { starts, words, folded: counts }, { steps, bytes: BATCH_BYTES })) {
        yield { first: first + batch.first, count: batch.count, mixtures: await batch.thetas() };
      }
    }
  } finally {
    await engine.close();
  }
}

/** Held-out perplexity by document completion, by the rule of completion.ts; NaN where no document has a second token. UsageError for a corpus over other words. */
export async function perplexityOf(model: LdaModel, corpus: Corpus, { engine: request }: EngineOptions = {}): Promise<Completion> {
  assertOver(corpus, model);
  const engine = await openEngine(request);
  try {
    let [logLikelihood, tokens] = [0, 0];
    for (const batch of corpus.batches()) {
      const scores = await scoreCompletion(engine, model.fold, completionOf(batch), { steps: PERPLEXITY_STEPS, bytes: BATCH_BYTES });
      logLikelihood = scores.logLikelihoods.reduce((sum, value) => sum + value, logLikelihood);
      tokens += scores.tokens;
    }
    return { perplexity: Math.exp(-logLikelihood / tokens), tokens, unknownTokens: corpus.unknownTokens };
  } finally {
    await engine.close();
  }
}

async function openEngine(request: EngineRequest = 'wasm'): Promise<Engine> {
  return createEngine((await chooseEngine(request)).kind);
}

function assertOver(corpus: Corpus, { words }: LdaModel): void {
  if (corpus.words !== words) throw new UsageError('the corpus is over other words than the model: make it with corpusOver(documents, model.words)');
}
