/**
 * Data to predict for. In: a file and the columns that a model was trained on. Out: its matrix, read once and
 * never held, with exactly the model's columns; what the file has beyond them is left out and counted.
 */
import { predictionPlan } from './csv-columns.js';
import type { MatrixChunk } from './dataset.js';
import { recognizeFormat } from './format.js';
import { formatName, openReader, type FileOptions } from './open-reader.js';
import type { Reader } from './reader.js';
import { openSource, type Source } from './source.js';

export interface StreamOptions extends FileOptions {
  /** Columns of the model. */
  readonly features: number;
  /** Their names, where the model knows them; a file with a header is then read by name. */
  readonly columns?: readonly string[] | null | undefined;
}

/** The file's rows; `rows` and the counts are final once the chunks have run out. */
export class RowStream {
  constructor(
    private readonly source: Source,
    private readonly reader: Reader,
    /** As in Dataset. */
    readonly format: string,
  ) {}

  /** As messages name it. */
  get file(): string {
    return this.source.file;
  }

  get kind(): 'dense' | 'sparse' {
    return this.reader.kind;
  }

  /** The file's row count where it is announced (MatrixMarket, NumPy), else rows so far. */
  get rows(): number {
    return this.reader.rows;
  }

  /** Columns the file has and the model does not. */
  get ignoredColumns(): number {
    return this.reader.ignoredColumns;
  }

  /** Sparse entries in such columns. */
  get ignoredEntries(): number {
    return this.reader.ignoredEntries;
  }

  /** Dense chunks come in row order; sparse entries in file order, which may jump between rows. Can be read once. */
  async *chunks(): AsyncGenerator<MatrixChunk> {
    for await (const { chunk } of this.reader.chunks()) yield chunk;
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

export async function streamRows(options: StreamOptions): Promise<RowStream> {
  const source = await openSource(options.data);
  try {
    const plan = predictionPlan(options.features, options.columns ?? null, options);
    const format = options.format ?? recognizeFormat(source);
    const limit = { count: options.features, beyond: 'ignore' } as const;
    const reader = await openReader(source, format, { header: options.header, plan, limit, withTarget: false });
    return new RowStream(source, reader, formatName(source, format));
  } catch (error) {
    await source.close();
    throw error;
  }
}
