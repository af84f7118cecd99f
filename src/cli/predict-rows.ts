/** Predictions for rows of features. In: a model, and a file that is read row by row. Out: one value a row, in row order. */
import { predictRows, type RowPredictor } from '../../models/predict.js';
import { DataError, DuplicateEntryError } from '../data/dataset.js';
import type { Format } from '../data/format.js';
import { nameDuplicate } from '../data/locate.js';
import { streamRows, type RowStream, type StreamOptions } from '../data/stream-rows.js';
import { counted, grouped } from '../report/numbers.js';
import type { Predictions } from './predict.js';
import type { PredictionLines } from './prediction-file.js';

export interface RowFlags {
  readonly data: string;
  /** Which solution of a path. */
  readonly alpha?: number;
  readonly targetColumn?: string;
  readonly ignoreColumns?: readonly string[];
  readonly format?: Format;
  readonly header: boolean;
}

export async function rowPredictions(flags: RowFlags, model: RowPredictor): Promise<Predictions> {
  const options = streamOptions(flags, model);
  const stream = await streamRows(options);
  return {
    columns: 'prediction',
    blocks: linesOf(model, stream, options),
    ignored: () => describeIgnored(stream, model),
    fields: () => ({ ignoredColumns: stream.ignoredColumns, ignoredEntries: stream.ignoredEntries, format: stream.format }),
    close: () => stream.close(),
  };
}

function streamOptions({ data, format, header, targetColumn, ignoreColumns }: RowFlags, model: RowPredictor): StreamOptions {
  return { data, format, header: header ? undefined : false, targetColumn, ignoreColumns, features: model.columns, columns: model.columnNames };
}

async function* linesOf(model: RowPredictor, stream: RowStream, options: StreamOptions): AsyncGenerator<PredictionLines> {
  try {
    let rows = 0;
    for await (const block of predictRows(model, stream)) {
      checkFinite(block, rows, options.data);
      rows += block.length;
      yield { text: block.length === 0 ? '' : `${block.join('\n')}\n`, count: block.length };
    }
  } catch (error) {
    throw error instanceof DuplicateEntryError ? await nameDuplicate(error, options) : error;
  }
}

function checkFinite(block: Float64Array, rowsBefore: number, file: string): void {
  const bad = block.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new DataError(`${file}: the prediction of row ${rowsBefore + bad + 1} is ${block[bad]!}, beyond float64: its values are far from those the model was trained on. Check the row`);
}

function describeIgnored({ ignoredColumns, ignoredEntries }: RowStream, { columns }: RowPredictor): string | null {
  const ignored = [
    ...(ignoredColumns > 0 ? [counted(ignoredColumns, 'column')] : []),
    ...(ignoredEntries > 0 ? [counted(ignoredEntries, 'entry', 'entries')] : []),
  ];
  return ignored.length === 0 ? null : `ignored ${ignored.join(' and ')} that the model, trained on ${grouped(columns)} columns, does not know`;
}
