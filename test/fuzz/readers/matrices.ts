/** Readers of matrices: LIBSVM, CSV, MatrixMarket, .npy and .npz. */
import { predictRows } from '../../../models/predict.js';
import { trainingPlan, type ColumnRef } from '../../../src/data/csv-columns.js';
import { recognizeFormat, type Format } from '../../../src/data/format.js';
import type { MatrixChunk } from '../../../src/data/dataset.js';
import { openReader, refuseCsvOptions } from '../../../src/data/open-reader.js';
import { readDataset } from '../../../src/data/read.js';
import type { Source } from '../../../src/data/source.js';
import { streamRows, type RowStream } from '../../../src/data/stream-rows.js';
import type { Mutation } from '../mutate/mutation.js';
import { valuesOf, type MatrixContent } from './content.js';
import { cutsOf, memorySource } from './memory-source.js';
import { wayOf, type Files, type Given, type ReaderUnderFuzz } from './reader.js';

export interface MatrixWay {
  /** Undefined: recognized. */
  readonly format: Format | undefined;
  readonly header?: boolean | undefined;
  readonly targetColumn?: ColumnRef | undefined;
  readonly ignoreColumns?: readonly ColumnRef[] | undefined;
  /** LIBSVM. */
  readonly features?: number | undefined;
}

/** Files of a format, read for training, again in pieces, and, which has no result of its own, for prediction. */
export function matrixReader(name: Format, fields: { readonly samples: () => readonly Buffer[]; readonly mutations: readonly Mutation[]; readonly ways: readonly MatrixWay[]; readonly reference?: (bytes: Buffer, way: MatrixWay) => unknown }): ReaderUnderFuzz {
  const { samples, mutations, ways, reference } = fields;
  return {
    name,
    samples: () => Promise.resolve(samples().map((bytes): Files => ({ [`data.${name}`]: bytes }))),
    mutations,
    read: async ({ file, way }) => {
      const options = wayOf(way, ways);
      await readForPrediction(file, options, way);
      const { matrix, target } = await readDataset({ data: file, ...options, spoolBytes: wayOf(way, [0, undefined]) });
      try {
        const { kind, rows, columns, columnNames } = matrix;
        return { kind, rows, columns, names: columnNames, values: await valuesOf(kind, matrix.chunks()), target: target && [...target] } satisfies MatrixContent;
      } finally {
        await matrix.close();
      }
    },
    // An archive is read in any order, which pieces are not.
    ...(name === 'npz' ? {} : { reread: (given: Given) => inPieces(given, wayOf(given.way, ways)) }),
    ...(reference === undefined ? {} : { reference: ({ bytes, way }: Given) => reference(bytes, wayOf(way, ways)) }),
  };
}

/** What is refused here need not be refused in training, nor the other way round; but what else may go wrong must not. */
async function readForPrediction(file: string, { format, header, targetColumn, ignoreColumns }: MatrixWay, way: number): Promise<void> {
  const features = wayOf(way, [1, 3, 4, 9]);
  const stream = await streamRows({ data: file, format, header, targetColumn, ignoreColumns, features }).catch(asRefusal);
  if (stream === null) return;
  try {
    await predictAll(stream, features).catch(asRefusal);
  } finally {
    await stream.close();
  }
}

/** By a model whose predictions are the columns that a row has entries in. */
async function predictAll(stream: RowStream, columns: number): Promise<void> {
  const accumulate = (chunk: MatrixChunk, into: Float64Array, firstRow: number): void => {
    if (chunk.kind === 'dense') return;
    for (let e = 0; e < chunk.rows.length; e++) {
      const row = chunk.rows[e]! - firstRow;
      if (!(row >= 0 && row < into.length && chunk.columns[e]! < columns)) throw new TypeError(`row ${row} of ${into.length}, column ${chunk.columns[e]} of ${columns}`);
      into[row]!++;
    }
  };
  let rows = 0;
  for await (const block of predictRows({ kind: 'rows', columns, columnNames: null, start: 0, accumulate }, stream)) rows += block.length;
  if (rows !== stream.rows) throw new TypeError(`${rows} predictions for ${stream.rows} rows`);
}

function asRefusal(error: unknown): null {
  if (error instanceof Error && error.name.endsWith('DataError')) return null;
  throw error;
}

async function inPieces({ file, bytes, way }: Given, options: MatrixWay): Promise<unknown> {
  const source = memorySource(file, bytes, cutsOf(way));
  return source === null ? readDataset({ data: file, ...options }).then(({ matrix }) => matrix.close()) : contentOf(source, options);
}

async function contentOf(source: Source, options: MatrixWay): Promise<MatrixContent> {
  const format = options.format ?? recognizeFormat(source);
  refuseCsvOptions(source.file, format, { data: source.file, ...options });
  const limit = options.features === undefined ? null : ({ count: options.features, beyond: 'error' } as const);
  const reader = await openReader(source, format, { header: options.header, plan: trainingPlan(options), limit, withTarget: true });
  const targets: number[] = [];
  const withTargets = async function* () {
    for await (const { chunk, target } of reader.chunks()) {
      if (target !== null) targets.push(...target);
      yield chunk;
    }
  };
  const values = await valuesOf(reader.kind, withTargets());
  return { kind: reader.kind, rows: reader.rows, columns: reader.columns, names: reader.columnNames, values, target: targets.length === 0 ? null : targets };
}

