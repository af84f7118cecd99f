/** strads train lasso: files in, a certified model folder out. */
import { Command, Option } from 'commander';
import { isReproducible, modelOf, parseLassoOptions } from '../../models/lasso/estimator.js';
import { DEFAULT_ALPHA, type LassoInput, type LassoOptions } from '../../models/lasso/options.js';
import { fitLasso, type LassoFit } from '../../models/lasso/fit.js';
import { lassoShards } from '../../models/lasso/open.js';
import { assertWritable, writeFolder } from '../data/folder.js';
import { DataError, DuplicateEntryError } from '../data/dataset.js';
import { stampOf } from '../data/digest.js';
import { nameDuplicate } from '../data/locate.js';
import { readDataset } from '../data/read.js';
import { createReporter, type Reporter } from '../report/reporter.js';
import { grouped } from '../report/progress.js';
import type { MemberTally } from '../runtime/cluster.js';
import { offerData } from '../runtime/data-offer.js';
import { addDataOptions, dataRequest, type DataFlags } from './data-options.js';
import { catchInterrupt } from './interrupt.js';
import { positive, whole } from './numbers.js';
import { addWorkersOptions, openSession, sessionRequest, type WorkersFlags } from './workers-options.js';

interface LassoFlags extends DataFlags, WorkersFlags {
  readonly alpha?: number;
  readonly alphaRatio?: number;
  readonly intercept: boolean;
  readonly standardize?: boolean;
  readonly tol: number;
  readonly maxRounds: number;
  readonly schedule: LassoOptions['schedule'];
  readonly block: number;
  readonly coupling: 'exact' | 'independent';
  readonly dependencyThreshold?: number;
  readonly schedulers: number;
  readonly pipeline: number;
  readonly seed: number;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export function trainLassoCommand(): Command {
  const command = new Command('lasso').description('fit min 1/(2n) ||y - Xb||^2 + alpha ||b||_1, to a certified duality gap');
  addDataOptions(command);
  command
    .optionsGroup('Model:')
    .addOption(new Option('--alpha <number>', `weight of the penalty, above 0 (default: ${DEFAULT_ALPHA})`).argParser(positive).conflicts('alphaRatio'))
    .option('--alpha-ratio <number>', 'alpha as a part of alpha_max, the smallest alpha with no feature left', positive)
    .option('--no-intercept', 'fit no intercept (--standardize centres all the same, and then one is saved)')
    .option('--standardize', 'scale columns to standard deviation 1 first; coefficients are saved in original units')
    .optionsGroup('Training:')
    .option('--tol <gap>', 'stop at this relative duality gap', positive, 1e-6)
    .option('--max-rounds <n>', 'stop after this many rounds', whole(1, 1e9), 100_000)
    .addOption(new Option('--schedule <name>', 'which variables are updated next').choices(['working-set', 'round-robin', 'random', 'priority']).default('working-set'))
    .option('--block <n>', 'variables a round (not for the working set)', whole(1, 4096), 64)
    .addOption(new Option('--coupling <how>', 'solve a block jointly, or each variable as if the others stood still (not for the working set)').choices(['exact', 'independent']).default('exact'))
    .option('--dependency-threshold <rho>', 'update only variables together that are less correlated than this (not for the working set)', positive)
    .option('--schedulers <n>', 'scheduler shards, each drawing from a range of the variables of its own (not for the working set)', whole(1, 4096), 1)
    .option('--pipeline <depth>', 'rounds in flight: round t reads the commits up to t - 1 - depth', whole(0, 64), 0)
    .option('--seed <n>', 'seed of the schedules random and priority', whole(0, 2 ** 32 - 1), 0);
  addWorkersOptions(command);
  return command
    .optionsGroup('Output:')
    .option('--out <folder>', 'where to save the model')
    .option('--overwrite', 'replace the model that is in --out')
    .option('--json', 'one JSON object a line on stdout instead of text')
    .addHelpText(
      'after',
      `
Examples:
  $ strads train lasso --data genes.csv.gz --target-column y --standardize --alpha-ratio 0.1 --out model/
  $ strads train lasso --data X.mtx.gz --target y.mtx.gz --alpha 1e-6 --no-intercept --workers 2 --out model/
  $ strads train lasso --data train.svm.gz --alpha-ratio 0.1 --workers webgpu:1,wasm:2 --json`,
    )
    .action(trainLasso);
}

async function trainLasso(flags: LassoFlags): Promise<void> {
  const wallStart = performance.now();
  const options = parseLassoOptions(lassoInput(flags));
  const overwrite = flags.overwrite ?? false;
  if (flags.out !== undefined) await assertWritable(flags.out, { overwrite });
  const reporter = createReporter({ json: flags.json ?? false, goal: options.tol });
  const request = dataRequest(flags);
  const asked = await sessionRequest(flags);
  const stamp = await stampOf(request.data);
  const dataset = await readDataset(request);
  const { matrix } = dataset;
  const target = dataset.target ?? missingTarget(flags.data);
  reporter.notice(`${flags.data}: ${dataset.format}, ${grouped(matrix.rows)} × ${grouped(matrix.columns)}, ${matrix.kind === 'dense' ? 'dense' : `${grouped(matrix.entries)} entries`}`);
  try {
    const session = await openSession(asked, reporter.notice);
    // Until here Ctrl-C ends the command at once: there is nothing to save.
    const interrupt = catchInterrupt(() => reporter.notice('stopping at the end of this round; Ctrl-C again quits without saving'));
    try {
      const cluster = session.cluster(lassoShards(matrix, options, 0));
      if (session.members.length > cluster.shards) reporter.notice(`${cluster.shards} logical shards: only ${cluster.shards} of ${session.members.length} workers have work`);
      await offerData(cluster, { request, stamp }, reporter.notice);
      const observer = { progress: reporter.progress, notice: reporter.notice, shouldStop: () => interrupt.requested };
      const fit = await fitLasso(cluster, { matrix, target }, options, observer);
      const model = modelOf(fit, options, matrix.columnNames);
      if (flags.out !== undefined) await writeFolder(flags.out, { overwrite }, (temporary) => model.writeTo(temporary));
      const wallSeconds = (performance.now() - wallStart) / 1000;
      report(reporter, { fit, tally: cluster.tally(), shards: cluster.shards, columns: matrix.columns, wallSeconds, out: flags.out });
    } finally {
      interrupt.release();
      await session.close();
    }
  } catch (error) {
    throw error instanceof DuplicateEntryError ? await nameDuplicate(error, request) : error;
  } finally {
    await matrix.close();
  }
}

function missingTarget(data: string): never {
  throw new DataError(`${data}: no target to fit: name its file with --target, or its column with --target-column (a name, an index from 0, or last)`);
}

function lassoInput({ alpha, alphaRatio, intercept, standardize, tol, maxRounds, schedule, block, coupling, dependencyThreshold, schedulers, pipeline, seed }: LassoFlags): LassoInput {
  return { alpha, alphaRatio, intercept, standardize, tol, maxRounds, schedule, block, coupling, dependencyThreshold, schedulers, pipeline, seed };
}

interface Outcome {
  readonly fit: LassoFit;
  readonly tally: readonly MemberTally[];
  readonly shards: number;
  readonly columns: number;
  readonly wallSeconds: number;
  readonly out: string | undefined;
}

function report(reporter: Reporter, outcome: Outcome): void {
  const { fit, tally, shards, wallSeconds, out } = outcome;
  const { rounds, seconds, objective, relativeGap, nonzeros, alpha, alphaMax, intercept, dual, bytesPerRound, bytesPerCertificate, bytesOutsideRounds, certificates, bytesPerScheduler, stopped } = fit;
  const fields = {
    model: 'lasso',
    engine: distinct(tally.map(({ engine }) => engine)),
    adapter: distinct(tally.map(({ adapter }) => adapter)),
    workers: tally.length,
    shards,
    rounds,
    seconds,
    wallSeconds,
    objective,
    dual,
    relativeGap,
    nonzeros,
    alpha,
    alphaMax,
    intercept,
    stopped,
    bytesPerRound,
    bytesPerCertificate,
    bytesOutsideRounds,
    certificates,
    bytesPerScheduler,
    reproducible: isReproducible(fit),
    byWorker: tally,
    out: out ?? null,
  };
  reporter.result('done', fields, summary(outcome));
}

/** One name, or all of them joined by "+". */
function distinct(names: readonly string[]): string {
  return [...new Set(names)].join('+');
}

const ENDINGS: Readonly<Record<LassoFit['stopped'], string>> = {
  converged: 'done',
  'zero-model': 'done',
  'round-limit': 'stopped at the round limit',
  stalled: 'stopped without further progress',
  interrupted: 'interrupted',
};

function summary({ fit, tally, shards, columns, wallSeconds, out }: Outcome): string {
  const saved = out === undefined ? 'not saved: give --out <folder> to keep the model' : `saved in ${out}`;
  const workers = tally.map(({ name, shards: hosted, data, pushes }) => `${name} ${hosted} shards${data === 'local' ? ' read there' : ''}, ${grouped(pushes)} pushes`).join('; ');
  return [
    `${ENDINGS[fit.stopped]}: objective ${fit.objective.toPrecision(9)}, relative gap ${fit.relativeGap.toExponential(2)}, alpha ${fit.alpha.toPrecision(6)}`,
    `  ${grouped(fit.nonzeros)} of ${grouped(columns)} coefficients are not 0`,
    `  ${grouped(fit.rounds)} rounds in ${fit.seconds.toFixed(2)} s (${wallSeconds.toFixed(2)} s with reading and starting), ${grouped(Math.round(fit.bytesPerRound))} bus bytes a round, ${grouped(Math.round(fit.bytesPerCertificate))} a certificate`,
    `  ${shards} logical shards: ${workers}`,
    `  ${saved}`,
  ].join('\n');
}
