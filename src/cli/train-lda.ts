/** strads train lda: documents in, a model folder of topics out. */
import { Command } from 'commander';
import type { CorpusSets } from '../../models/lda/distribute.js';
import { openEarlierModel, type EarlierModel } from '../../models/lda/earlier-model.js';
import { writeLdaModel } from '../../models/lda/files.js';
import { fitLda, type LdaObserver } from '../../models/lda/fit.js';
import { ldaShards } from '../../models/lda/layout.js';
import type { LdaOptions } from '../../models/lda/options.js';
import { trainedModel, type TrainedLda } from '../../models/lda/outcome.js';
import { describeTopic, type TopicDescription } from '../../models/lda/topic-description.js';
import { assertWritable, writeFolder } from '../data/folder.js';
import { counted, grouped } from '../report/numbers.js';
import { createReporter, type Reporter } from '../report/reporter.js';
import type { RunProfile } from '../runtime/run-profile.js';
import { addCheckpointOptions, checkpointRequest, type CheckpointFlags, type CheckpointRequest } from './checkpoint-option.js';
import { givenFlags, type GivenFlag } from './given-flags.js';
import { catchInterrupt, onceLive, type Interrupt } from './interrupt.js';
import { addCorpusOptions, readCorpora, type CorpusFlags } from './lda-data.js';
import { addLdaModelOptions, ldaOptions, samplerChoice, type LdaModelFlags } from './lda-flags.js';
import { reportLda, RunTeller } from './lda-report.js';
import { assertKind } from './model-kind.js';
import { readSeedWords } from './seed-words.js';
import { profiled, profileOption, reportProfile, type ProfileFlags } from './profile-option.js';
import { addWorkersOptions, openSession, sessionRequest, type SessionRequest, type WorkersFlags } from './workers-options.js';

