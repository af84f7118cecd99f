/** The flags of strads train mf that say what is fitted and how, and the options they ask for. */
import { Option, type Command } from 'commander';
import { parseMfOptions } from '../../models/mf/estimator.js';
import { ALGORITHMS, DEFAULT_CG_STEPS, DEFAULT_CONFIDENCE, DEFAULT_PATIENCE, DEFAULT_RATE, SCHEDULES, type Algorithm, type MfOptions, type ScheduleName } from '../../models/mf/options.js';
import { namingFlags } from './flag-names.js';
import { atLeastZero, atMostOne, belowOne, positive, whole } from './numbers.js';

export interface MfModelFlags {
  readonly rank: number;
  readonly lambda: number;
  readonly plainLambda?: boolean;
  readonly biases?: boolean;
  readonly mean: boolean;
  readonly nonNegative?: boolean;
  readonly implicit?: boolean;
  readonly confidence?: number;
  readonly algorithm: Algorithm;
  readonly schedule?: ScheduleName;
  readonly sweeps: number;
  readonly tol?: number;
  readonly cgSteps?: number;
  readonly rate?: number;
  readonly validationFraction?: number;
  readonly patience?: number;
  readonly evaluateEvery: number;
  readonly blockMib: number;
  readonly seed: number;
}

export function addMfModelOptions(command: Command): Command {
  return command
    .optionsGroup('Model:')
    .option('--rank <n>', 'factors of every user and item', whole(1), 32)
    .option('--lambda <number>', 'weight of the penalty; a row is penalized in proportion to its ratings', atLeastZero, 0.05)
    .option('--plain-lambda', 'the same penalty for every row, however many ratings it has')
    .option('--biases', 'fit a bias for every user and every item')
    .option('--no-mean', 'do not take the mean off the ratings first')
    .option('--non-negative', 'no factor below 0')
    .option('--implicit', 'ratings are counts of what users chose: prefer those items, with more confidence the higher the count')
    .option('--confidence <number>', `of implicit feedback: 1 + this much for every count (default: ${DEFAULT_CONFIDENCE})`, positive)
    .optionsGroup('Training:')
    .addOption(new Option('--algorithm <name>', 'coordinate descent rank by rank, alternating least squares, or stochastic gradient descent').choices(ALGORITHMS).default('ccd'))
    .addOption(new Option('--schedule <name>', 'what is updated next: ccd: cyclic or priority, als: cyclic, sgd: rotation (default: the first of these)').choices(SCHEDULES))
    .option('--sweeps <n>', 'stop after this many passes over the ratings', whole(1, 1_000_000), 15)
    .option('--tol <number>', 'ccd, als: stop when the objective falls by less than this part of it', atLeastZero)
    .option('--cg-steps <n>', `als: conjugate-gradient steps of a solve (default: ${DEFAULT_CG_STEPS})`, whole(1, 1000))
    .option('--rate <number>', `sgd: the first step size, at most 1 (default: ${DEFAULT_RATE})`, atMostOne)
    .option('--validation-fraction <number>', 'keep this part of the training ratings aside, stop when their error no longer falls, and keep the best factors', belowOne)
    .option('--patience <n>', `evaluations without a better validation before training stops (default: ${DEFAULT_PATIENCE})`, whole(1, 1_000_000))
    .option('--evaluate-every <n>', 'report errors after every n-th sweep, and after the last', whole(1, 1_000_000), 1)
    .option('--block-mib <n>', 'most MiB of the model that travel or are streamed at a time, at most 128', positive, 16)
    .option('--seed <n>', 'seed of the first factors, of the splits and of the draws of the schedule priority', whole(0, 2 ** 32 - 1), 0);
}

/** Throws UsageError for flags that do not go together. */
export function mfOptions({ plainLambda, mean, ...flags }: MfModelFlags): MfOptions {
  const { rank, lambda, biases, nonNegative, implicit, confidence, algorithm, schedule, sweeps, tol, cgSteps, rate, validationFraction, patience, evaluateEvery, blockMib, seed } = flags;
  const penaltyPer = plainLambda ? 'rows' : 'ratings';
  const input = { rank, lambda, penaltyPer, biases, mean: mean ? undefined : false, nonNegative, implicit, confidence, algorithm, schedule, sweeps, tol, cgSteps, rate, validationFraction, patience, evaluateEvery, blockMib, seed } as const;
  return namingFlags(() => parseMfOptions(input));
}
