/** Topic models made by hand: counts, words and priors as a test wants them, without training. */
import type { LdaContent } from '../../../models/lda/files.js';
import { LdaModel } from '../../../models/lda/model.js';
import { summaryOf, type LdaSummary } from '../../../models/lda/summary.js';
import type { TopicTile } from '../../../models/lda/topic-tiles.js';
import { Ids } from '../../../src/data/ids.js';
import { randomBelow } from '../../../src/schedule/random.js';

export interface Making {
  readonly topics: number;
  readonly vocabulary: number;
  /** Tokens of a word in a topic; 0 for none. About half of all where it is not said. */
  readonly count?: (topic: number, word: number) => number;
  readonly word?: (index: number) => string;
  readonly summary?: Partial<LdaSummary>;
  /** Topics of a tile; all where it is not said. */
  readonly tile?: number;
}

const someCount = (topic: number, word: number): number => Math.max(0, randomBelow(12, topic, 0, word) - 5);

export function madeContent({ topics, vocabulary, count = someCount, word = (index) => `w${index}`, summary = {}, tile = topics }: Making): LdaContent {
  const words = new Ids();
  for (let index = 0; index < vocabulary; index++) words.add(word(index));
  const lists = Array.from({ length: topics }, (_, topic) => Array.from({ length: vocabulary }, (_, index) => [index, count(topic, index)] as const).filter(([, tokens]) => tokens > 0));
  const totals = Float64Array.from(lists, (list) => list.reduce((sum, [, tokens]) => sum + tokens, 0));
  return {
    summary: summaryOf({ ...SUMMARY, topics, vocabulary, tokens: Math.round(totals.reduce((sum, total) => sum + total, 0)), ...summary }),
    words,
    priors: { alpha: Float64Array.from({ length: topics }, (_, topic) => 0.05 + topic / 7), beta: 0.01 },
    totals,
    coherences: Float64Array.from(lists, (list, topic) => (list.length < 2 ? NaN : 1 / (topic + 3))),
    async *tiles() {
      for (let first = 0; first < topics; first += tile) yield tileOf(lists.slice(first, first + tile), first);
    },
  };
}

function tileOf(lists: readonly (readonly (readonly [word: number, tokens: number])[])[], first: number): TopicTile {
  const starts = [0];
  for (const { length } of lists) starts.push(starts.at(-1)! + length);
  return { first, starts: Uint32Array.from(starts), words: Uint32Array.from(lists.flat(), ([word]) => word), tokens: Float64Array.from(lists.flat(), ([, tokens]) => tokens) };
}

export const madeModel = (making: Making): Promise<LdaModel> => LdaModel.from(madeContent(making));

/** phi in float64, from the numbers a model was made of. */
export function phiByDefinition({ topics, vocabulary, count = someCount }: Making, beta = 0.01): number[][] {
  return Array.from({ length: topics }, (_, topic) => {
    const counts = Array.from({ length: vocabulary }, (_, word) => count(topic, word));
    const total = counts.reduce((sum, tokens) => sum + tokens, 0);
    return counts.map((tokens) => (tokens + beta) / (total + vocabulary * beta));
  });
}

const SUMMARY: Omit<LdaSummary, 'format' | 'formatVersion' | 'topics' | 'vocabulary' | 'tokens'> = {
  stradsVersion: '0.1.0',
  documents: 12,
  sampler: 'exact',
  strategy: 'rotation',
  wordsAre: 'words',
  lag: null,
  seed: 0,
  alpha: null,
  beta: null,
  optimizeHyperparameters: true,
  burnIn: 5,
  seedWords: { w1: 0 },
  sweeps: 20,
  samples: 1,
  bestSweep: 20,
  logLikelihoodPerToken: -7.25,
  validation: null,
  test: { perplexity: null, tokens: 0, unknownTokens: 3 },
  sError: 0.001,
  coherence: 0.25,
  stopped: 'sweeps',
  reproducible: true,
};
