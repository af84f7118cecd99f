/** The flags of strads train lasso that say what is fitted and how, and the options they ask for. */
import { Option, type Command } from 'commander';
import { parseLassoOptions, parseLassoPathOptions } from '../../models/lasso/estimator.js';
import { DEFAULT_ALPHA, type LassoOptions, type LassoPathOptions, type TrainingOptions } from '../../models/lasso/options.js';
import { UsageError } from '../runtime/worker-request.js';
import { namingFlags } from './flag-names.js';
import { atMostOne, belowOne, positive, whole } from './numbers.js';

export interface ModelFlags {
  readonly alpha?: number;
  readonly alphaRatio?: number;
  readonly path?: number;
  readonly pathRatio?: number;
  readonly alphas?: readonly number[];
  readonly cv?: number;
  readonly l1Ratio: number;
  readonly nonNegative?: boolean;
  readonly intercept: boolean;
  readonly standardize?: boolean;
  readonly featureWeights?: string;
  readonly sampleWeights?: string;
  readonly tol: number;
  readonly maxRounds: number;
  readonly schedule: TrainingOptions['schedule'];
  readonly cut: TrainingOptions['cut'];
  readonly block: number;
  readonly coupling: TrainingOptions['coupling'];
  readonly dependencyThreshold?: number;
  readonly schedulers: number;
  readonly pipeline: number;
  readonly seed: number;
}

export function addModelOptions(command: Command): Command {
  return command
    .optionsGroup('Model:')
    .addOption(new Option('--alpha <number>', `weight of the penalty, above 0 (default: ${DEFAULT_ALPHA})`).argParser(positive).conflicts('alphaRatio'))
    .option('--alpha-ratio <number>', 'alpha as a part of alpha_max, the smallest alpha with no feature left', positive)
    .option('--l1-ratio <number>', 'part of the penalty that is |b|, above 0; the rest is b^2/2 (elastic net)', atMostOne, 1)
    .option('--non-negative', 'no coefficient below 0')
    .option('--no-intercept', 'fit no intercept (--standardize centres all the same, and then one is saved)')
    .option('--standardize', 'scale columns to standard deviation 1 first; coefficients are saved in original units')
    .option('--sample-weights <file>', 'one weight a row, 0 or more')
    .option('--feature-weights <file>', 'how strongly each column is penalized, 0 or more: one a column, or a CSV with the header feature,weight')
    .optionsGroup('Path and cross-validation:')
    .option('--path <n>', 'fit n alphas from alpha_max down, each from the solution before', whole(2, 10_000))
    .option('--path-ratio <number>', 'last alpha of the path as a part of alpha_max (default: 0.01)', belowOne)
    .option('--alphas <list>', 'the alphas of the path themselves, from the largest to the smallest, separated by commas', numbers)
    .option('--cv <folds>', 'cross-validate along the path (of 100 alphas, if not told) and keep the alpha that predicts best', whole(2, 1000))
    .optionsGroup('Training:')
    .option('--tol <gap>', 'stop at this relative duality gap', positive, 1e-6)
    .option('--max-rounds <n>', 'stop after this many rounds, at every alpha', whole(1, 1e9), 100_000)
    .addOption(new Option('--schedule <name>', 'which variables are updated next').choices(['working-set', 'round-robin', 'random', 'priority']).default('working-set'))
    .addOption(new Option('--cut <way>', 'cut X into shards of rows or of columns; auto: columns where there are more of them than rows').choices(['auto', 'rows', 'columns']).default('auto'))
    .option('--block <n>', 'variables a round (not for the working set)', whole(1, 4096), 64)
    .addOption(new Option('--coupling <how>', 'solve a block jointly, or each variable as if the others stood still (not for the working set)').choices(['exact', 'independent']).default('exact'))
    .option('--dependency-threshold <rho>', 'update only variables together that are less correlated than this (not for the working set)', positive)
    .option('--schedulers <n>', 'scheduler shards, each drawing from a range of the variables of its own (not for the working set)', whole(1, 4096), 1)
    .option('--pipeline <depth>', 'rounds in flight: round t reads the commits up to t - 1 - depth', whole(0, 64), 0)
    .option('--seed <n>', 'seed of the schedules random and priority, and of the folds', whole(0, 2 ** 32 - 1), 0);
}

function numbers(text: string): number[] {
  return text.split(',').map((part) => positive(part.trim()));
}

/** What the flags ask for: one α, or a path of them. Throws UsageError for flags that do not go together. */
export type LassoRequest = { readonly kind: 'single'; readonly options: LassoOptions } | { readonly kind: 'path'; readonly options: LassoPathOptions };

export function lassoRequest(flags: ModelFlags): LassoRequest {
  return namingFlags(() => checkedRequest(flags));
}

function checkedRequest(flags: ModelFlags): LassoRequest {
  const { alpha, alphaRatio, path, pathRatio, alphas, cv } = flags;
  const isPath = path !== undefined || alphas !== undefined || cv !== undefined;
  if (!isPath) {
    if (pathRatio !== undefined) throw new UsageError('--path-ratio is about a path of alphas: give --path N or --cv FOLDS too');
    return { kind: 'single', options: parseLassoOptions({ ...trainingInput(flags), alpha, alphaRatio }) };
  }
  if (alpha !== undefined || alphaRatio !== undefined) throw new UsageError(`--alpha${alpha === undefined ? '-ratio' : ''} asks for one alpha, --path, --alphas and --cv for many: leave one of them out`);
  if (alphas !== undefined && (path !== undefined || pathRatio !== undefined)) throw new UsageError('--alphas names the alphas of the path itself: leave --path and --path-ratio out');
  return { kind: 'path', options: parseLassoPathOptions({ ...trainingInput(flags), path, pathRatio, alphas: alphas && [...alphas], cv }) };
}

function trainingInput({ l1Ratio, nonNegative, intercept, standardize, tol, maxRounds, schedule, cut, block, coupling, dependencyThreshold, schedulers, pipeline, seed }: ModelFlags) {
  return { l1Ratio, nonNegative, intercept, standardize, tol, maxRounds, schedule, cut, block, coupling, dependencyThreshold, schedulers, pipeline, seed };
}
