/** What is known of how a topic model came about: everything in model.json. */
import { WORD_NATURES } from '../../src/data/corpus.js';
import { z } from 'zod';
import { readModelJson } from '../model-file.js';
import { MOST_TOPICS, SAMPLERS, STRATEGIES } from './options.js';

const FORMAT = 'strads-lda';
const FORMAT_VERSION = 1;

/** Held-out documents; JSON has no number for a perplexity of none, which is null. */
const completionSchema = z.object({ perplexity: z.number().nullable(), tokens: z.int().nonnegative(), unknownTokens: z.int().nonnegative() });

const summarySchema = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.literal(FORMAT_VERSION),
  stradsVersion: z.string(),
  topics: z.int().positive().max(MOST_TOPICS),
  /** Words that training has seen. */
  vocabulary: z.int().positive(),
  /** Training documents, empty ones included, and their tokens. */
  /** What the words were in the training documents: documents whose words are something else can't be compared with them. */
  wordsAre: z.enum(WORD_NATURES),
  documents: z.int().positive(),
  tokens: z.int().positive(),
  sampler: z.enum(SAMPLERS).exclude(['auto']),
  strategy: z.enum(STRATEGIES),
  /** Asked for; null where the strategy decides. */
  lag: z.int().positive().nullable(),
  seed: z.int().nonnegative(),
  /** As they were asked for; null where they came from a warm start or by default. What they became is with the topics. */
  alpha: z.number().positive().nullable(),
  beta: z.number().positive().nullable(),
  optimizeHyperparameters: z.boolean(),
  burnIn: z.int().nonnegative(),
  /** Topic by word. */
  seedWords: z.record(z.string(), z.int().nonnegative()),
  sweeps: z.int().positive(),
  /** Sweeps that the topics are the mean of. */
  samples: z.int().positive(),
  /** The sweep whose topics these are, or the last one in the mean, and how good they were then. */
  bestSweep: z.int().positive(),
  /** ln p(words, topics) by token: joint, not held out. */
  logLikelihoodPerToken: z.number(),
  validation: completionSchema.nullable(),
  test: completionSchema.nullable(),
  sError: z.number().nonnegative(),
  /** NPMI, mean over the topics; null where no topic has two words. */
  coherence: z.number().min(-1).max(1).nullable(),
  stopped: z.enum(['sweeps', 'validation', 'interrupted']),
  /** The same seed and data give these bits again. */
  reproducible: z.boolean(),
});

export type LdaSummary = z.infer<typeof summarySchema>;

/** In the order in which it is written. */
export function summaryOf(fields: Omit<LdaSummary, 'format' | 'formatVersion'>): LdaSummary {
  return summarySchema.parse({ format: FORMAT, formatVersion: FORMAT_VERSION, ...fields });
}

/** Throws DataError that names the file and what is wrong with it. */
export function readSummary(file: string): Promise<LdaSummary> {
  return readModelJson(file, summarySchema, `topic model that this version (format ${FORMAT_VERSION}) reads`);
}
