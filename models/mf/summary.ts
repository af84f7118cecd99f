/** What is known of how a factorization came about: everything in model.json. */
import { z } from 'zod';
import { readModelJson } from '../model-file.js';
import { ALGORITHMS, SCHEDULES } from './options.js';

const FORMAT = 'strads-mf';
const FORMAT_VERSION = 1;

/** What JSON has no number for is null: errors where there was nothing to judge, or where feedback is implicit. */
const figure = z.number().nullable();

const errorsSchema = z.object({ rmse: figure, mae: figure, count: z.int().nonnegative(), ndcg: figure.optional(), recall: figure.optional() });

const summarySchema = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.literal(FORMAT_VERSION),
  stradsVersion: z.string(),
  algorithm: z.enum(ALGORITHMS),
  schedule: z.enum(SCHEDULES),
  rank: z.int().positive(),
  lambda: z.number().nonnegative(),
  penaltyPer: z.enum(['ratings', 'rows']),
  biases: z.boolean(),
  nonNegative: z.boolean(),
  implicit: z.boolean(),
  /** Of a rating of 1, beyond that of everything unrated; null where feedback is explicit. */
  confidence: z.number().positive().nullable(),
  seed: z.int(),
  /** A prediction is the mean and the dot of two rows, biases included. */
  mean: z.number(),
  users: z.int().nonnegative(),
  items: z.int().nonnegative(),
  /** Pairs rated in training, those held out for validation among them. */
  ratings: z.int().nonnegative(),
  sweeps: z.int().positive(),
  /** The sweep whose factors these are, and how good they were then. */
  bestSweep: z.int().positive(),
  objective: z.number(),
  train: errorsSchema,
  validation: errorsSchema.nullable(),
  test: errorsSchema.nullable(),
  stopped: z.enum(['sweeps', 'converged', 'validation', 'interrupted']),
  /** The same seed and data give these bits again. */
  reproducible: z.boolean(),
});

export type MfSummary = z.infer<typeof summarySchema>;

/** In the order in which it is written. */
export function summaryOf(fields: Omit<MfSummary, 'format' | 'formatVersion'>): MfSummary {
  return summarySchema.parse({ format: FORMAT, formatVersion: FORMAT_VERSION, ...fields });
}

/** Throws DataError that names the file and what is wrong with it. */
export function readSummary(file: string): Promise<MfSummary> {
  return readModelJson(file, summarySchema, `matrix factorization that this version (format ${FORMAT_VERSION}) reads`);
}
