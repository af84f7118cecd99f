/**
 * Documents from a true topic model, in the shape of the UCI collection's NYTimes: 300,000 documents of 333 tokens over 102,660 words.
 * In: the truth, and a document's number. Out: its words, in memory that does not grow.
 *
 * The mixture of a document is from a symmetric Dirichlet distribution whose alphas add up to CONCENTRATION, integrated out: token n takes the topic of
 * one of the n before it with probability n / (n + CONCENTRATION), else any topic (Pólya's urn). Lengths are skewed: the mean
 * times the square of a triangular number with mean 1.
 */
import { drawn, hash, UNIT } from './hash.js';
import type { TopicTruth } from './topic-truth.js';

/** What NYTimes has. */
export const NYTIMES = { documents: 300_000, words: 102_660, tokensADocument: 333 } as const;

/** Sum of alpha over the topics: some 30 topics in a document of 333 tokens. */
export const CONCENTRATION = 8;

/** A document; the arrays are used again for the next. */
export interface TopicDocument {
  readonly tokens: number;
  /** By token: its word, ascending, and the topic that it was drawn from. */
  readonly words: Uint32Array;
  readonly topics: Uint32Array;
}

const Draw = { length: 12, token: 13 } as const;
/** Of the triangular number. */
const SPREAD = 0.8;

export class TopicDocuments {
  readonly truth: TopicTruth;
  readonly #mean: number;
  readonly #words: Uint32Array;
  readonly #topics: Uint32Array;
  /** word · 2^16 + place among the tokens, sorted. */
  readonly #order: Float64Array;
  readonly #drawnTopics: Uint32Array;

  constructor(truth: TopicTruth, tokensADocument: number) {
    const most = Math.ceil(4 * tokensADocument);
    if (most > PLACES) throw new RangeError(`${tokensADocument} tokens a document: expected at most ${PLACES / 4}`);
    this.truth = truth;
    // The square of a number with mean 1 and standard deviation s has the mean 1 + s².
    this.#mean = tokensADocument / (1 + SPREAD ** 2 / 6);
    [this.#words, this.#topics, this.#drawnTopics] = [0, 1, 2].map(() => new Uint32Array(most)) as [Uint32Array, Uint32Array, Uint32Array];
    this.#order = new Float64Array(most);
  }

  lengthOf(document: number): number {
    hash(this.truth.shape.seed, document, 0, Draw.length);
    const spread = 1 + SPREAD * ((drawn[0] + drawn[1]) * UNIT - 1);
    return Math.max(1, Math.round(this.#mean * spread * spread));
  }

  document(document: number): TopicDocument {
    const { seed, topics } = this.truth.shape;
    const tokens = this.lengthOf(document);
    for (let n = 0; n < tokens; n++) {
      hash(seed, document, n, Draw.token);
      const urn = drawn[0] * UNIT * (n + CONCENTRATION);
      const topic = urn < n ? this.#drawnTopics[Math.floor(urn)] : Math.min(topics - 1, Math.floor(((urn - n) / CONCENTRATION) * topics));
      this.#drawnTopics[n] = topic;
      this.#order[n] = this.truth.word(topic, drawn[1], drawn[2], drawn[3]) * PLACES + n;
    }
    const order = this.#order.subarray(0, tokens).sort();
    for (let n = 0; n < tokens; n++) {
      const word = Math.floor(order[n] / PLACES);
      this.#words[n] = word;
      this.#topics[n] = this.#drawnTopics[order[n] - word * PLACES];
    }
    return { tokens, words: this.#words, topics: this.#topics };
  }
}

const PLACES = 2 ** 16;
