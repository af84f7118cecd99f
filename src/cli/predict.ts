/** strads predict: a model folder and rows in, one prediction a row out. */
import { Command, Option } from 'commander';
import { loadPredictor, predictRows, type Predictor } from '../../models/predict.js';
import { DataError, DuplicateEntryError } from '../data/dataset.js';
import { FORMATS, type Format } from '../data/format.js';
import { nameDuplicate } from '../data/locate.js';
import { streamRows, type RowStream, type StreamOptions } from '../data/stream-rows.js';
import { grouped } from '../report/progress.js';
import { createReporter, type Reporter } from '../report/reporter.js';
import { UsageError } from '../runtime/worker-request.js';
import { catchInterrupt, type Interrupt } from './interrupt.js';
import { positive } from './numbers.js';
import { assertFileWritable, printPredictions, writePredictionFile } from './prediction-file.js';

interface PredictFlags {
  readonly model: string;
  readonly alpha?: number;
  readonly data: string;
  readonly targetColumn?: string;
  readonly ignoreColumns?: readonly string[];
  readonly format?: Format;
  readonly header: boolean;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('predict with a trained model, row by row')
    .requiredOption('--model <folder>', 'the folder that strads train --out wrote')
    .option('--alpha <number>', 'of a model with a path: the solution at this alpha instead of the chosen one', positive)
    .optionsGroup('Data:')
    .requiredOption('--data <file>', 'MatrixMarket, LIBSVM, CSV or .npy, also gzipped, or .npz; recognized by content')
    .option('--target-column <column>', 'CSV column that held the target, if it is there: its name, its index from 0, or "last"')
    .option('--ignore-columns <columns>', 'CSV columns to leave out, by name or index, separated by commas', (text: string) => text.split(',').map((name) => name.trim()))
    .addOption(new Option('--format <format>', 'format of --data, where recognition errs').choices(FORMATS))
    .option('--no-header', 'the first line of the CSV is data')
    .optionsGroup('Output:')
    .option('--out <file>', 'CSV of the predictions (default: stdout)')
    .option('--overwrite', 'replace the file that is in --out')
    .option('--json', 'one JSON object a line on stdout instead of text; needs --out')
    .addHelpText(
      'after',
      `
A CSV with a header is read by the names of the columns that the model was trained on, other files by position.

Examples:
  $ strads predict --model model/ --data new.csv --out predictions.csv
  $ strads predict --model model/ --data new.svm.gz | head`,
    )
    .action(predict);
}

async function predict(flags: PredictFlags): Promise<void> {
  const { model: folder, alpha, data, out, json = false, overwrite = false } = flags;
  if (json && out === undefined) throw new UsageError('--json and the predictions would mix on stdout: give --out FILE for the predictions');
  if (out !== undefined) await assertFileWritable(out, { overwrite, data });
  const model = await loadPredictor(folder, alpha);
  const reporter = createReporter({ json, goal: 0 });
  const interrupt = catchInterrupt(() => reporter.notice('stopping; nothing is written'));
  const options = streamOptions(flags, model);
  const stream = await streamRows(options);
  try {
    const blocks = checked(predictRows(model, stream), data, interrupt);
    const rows = out === undefined ? await printPredictions(process.stdout, blocks) : await writePredictionFile(out, { overwrite, data }, blocks);
    if (rows !== null) report(reporter, stream, { rows, model, folder, out });
  } catch (error) {
    throw error instanceof DuplicateEntryError ? await nameDuplicate(error, options) : error;
  } finally {
    interrupt.release();
    await stream.close();
  }
}

function streamOptions({ data, format, header, targetColumn, ignoreColumns }: PredictFlags, model: Predictor): StreamOptions {
  return { data, format, header: header ? undefined : false, targetColumn, ignoreColumns, features: model.columns, columns: model.columnNames };
}

class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Passes finite predictions on. */
async function* checked(blocks: AsyncIterable<Float64Array>, file: string, interrupt: Interrupt): AsyncGenerator<Float64Array> {
  let rows = 0;
  for await (const block of blocks) {
    if (interrupt.requested) throw new InterruptedError('interrupted');
    const bad = block.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new DataError(`${file}: the prediction of row ${rows + bad + 1} is ${block[bad]!}, beyond float64: its values are far from those the model was trained on. Check the row`);
    rows += block.length;
    yield block;
  }
}

interface Outcome {
  readonly rows: number;
  readonly model: Predictor;
  readonly folder: string;
  readonly out: string | undefined;
}

function report(reporter: Reporter, { ignoredColumns, ignoredEntries, format }: RowStream, { rows, model, folder, out }: Outcome): void {
  const ignored = [
    ...(ignoredColumns > 0 ? [`${grouped(ignoredColumns)} ${ignoredColumns === 1 ? 'column' : 'columns'}`] : []),
    ...(ignoredEntries > 0 ? [`${grouped(ignoredEntries)} ${ignoredEntries === 1 ? 'entry' : 'entries'}`] : []),
  ];
  if (ignored.length > 0) reporter.notice(`ignored ${ignored.join(' and ')} that the model, trained on ${grouped(model.columns)} columns, does not know`);
  const text = `done: ${grouped(rows)} predictions${out === undefined ? '' : ` in ${out}`}`;
  // Without --out stdout carries the predictions.
  if (out === undefined) reporter.notice(text);
  else reporter.result('done', { rows, ignoredColumns, ignoredEntries, format, model: folder, out }, text);
}
