/** strads train lasso: files in, a certified model folder out. */
import { Command } from 'commander';
import { modelOf, pathModelOf } from '../../models/lasso/estimator.js';
import { fitLasso } from '../../models/lasso/fit.js';
import type { LassoModel } from '../../models/lasso/model.js';
import { dataBytes, lassoShards, type TrainingData } from '../../models/lasso/open.js';
import { describePlace, fitLassoPath, type PathObserver } from '../../models/lasso/path.js';
import { DataError, DuplicateEntryError, type Dataset } from '../data/dataset.js';
import { stampOf } from '../data/digest.js';
import { assertWritable, writeFolder } from '../data/folder.js';
import { nameDuplicate } from '../data/locate.js';
import { readDataset } from '../data/read.js';
import { readFeatureWeights, readSampleWeights } from '../data/weights.js';
import { grouped } from '../report/numbers.js';
import { TowardsGap } from '../report/progress.js';
import { createReporter, type Reporter } from '../report/reporter.js';
import type { Cluster } from '../runtime/cluster.js';
import { offerData } from '../runtime/data-offer.js';
import type { RunProfile } from '../runtime/run-profile.js';
import { addCheckpointOptions, checkpointRequest, type CheckpointFlags } from './checkpoint-option.js';
import { addDataOptions, dataRequest, type DataFlags } from './data-options.js';
import { givenFlags, type GivenFlag } from './given-flags.js';
import { catchInterrupt, onceLive, type Interrupt } from './interrupt.js';
import { addModelOptions, lassoRequest, type LassoRequest, type ModelFlags } from './lasso-flags.js';
import { reportFit, reportPath, type RunFacts } from './lasso-report.js';
import { profiled, profileOption, reportProfile, type ProfileFlags } from './profile-option.js';
import { addWorkersOptions, openSession, sessionRequest, type WorkersFlags } from './workers-options.js';

