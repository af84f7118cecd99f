/** strads train mf: ratings in, a model folder out. */
import { Command } from 'commander';
import { assertFits, demandOf, roomOf } from '../../models/mf/capacity.js';
import { mfShards, type RatingSets } from '../../models/mf/distribute.js';
import { writeMfModel } from '../../models/mf/files.js';
import { fitMf, type MfObserver } from '../../models/mf/fit.js';
import type { MfOptions } from '../../models/mf/options.js';
import { isReproducible, trainedModel } from '../../models/mf/outcome.js';
import { openWarmStart } from '../../models/mf/warm-start.js';
import { assertWritable, writeFolder } from '../data/folder.js';
import { createReporter, type Reporter } from '../report/reporter.js';
import type { RunProfile } from '../runtime/run-profile.js';
import { addCheckpointOptions, checkpointRequest, type CheckpointFlags } from './checkpoint-option.js';
import { givenFlags, type GivenFlag } from './given-flags.js';
import { catchInterrupt, onceLive, type Interrupt } from './interrupt.js';
import { addRatingOptions, readRatingData, type RatingFlags } from './mf-data.js';
import { addMfModelOptions, mfOptions, type MfModelFlags } from './mf-flags.js';
import { reportMf, reportSweep } from './mf-report.js';
import { profiled, profileOption, reportProfile, type ProfileFlags } from './profile-option.js';
import { addWorkersOptions, openSession, sessionRequest, type WorkersFlags } from './workers-options.js';

interface MfFlags extends RatingFlags, MfModelFlags, WorkersFlags, ProfileFlags, CheckpointFlags {
  readonly warmStart?: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export function trainMfCommand(): Command {
  const command = new Command('mf').description('factor ratings: users and items get vectors whose products predict what a user thinks of an item');
  addRatingOptions(command);
  addMfModelOptions(command);
  command.option('--warm-start <folder>', 'go on from the factors of this model, of the same rank, instead of random ones; with --non-negative one that was trained so');
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
  $ strads train mf --data ratings.csv.gz --test-fraction 0.1 --rank 64 --biases --out model/
  $ strads train mf --data ratings.train.csv.gz --test ratings.test.csv.gz --algorithm sgd --rank 64 --biases --sweeps 40 --workers 2 --out model/
  $ strads train mf --data plays.tsv --implicit --algorithm als --split last-per-user --rank 32 --json
  $ strads recommend --model model/ --user 42`,
    )
    .action((flags: MfFlags) => profiled(flags, 'train mf', (_, profile) => trainMf(flags, profile, given)));
}

/** Ratings × rank × sweeps below this are trained on sooner in this process than worker processes could be started and loaded. */
const SMALL_WORK = 2e9;

async function trainMf(flags: MfFlags, profile: RunProfile | null, given: readonly GivenFlag[]): Promise<void> {
  const wallStart = performance.now();
  const options = mfOptions(flags);
  const { out, overwrite = false } = flags;
  if (out !== undefined) await assertWritable(out, { overwrite });
  const reporter = createReporter({ json: flags.json ?? false });
  const seats = await sessionRequest(flags);
  const checkpoints = await checkpointRequest(flags, 'train mf', given, reporter);
  const { sets, known, unseen } = await readRatingData(flags, options, reporter.notice);
  const warm = flags.warmStart === undefined ? null : await openWarmStart(flags.warmStart, options, sets.train);
  const session = await openSession(seats, isSmall(sets, options), { notice: reporter.notice, profile, checkpoint: checkpoints?.plan });
  // Until here Ctrl-C ends the command at once: there is nothing to save.
  const interrupt = catchInterrupt(() => reporter.notice('stopping at the end of this sweep; Ctrl-C again quits without saving'));
  try {
    assertFits(demandOf(sets, options), roomOf(session.members, seats.listen?.expect ?? 0));
    checkpoints?.begin(session.members, interrupt);
    const cluster = session.cluster(mfShards(sets.train.count, sets.train.users.count, options));
    if (session.members.length > cluster.shards) reporter.notice(`${cluster.shards} logical shards: only ${cluster.shards} of ${session.members.length} workers have work`);
    const fit = await fitMf(cluster, sets, options, observerOf(reporter, options, onceLive(interrupt, cluster)), warm);
    await cluster.conclude();
    if (out !== undefined) await writeFolder(out, { overwrite }, (temporary) => writeMfModel(temporary, trainedModel(cluster, sets, options, fit, known)));
    const trace = await profile?.finish();
    const wallSeconds = (performance.now() - wallStart) / 1000;
    reportMf(reporter, fit, options, { tally: cluster.tally(), shards: cluster.shards, unseen, reproducible: isReproducible(fit), wallSeconds, out });
    if (trace) reportProfile(reporter, trace, flags);
  } finally {
    interrupt.release();
    await session.close();
    await warm?.close();
  }
}

function isSmall({ train }: RatingSets, { rank, sweeps }: MfOptions): boolean {
  return train.count * rank * sweeps < SMALL_WORK;
}

function observerOf(reporter: Reporter, options: MfOptions, interrupt: Pick<Interrupt, 'requested'>): MfObserver {
  return {
    swept: (report) => reportSweep(reporter, report, options),
    shouldStop: () => interrupt.requested,
  };
}
