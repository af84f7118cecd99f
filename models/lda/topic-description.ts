/** A topic as a person reads it. In: a model, and the topic's most probable words. Out: the words with their probabilities, and what else is known of the topic. */
import type { LdaContent } from './files.js';
import { probabilityOf } from './phi.js';
import type { TopWord } from './top-words.js';

export interface TopicWord {
  readonly word: string;
  /** phi: p(word | topic). */
  readonly probability: number;
  /** Tokens of the word that have the topic, a mean where samples were averaged. */
  readonly tokens: number;
}

export interface TopicDescription {
  /** Counted from 0. */
  readonly topic: number;
  /** Prior of the topic in a document. */
  readonly alpha: number;
  /** Training tokens that have the topic, and their share of all. */
  readonly tokens: number;
  readonly share: number;
  /** NPMI of its 10 most probable words over the training documents; null where it has fewer than two words. */
  readonly coherence: number | null;
  /** Most probable first; only words of which tokens have the topic. */
  readonly words: readonly TopicWord[];
}

export function describeTopic({ summary, words, priors, totals, coherences }: Omit<LdaContent, 'tiles'>, topic: number, found: readonly TopWord[]): TopicDescription {
  const smoothing = { beta: priors.beta, vocabulary: words.count };
  return {
    topic,
    alpha: priors.alpha[topic],
    tokens: totals[topic],
    share: totals[topic] / summary.tokens,
    coherence: Number.isNaN(coherences[topic]) ? null : coherences[topic],
    words: found.map(({ word, tokens }) => ({ word: words.of(word), probability: probabilityOf(tokens, totals[topic], smoothing), tokens })),
  };
}
