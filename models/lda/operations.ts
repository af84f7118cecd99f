/** What scheduler and workers of a topic model say to each other. */
import type { Sampler, Strategy } from './options.js';

export const LDA_PROGRAM = 'lda';

export enum Operation {
  /** Sets alpha and beta. values: alpha by topic, beta. */
  SetPriors = 1,
  /** The rows take in the first topics. ids: step. Pushes each shard's topic counts in step 0. */
  Count,
  /** Counts of a topic of an earlier model for the rows at home. ids: topic, words by position; values: tokens. */
  WriteTopic,
  /** What was written becomes the rows at home. */
  SetRows,
  /** First topics drawn from these rows. ids: step. */
  Draw,
  /** Empties the rows of the blocks that are at home. */
  Empty,
  /** data-parallel: every shard gets its copies of the rows. ids: step. */
  Share,
  /** A sub-round. ids: step, sweep; values: beta to sample with. Pushes the changes of each shard's topic counts. */
  Sample,
  /** Terms of the joint likelihood that documents, and rows at home, contribute. */
  Likelihood,
  /** Held-out documents of a batch. ids: step, set, batch. Gathers rows; the last step pushes what they say. */
  Perplexity,
  /** The same under the mean of the samples. ids: step, set, batch; values: samples, and topics' tokens summed over them. */
  ToldPerplexity,
  /** Σ over documents of ψ(D + alpha) - ψ(alpha) by topic, and of ψ(N + Σalpha) - ψ(Σalpha). values: alpha. */
  AlphaTerms,
  /** Σ over rows at home of ψ(B + beta) - ψ(beta). values: beta. */
  BetaTerms,
  /** Adds the rows at home to the sample that is averaged. */
  AddSample,
  /** Keeps the rows at home, and goes back to them. */
  Keep,
  Restore,
  /** Counts of topics by word. ids: first topic, topics. */
  ReadTopics,
  /** Checks that rows at home and documents count every token once. Pushes tokens by documents and by rows. */
  Audit,
  /** Waits until the engine is done. */
  Finish,
  /** Pushes the most bytes that each worker held. */
  Memory,
}

export const HELD_OUT_SETS = ['validation', 'test'] as const;
export type HeldOutName = (typeof HELD_OUT_SETS)[number];

/** Numbers of a part of a shard, by what its first word says it is. */
export enum Part {
  /** Entries of documents, in order: entries of each document, words (by position), counts. */
  Documents,
  /** Tokens of the words of the blocks whose home is here; of all words where rows are copied. */
  WordTokens,
  /** Held-out documents of a set: entries of each, words, folded counts, scored counts. */
  HeldOut,
}

export interface HeldOutDescription {
  /** Documents of this shard. */
  readonly documents: number;
  /** First document of each batch, and the number of documents. */
  readonly batchStarts: readonly number[];
}

export interface LdaShardDescription {
  readonly topics: number;
  readonly sampler: Sampler;
  readonly strategy: Strategy;
  readonly lag: number;
  readonly seed: number;
  /** Words that training has seen. */
  readonly vocabulary: number;
  readonly blocksAShard: number;
  /** First word, by position, of each block, and the number of words. */
  readonly blockStarts: readonly number[];
  /** u32 of the largest block's region. */
  readonly slotLength: number;
  /** Most entries of a word's list. */
  readonly longestRow: number;
  readonly documents: number;
  readonly entries: number;
  readonly tokens: number;
  /** Tokens of the shards before. */
  readonly firstToken: number;
  /** Words, by position, that keep a topic: position, topic, … */
  readonly pinned: readonly number[];
  readonly heldOut: Readonly<Partial<Record<HeldOutName, HeldOutDescription>>>;
}
