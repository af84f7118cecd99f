/** The flags of strads train lda that say what is fitted and how, and the options they ask for. */
import { Option, type Command } from 'commander';
import { parseLdaOptions } from '../../models/lda/estimator.js';
import { DEFAULT_ALPHA, DEFAULT_BETA, DEFAULT_PATIENCE, MOST_EXACT_TOPICS, MOST_TOPICS, SAMPLERS, samplerOf, STRATEGIES, type LdaOptions, type Strategy } from '../../models/lda/options.js';
import { grouped } from '../report/numbers.js';
import { namingFlags } from './flag-names.js';
import { belowOne, positive, whole } from './numbers.js';

export interface LdaModelFlags {
  readonly topics: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly optimizeHyperparameters?: boolean;
  readonly sampler: (typeof SAMPLERS)[number];
  readonly strategy: Strategy;
  readonly lag?: number;
  readonly sweeps: number;
  readonly burnIn?: number;
  readonly samples: number;
  readonly validationFraction?: number;
  readonly patience?: number;
  readonly evaluateEvery: number;
  readonly blockMib: number;
  readonly seed: number;
}

const MOST_SWEEPS = 1_000_000;

export function addLdaModelOptions(command: Command): Command {
  return command
    .optionsGroup('Model:')
    .option('--topics <n>', 'how many topics', whole(1, MOST_TOPICS), 100)
    .option('--alpha <number>', `prior of a topic in a document, the same for every topic (default: that of --warm-start, else ${DEFAULT_ALPHA})`, positive)
    .option('--beta <number>', `prior of a word in a topic (default: that of --warm-start, else ${DEFAULT_BETA})`, positive)
    .option('--optimize-hyperparameters', 'learn an alpha for every topic, and beta, from the data')
    .option('--seed-words <file>', 'words that keep a topic: a word and a topic (from 0) a line, separated by blanks or a comma')
    .option('--warm-start <folder>', 'go on from the topics of this model, with the same or other documents')
    .optionsGroup('Training:')
    .addOption(new Option('--sampler <name>', `exact conditionals, for up to ${grouped(MOST_EXACT_TOPICS)} topics, or Metropolis–Hastings, whose cost does not grow with them`).choices(SAMPLERS).default('auto'))
    .addOption(new Option('--strategy <name>', 'words go round the shards in blocks, or every shard keeps a copy of the words it has and reconciles it').choices(STRATEGIES).default('rotation'))
    .option('--lag <n>', 'data-parallel: sub-rounds between the reading of shared counts and their use (default: as many as there may be)', whole(1, MOST_SWEEPS))
    .option('--sweeps <n>', 'stop after this many passes over the tokens', whole(1, MOST_SWEEPS), 200)
    .option('--burn-in <n>', 'sweeps before hyper-parameters are learned and samples taken (default: a quarter of the sweeps)', whole(0, MOST_SWEEPS))
    .option('--samples <n>', 'average this many samples after the burn-in; 1 is the last sweep', whole(1, MOST_SWEEPS), 1)
    .option('--validation-fraction <number>', 'keep this part of the documents aside, stop when their perplexity no longer falls, and keep the best topics', belowOne)
    .option('--patience <n>', `evaluations without a better validation before training stops (default: ${DEFAULT_PATIENCE})`, whole(1, MOST_SWEEPS))
    .option('--evaluate-every <n>', 'report likelihood and perplexity after every n-th sweep, and after the last', whole(1, MOST_SWEEPS), 10)
    .option('--block-mib <n>', 'most MiB of the word-topic table that travel at a time, at most 128', positive, 16)
    .option('--seed <n>', 'seed of the sampling and of what is held out', whole(0, 2 ** 32 - 1), 0);
}

/** Throws UsageError for flags that do not go together. */
export function ldaOptions(flags: LdaModelFlags, seedWords: Readonly<Record<string, number>>): LdaOptions {
  const { topics, alpha, beta, optimizeHyperparameters, sampler, strategy, lag, sweeps, burnIn, samples, validationFraction, patience, evaluateEvery, blockMib, seed } = flags;
  const input = { topics, alpha, beta, optimizeHyperparameters, sampler, strategy, lag, sweeps, burnIn, samples, validationFraction, patience, evaluateEvery, blockMib, seedWords, seed };
  return namingFlags(() => parseLdaOptions(input));
}

/** What auto came to, and why; null where a sampler was named. */
export function samplerChoice({ sampler, topics }: LdaOptions): string | null {
  if (sampler !== 'auto') return null;
  const bound = grouped(MOST_EXACT_TOPICS);
  if (samplerOf({ sampler, topics }) === 'exact') return `--sampler auto: exact, which gets further with every sweep, as there are no more than ${bound} topics`;
  return `--sampler auto: mh, whose cost does not grow with the topics, as there are more than ${bound}`;
}
