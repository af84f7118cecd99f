/** What latent Dirichlet allocation is trained with. In: what a caller passes. Out: options with their defaults, checked together. */
import { z } from 'zod';

export const SAMPLERS = ['auto', 'exact', 'mh'] as const;
/** What is meant by auto is settled before training. */
export type Sampler = Exclude<(typeof SAMPLERS)[number], 'auto'>;

export const STRATEGIES = ['rotation', 'data-parallel'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** A topic has to fit 16 bits, and one number means that a token has none yet. */
export const MOST_TOPICS = 65_535;
/** The exact sampler keeps a number for every topic where all threads of a work-group reach it. */
export const MOST_EXACT_TOPICS = 2048;

/** Bytes of a MiB, in which `blockMib` is given. */
export const MIB = 2 ** 20;

export const DEFAULT_PATIENCE = 3;
export const DEFAULT_ALPHA = 0.1;
export const DEFAULT_BETA = 0.01;

export const ldaOptionsSchema = z
  .strictObject({
    topics: z.int().positive().max(MOST_TOPICS).default(100),
    /** Prior of a topic in a document, the same for every topic until it is learned; by default that of a warm start, else DEFAULT_ALPHA. */
    alpha: z.number().positive().optional(),
    /** Prior of a word in a topic; by default that of a warm start, else DEFAULT_BETA. */
    beta: z.number().positive().optional(),
    sampler: z.enum(SAMPLERS).default('auto'),
    strategy: z.enum(STRATEGIES).default('rotation'),
    /** data-parallel: sub-rounds between the reading of the shared rows and their use. */
    lag: z.int().positive().optional(),
    sweeps: z.int().positive().max(1_000_000).default(200),
    /** Learn an alpha for every topic, and beta, from the data. */
    optimizeHyperparameters: z.boolean().default(false),
    /** Sweeps before hyper-parameters are learned and samples averaged; a quarter of the sweeps by default. */
    burnIn: z.int().nonnegative().optional(),
    /** Samples that the final estimate is the average of, evenly spaced after the burn-in; the last sweep is one. */
    samples: z.int().positive().default(1),
    /** Part of the documents kept aside to stop early and keep the best topics. */
    validationFraction: z.number().positive().lt(1).optional(),
    /** Evaluations without a better validation before training stops. */
    patience: z.int().positive().optional(),
    /** Report likelihood and perplexity after every n-th sweep, and after the last. */
    evaluateEvery: z.int().positive().default(10),
    /** Words that always have a topic: topic by word. */
    seedWords: z.record(z.string(), z.int().nonnegative()).default({}),
    /** Most MiB of the word-topic table that travel at a time. */
    blockMib: z.number().positive().max(128).default(16),
    seed: z.int().nonnegative().max(0xffff_ffff).default(0),
  })
  .superRefine((options, issues) => {
    const refuse = (path: string, message: string) => issues.addIssue({ code: 'custom', message, path: [path] });
    const { topics, sampler, strategy, lag, sweeps, burnIn, samples, patience, validationFraction, evaluateEvery, optimizeHyperparameters, seedWords } = options;
    if (sampler === 'exact' && topics > MOST_EXACT_TOPICS) refuse('sampler', `exact is for up to ${MOST_EXACT_TOPICS} topics, not ${topics}: choose mh, whose cost does not grow with them, or auto`);
    if (lag !== undefined && strategy !== 'data-parallel') refuse('lag', 'is for the strategy data-parallel: leave it out');
    if (burnIn !== undefined && burnIn >= sweeps) refuse('burnIn', `${burnIn} sweeps leave none of ${sweeps} after them: give more sweeps, or fewer of these`);
    if (burnIn !== undefined && samples === 1 && !optimizeHyperparameters) refuse('burnIn', 'comes before hyper-parameters are learned or samples averaged: ask for one of these, or leave it out');
    if (optimizeHyperparameters && sweeps === 1) refuse('optimizeHyperparameters', 'learns between sweeps: ask for more than one');
    if (validationFraction !== undefined && evaluateEvery >= sweeps) refuse('validationFraction', `is looked at after every ${evaluateEvery} sweeps, and there are ${sweeps}: evaluate more often, or leave it out`);
    if (samples > 1 && samples > sweeps - burnInOf(options)) refuse('samples', `${samples} samples need as many sweeps after the burn-in of ${burnInOf(options)}, and there are ${sweeps} in all: give more sweeps, or fewer samples`);
    if (samples > 1 && validationFraction !== undefined) refuse('samples', 'an average of samples and the best sweep by validation are two answers: choose one');
    if (patience !== undefined && validationFraction === undefined) refuse('patience', 'waits for a better validation: give a validation fraction, or leave it out');
    for (const [word, topic] of Object.entries(seedWords)) if (topic >= topics) refuse('seedWords', `"${word}" is for topic ${topic}, and there are topics 0 to ${topics - 1}`);
  });

export type LdaOptions = z.infer<typeof ldaOptionsSchema>;
/** What a caller passes; everything has a default. */
export type LdaInput = z.input<typeof ldaOptionsSchema>;

export function samplerOf({ sampler, topics }: Pick<LdaOptions, 'sampler' | 'topics'>): Sampler {
  if (sampler !== 'auto') return sampler;
  return topics <= MOST_EXACT_TOPICS ? 'exact' : 'mh';
}

export function burnInOf({ burnIn, sweeps }: Pick<LdaOptions, 'burnIn' | 'sweeps'>): number {
  return burnIn ?? Math.floor(sweeps / 4);
}