interface LdaFlags extends CorpusFlags, LdaModelFlags, WorkersFlags, ProfileFlags, CheckpointFlags {
  readonly seedWords?: string;
  readonly warmStart?: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export function trainLdaCommand(): Command {
  const command = new Command('lda').description('find the topics of documents: words that occur together, and how much of each topic a document has');
  addCorpusOptions(command);
  addLdaModelOptions(command);
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
  $ strads train lda --text 'docs/**/*.md' --stopwords en --max-df .5 --topics 20 --out model/
  $ strads train lda --data docword.txt.gz --vocab vocab.txt --test-fraction 0.1 --topics 100 --workers 2 --out model/
  $ strads train lda --data corpus.txt --topics 1000 --optimize-hyperparameters --validation-fraction 0.05 --json
  $ strads topics --model model/
  $ strads infer --model model/ --data new.txt --out doc-topics.csv`,
    )
    .action((flags: LdaFlags) => profiled(flags, 'train lda', (_, profile) => trainLda(flags, profile, given)));
}

/** Tokens × sweeps below this are sampled sooner in this process than worker processes could be started and loaded. */
const SMALL_WORK = 5e7;

/** What a run was asked for, checked. */
interface Request {
  readonly flags: LdaFlags;
  readonly options: LdaOptions;
  readonly seats: SessionRequest;
  readonly checkpoints: CheckpointRequest | null;
  readonly reporter: Reporter;
  readonly wallStart: number;
  readonly profile: RunProfile | null;
}

async function trainLda(flags: LdaFlags, profile: RunProfile | null, given: readonly GivenFlag[]): Promise<void> {
  const wallStart = performance.now();
  const seeds = flags.seedWords === undefined ? new Map<string, number>() : await readSeedWords(flags.seedWords, flags.topics);
  const options = ldaOptions(flags, Object.fromEntries(seeds));
  const { out, overwrite = false } = flags;
  if (out !== undefined) await assertWritable(out, { overwrite });
  const reporter = createReporter({ json: flags.json ?? false });
  const seats = await sessionRequest(flags);
  const checkpoints = await checkpointRequest(flags, 'train lda', given, reporter);
  const warm = flags.warmStart === undefined ? null : await openWarmStart(flags.warmStart, options);
  try {
    const sets = await readCorpora(flags, options, reporter.notice);
    try {
      tellUnknownSeeds(flags.seedWords, seeds, sets, reporter);
      await trainOn(sets, warm, { flags, options, seats, checkpoints, reporter, wallStart, profile });
    } finally {
      sets.train.close();
      sets.test?.close();
    }
  } finally {
    await warm?.close();
  }
}

async function trainOn(sets: CorpusSets, warm: EarlierModel | null, { flags, options, seats, checkpoints, reporter, wallStart, profile }: Request): Promise<void> {
  const { out, overwrite = false } = flags;
  const choice = samplerChoice(options);
  if (choice !== null) reporter.notice(choice);
  const session = await openSession(seats, sets.train.tokens * options.sweeps < SMALL_WORK, { notice: reporter.notice, profile, checkpoint: checkpoints?.plan });
  // Until here Ctrl-C ends the command at once: there is nothing to save.
  const interrupt = catchInterrupt(() => reporter.notice('stopping at the end of this sweep; Ctrl-C again quits without saving'));
  try {
    checkpoints?.begin(session.members, interrupt);
    const cluster = session.cluster(ldaShards(sets.train.tokens));
    if (session.members.length > cluster.shards) reporter.notice(`${cluster.shards} logical shards: only ${cluster.shards} of ${session.members.length} workers have work`);
    const fit = await fitLda(cluster, sets, options, observerOf(reporter, options, onceLive(interrupt, cluster)), warm);
    await cluster.conclude();
    const model = await trainedModel(cluster, sets, options, fit);
    if (out !== undefined) await writeFolder(out, { overwrite }, (temporary) => writeLdaModel(temporary, model));
    const trace = await profile?.finish();
    const wallSeconds = (performance.now() - wallStart) / 1000;
    reportLda(reporter, fit, options, { tally: cluster.tally(), shards: cluster.shards, summary: model.summary, largest: largestTopics(model), wallSeconds, out });
    if (trace) reportProfile(reporter, trace, flags);
  } finally {
    interrupt.release();
    await session.close();
  }
}

async function openWarmStart(folder: string, options: LdaOptions): Promise<EarlierModel> {
  await assertKind(folder, ['strads-lda'], '--warm-start');
  return openEarlierModel(folder, options);
}

/** Seed words told by name, at most. */
const MOST_NAMED = 5;

function tellUnknownSeeds(file: string | undefined, seeds: ReadonlyMap<string, number>, { train }: CorpusSets, reporter: Reporter): void {
  const unknown = [...seeds.keys()].filter((word) => train.words.indexOf(word) < 0);
  if (unknown.length === 0) return;
  const named = `${unknown.slice(0, MOST_NAMED).join(', ')}${unknown.length > MOST_NAMED ? ', …' : ''}`;
  reporter.notice(`${file}: ${counted(unknown.length, 'seed word')} of ${grouped(seeds.size)} not among the words to train on (${named}); words of a text are in lower case there`);
}

function observerOf(reporter: Reporter, options: LdaOptions, interrupt: Pick<Interrupt, 'requested'>): LdaObserver {
  const teller = new RunTeller(reporter, options);
  return {
    swept: (report) => teller.evaluated(report),
    shouldStop: () => {
      teller.swept();
      return interrupt.requested;
    },
  };
}

/** As many as a screen has room for. */
const SHOWN_TOPICS = 10;
const SHOWN_WORDS = 8;

/** Of equal ones the first. */
function largestTopics(model: TrainedLda): TopicDescription[] {
  const order = Array.from(model.totals, (_, topic) => topic).sort((a, b) => model.totals[b] - model.totals[a] || a - b);
  return order.slice(0, SHOWN_TOPICS).map((topic) => describeTopic(model, topic, model.topWords.of(topic).slice(0, SHOWN_WORDS)));
}