interface LassoFlags extends DataFlags, ModelFlags, WorkersFlags, ProfileFlags, CheckpointFlags {
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export function trainLassoCommand(): Command {
  const command = new Command('lasso').description('fit min 1/(2n) ||y - Xb||^2 + alpha ||b||_1, to a certified duality gap');
  addDataOptions(command);
  addModelOptions(command);
  addWorkersOptions(command);
  addCheckpointOptions(command);
  command
    .optionsGroup('Output:')
    .option('--out <folder>', 'where to save the model')
    .option('--overwrite', 'replace the model that is in --out, and other checkpoints in --checkpoint')
    .option('--json', 'one JSON object a line on stdout instead of text')
    .addOption(profileOption());
  const given = givenFlags(command);
  return command
    .addHelpText(
      'after',
      `
Examples:
  $ strads train lasso --data genes.csv.gz --target-column y --standardize --alpha-ratio 0.1 --out model/
  $ strads train lasso --data genes.csv.gz --target-column y --standardize --path 100 --cv 5 --out path/
  $ strads train lasso --data X.npy --target y.npy --alpha 0.1 --l1-ratio 0.5
  $ strads train lasso --data train.svm.gz --alpha-ratio 0.01 --schedule priority --dependency-threshold 0.1 --workers 2 --json`,
    )
    .action((flags: LassoFlags) => profiled(flags, 'train lasso', (_, profile) => trainLasso(flags, profile, given)));
}

/** Data below this many bytes are trained on sooner in this process than worker processes could be started and loaded. */
const SMALL_DATA = 2 ** 25;

async function trainLasso(flags: LassoFlags, profile: RunProfile | null, given: readonly GivenFlag[]): Promise<void> {
  const wallStart = performance.now();
  const asked = lassoRequest(flags);
  const overwrite = flags.overwrite ?? false;
  if (flags.out !== undefined) await assertWritable(flags.out, { overwrite });
  const reporter = createReporter({ json: flags.json ?? false });
  const request = dataRequest(flags);
  const seats = await sessionRequest(flags);
  const checkpoints = await checkpointRequest(flags, 'train lasso', given, reporter);
  const stamp = await stampOf(request.data);
  const dataset = await readDataset(request);
  const { matrix } = dataset;
  reporter.notice(`${flags.data}: ${dataset.format}, ${grouped(matrix.rows)} × ${grouped(matrix.columns)}, ${matrix.kind === 'dense' ? 'dense' : `${grouped(matrix.entries)} entries`}`);
  try {
    const data = await trainingData(flags, dataset);
    const session = await openSession(seats, dataBytes(matrix) < SMALL_DATA, { notice: reporter.notice, profile, checkpoint: checkpoints?.plan });
    // Until here Ctrl-C ends the command at once: there is nothing to save.
    const interrupt = catchInterrupt(() => reporter.notice('stopping at the end of this round; Ctrl-C again quits without saving'));
    try {
      checkpoints?.begin(session.members, interrupt);
      const cluster = session.cluster(lassoShards(matrix, asked.options, asked.kind === 'path' ? (asked.options.cv ?? 0) : 0));
      if (session.members.length > cluster.shards) reporter.notice(`${cluster.shards} logical shards: only ${cluster.shards} of ${session.members.length} workers have work`);
      await offerData(cluster, { request, stamp }, reporter.notice);
      const observer = observerOf(reporter, new TowardsGap(asked.options.tol), onceLive(interrupt, cluster));
      const { model, report } = await train(asked, cluster, data, observer);
      await cluster.conclude();
      if (flags.out !== undefined) await writeFolder(flags.out, { overwrite }, (temporary) => model.writeTo(temporary));
      const trace = await profile?.finish();
      const wallSeconds = (performance.now() - wallStart) / 1000;
      report(reporter, { tally: cluster.tally(), shards: cluster.shards, columns: matrix.columns, wallSeconds, out: flags.out });
      if (trace) reportProfile(reporter, trace, flags);
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

async function trainingData({ data, sampleWeights, featureWeights }: LassoFlags, { matrix, target }: Dataset): Promise<TrainingData> {
  if (target === null) throw new DataError(`${data}: no target to fit: name its file with --target, or its column with --target-column (a name, an index from 0, or last)`);
  return {
    matrix,
    target,
    sampleWeights: sampleWeights === undefined ? null : await readSampleWeights(sampleWeights, matrix.rows),
    featureWeights: featureWeights === undefined ? null : await readFeatureWeights(featureWeights, matrix.columns, matrix.columnNames),
  };
}

function observerOf(reporter: Reporter, towardsGap: TowardsGap, interrupt: Pick<Interrupt, 'requested'>): PathObserver {
  return {
    progress: (progress, place) => reporter.progress(towardsGap.after(place === undefined ? progress : { ...progress, place: describePlace(place) })),
    point: ({ alpha, objective, relativeGap, nonzeros, stopped }, place) => reporter.step('point', { alpha, ...place, objective, relativeGap, nonzeros, stopped }),
    notice: reporter.notice,
    shouldStop: () => interrupt.requested,
  };
}

/** A trained model, and who tells of it. */
interface Trained {
  readonly model: LassoModel;
  report(reporter: Reporter, facts: RunFacts): void;
}

async function train(asked: LassoRequest, cluster: Cluster, data: TrainingData, observer: PathObserver): Promise<Trained> {
  const { columns, columnNames } = data.matrix;
  if (asked.kind === 'single') {
    const fit = await fitLasso(cluster, data, asked.options, observer);
    return { model: modelOf(fit, asked.options, columnNames), report: (reporter, facts) => reportFit(reporter, fit, facts) };
  }
  const fit = await fitLassoPath(cluster, data, asked.options, observer);
  return { model: pathModelOf(fit, asked.options, columns, columnNames), report: (reporter, facts) => reportPath(reporter, fit, facts) };
}
