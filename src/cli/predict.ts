/** strads predict: a model folder and data in, one prediction a row or a pair out. */
import { Command, Option } from 'commander';
import { scorerEngine } from '../../models/mf/scorer.js';
import { loadModel } from '../../models/predict.js';
import { FORMATS } from '../data/format.js';
import { grouped } from '../report/numbers.js';
import { createReporter, type Fields, type Reporter } from '../report/reporter.js';
import type { LocalProfile } from '../runtime/local-profile.js';
import { UsageError } from '../runtime/worker-request.js';
import { catchInterrupt, untilInterrupted } from './interrupt.js';
import { assertKind } from './model-kind.js';
import { positive } from './numbers.js';
import { pairPredictions } from './predict-pairs.js';
import { rowPredictions, type RowFlags } from './predict-rows.js';
import { profiledHere, profileOption, reportProfile, type ProfileFlags } from './profile-option.js';
import { assertFileWritable, printPredictions, writePredictionFile, type PredictionTable } from './prediction-file.js';

interface PredictFlags extends RowFlags, ProfileFlags {
  readonly model: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Predictions on their way, and what is to be said of them once all are made. */
export interface Predictions extends PredictionTable {
  /** What the model could not use, in a sentence; null where it used everything. */
  ignored(): string | null;
  fields(): Fields;
  close(): Promise<void>;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('predict with a trained model, row by row or pair by pair')
    .requiredOption('--model <folder>', 'the folder that strads train --out wrote')
    .option('--alpha <number>', 'of a model with a path: the solution at this alpha instead of the chosen one', positive)
    .optionsGroup('Data:')
    .requiredOption('--data <file>', 'for a Lasso MatrixMarket, LIBSVM, CSV or .npy, also gzipped, or .npz; for a factorization lines of user,item; recognized by content')
    .option('--target-column <column>', 'CSV column that held the target, if it is there: its name, its index from 0, or "last"')
    .option('--ignore-columns <columns>', 'CSV columns to leave out, by name or index, separated by commas', (text: string) => text.split(',').map((name) => name.trim()))
    .addOption(new Option('--format <format>', 'format of --data, where recognition errs').choices(FORMATS))
    .option('--no-header', 'the first line of the CSV is data')
    .optionsGroup('Output:')
    .option('--out <file>', 'CSV of the predictions (default: stdout)')
    .option('--overwrite', 'replace the file that is in --out')
    .option('--json', 'one JSON object a line on stdout instead of text; needs --out')
    .addOption(profileOption())
    .addHelpText(
      'after',
      `
For a Lasso a CSV with a header is read by the names of the columns that the model was trained on, other files by position.
For a factorization the predictions come as user,item,prediction; what else a line holds is passed over.

Examples:
  $ strads predict --model model/ --data new.csv --out predictions.csv
  $ strads predict --model model/ --data new.svm.gz | head`,
    )
    .action((flags: PredictFlags) => profiledHere(flags, 'predict', predict));
}

async function predict(flags: PredictFlags, profile: LocalProfile | null): Promise<void> {
  const { model: folder, alpha, data, out, json = false, overwrite = false } = flags;
  if (json && out === undefined) throw new UsageError('--json and the predictions would mix on stdout: give --out FILE for the predictions');
  if (out !== undefined) await assertFileWritable(out, { overwrite, data });
  await assertKind(folder, ['strads-lasso', 'strads-mf'], 'strads predict');
  const model = await loadModel(folder, alpha);
  if (profile && model.kind === 'rows') throw new UsageError('--profile is about kernels, and a Lasso predicts without any: leave it out');
  const reporter = createReporter({ json });
  const interrupt = catchInterrupt(() => reporter.notice('stopping; nothing is written'));
  const predictions = model.kind === 'rows' ? await rowPredictions(flags, model) : pairPredictions(flags, model.model);
  try {
    await profile?.begin();
    await profile?.listen(await scorerEngine());
    const table = { columns: predictions.columns, blocks: untilInterrupted(predictions.blocks, interrupt) };
    const count = out === undefined ? await printPredictions(process.stdout, table) : await writePredictionFile(out, { overwrite, data }, table);
    if (count !== null) report(reporter, predictions, { count, folder, out });
    if (profile) reportProfile(reporter, profile.finish(), flags, out === undefined);
  } finally {
    interrupt.release();
    await predictions.close();
  }
}

interface Outcome {
  readonly count: number;
  readonly folder: string;
  readonly out: string | undefined;
}

function report(reporter: Reporter, predictions: Predictions, { count, folder, out }: Outcome): void {
  const ignored = predictions.ignored();
  if (ignored !== null) reporter.notice(ignored);
  const text = `done: ${grouped(count)} predictions${out === undefined ? '' : ` in ${out}`}`;
  // Without --out stdout carries the predictions.
  if (out === undefined) reporter.notice(text);
  else reporter.result('done', { rows: count, ...predictions.fields(), model: folder, out }, text);
}
