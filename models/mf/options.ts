/** What a matrix factorization is asked to do: one schema for the library and the command line. */
import { z } from 'zod';

export const ALGORITHMS = ['ccd', 'als', 'sgd'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const SCHEDULES = ['cyclic', 'priority', 'rotation'] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

/** Which schedules an algorithm can run under; the first is its default. */
const SCHEDULES_OF: Readonly<Record<Algorithm, readonly ScheduleName[]>> = {
  ccd: ['cyclic', 'priority'],
  als: ['cyclic'],
  sgd: ['rotation'],
};

/** The largest rank that there is. */
export const MOST_RANK = 65_536;

/** Bytes of a MiB, in which `blockMib` is given. */
export const MIB = 2 ** 20;

interface Issues {
  addIssue(issue: { code: 'custom'; message: string; path: string[] }): void;
}

export const mfOptionsSchema = z
  .strictObject({
    /** Factors of a user and of an item; MOST_RANK and memory are limits that the data are needed to tell (capacity.ts). */
    rank: z.int().positive().default(32),
    lambda: z.number().nonnegative().default(0.05),
    /** `ratings`: λ n_i and λ m_j, a row's penalty grows with its ratings (ALS-WR); `rows`: λ alone. */
    penaltyPer: z.enum(['ratings', 'rows']).default('ratings'),
    algorithm: z.enum(ALGORITHMS).default('ccd'),
    schedule: z.enum(SCHEDULES).optional(),
    /** A bias for every user and every item. */
    biases: z.boolean().default(false),
    /** Factor the ratings less their mean; by default where negative predictions make sense. */
    mean: z.boolean().optional(),
    nonNegative: z.boolean().default(false),
    /** Ratings are counts of what users chose: confidence 1 + `confidence` · rating in a preference of 1, all else has preference 0. */
    implicit: z.boolean().default(false),
    confidence: z.number().positive().optional(),
    sweeps: z.int().positive().max(1_000_000).default(15),
    /** ccd and als: stop when a sweep lowers the objective by less than this part of it. */
    tol: z.number().nonnegative().optional(),
    /** als: conjugate-gradient steps of each solve. */
    cgSteps: z.int().positive().max(1000).optional(),
    /** sgd: the first step size. */
    rate: z.number().positive().max(1).optional(),
    /** Part of the training ratings kept aside to stop early and keep the best factors. */
    validationFraction: z.number().positive().lt(1).optional(),
    /** Evaluations without a better validation before training stops. */
    patience: z.int().positive().optional(),
    /** Report errors after every n-th sweep, and after the last. */
    evaluateEvery: z.int().positive().default(1),
    /** Most MiB of the model that travel or are streamed at a time. */
    blockMib: z.number().positive().max(128).default(16),
    seed: z.int().nonnegative().max(0xffff_ffff).default(0),
  })
  .superRefine((options, issues) => {
    checkSchedule(options, issues);
    checkModel(options, issues);
    checkStopping(options, issues);
  });

export type MfOptions = z.infer<typeof mfOptionsSchema>;
/** What a caller passes; everything has a default. */
export type MfInput = z.input<typeof mfOptionsSchema>;

export const DEFAULT_CG_STEPS = 3;
export const DEFAULT_RATE = 0.05;
export const DEFAULT_CONFIDENCE = 1;
export const DEFAULT_PATIENCE = 2;

export function scheduleOf({ algorithm, schedule }: Pick<MfOptions, 'algorithm' | 'schedule'>): ScheduleName {
  return schedule ?? SCHEDULES_OF[algorithm][0];
}

/** Whether the mean is taken off the ratings first. */
export function usesMean({ mean, implicit, nonNegative, biases }: Pick<MfOptions, 'mean' | 'implicit' | 'nonNegative' | 'biases'>): boolean {
  return mean ?? (!implicit && (!nonNegative || biases));
}

function refuse(issues: Issues, path: string, message: string): void {
  issues.addIssue({ code: 'custom', message, path: [path] });
}

function checkSchedule({ algorithm, schedule }: MfOptions, issues: Issues): void {
  if (schedule === undefined || SCHEDULES_OF[algorithm].includes(schedule)) return;
  refuse(issues, 'schedule', `${algorithm} runs under the schedule ${SCHEDULES_OF[algorithm].join(' or ')}, not ${schedule}: change one of the two`);
}

function checkModel({ algorithm, implicit, biases, mean, confidence, nonNegative, cgSteps, rate }: MfOptions, issues: Issues): void {
  if (implicit && algorithm === 'sgd') refuse(issues, 'implicit', 'gradient descent visits observed entries only: choose the algorithm als or ccd, which see the others through a Gram matrix');
  if (implicit && biases) refuse(issues, 'biases', 'preferences are 0 or 1 and all entries count: leave the biases out');
  if (implicit && mean === true) refuse(issues, 'mean', 'preferences are 0 or 1 and have no mean to take off: leave it out');
  if (confidence !== undefined && !implicit) refuse(issues, 'confidence', 'is for implicit feedback: add implicit, or leave it out');
  if (nonNegative && algorithm === 'als') refuse(issues, 'nonNegative', 'conjugate gradients know no bounds: choose the algorithm ccd, whose every step is the exact bounded minimum, or sgd');
  if (cgSteps !== undefined && algorithm !== 'als') refuse(issues, 'cgSteps', 'is for the algorithm als: leave it out');
  if (rate !== undefined && algorithm !== 'sgd') refuse(issues, 'rate', 'is for the algorithm sgd: leave it out');
}

function checkStopping({ algorithm, tol, patience, validationFraction }: MfOptions, issues: Issues): void {
  if (tol !== undefined && algorithm === 'sgd') refuse(issues, 'tol', 'gradient descent is stopped by its validation or its sweeps: leave it out, or choose ccd or als');
  if (patience !== undefined && validationFraction === undefined) refuse(issues, 'patience', 'waits for a better validation: give a validation fraction, or leave it out');
}
