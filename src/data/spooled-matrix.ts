/**
 * A matrix behind a spool. In: the chunks of a reader, in order. Out: a Matrix that replays them any number of
 * times, one chunk in memory at a time.
 */
import type { Matrix, MatrixChunk } from './dataset.js';
import { Spool } from './spool.js';

/** Shape and names, known when the last chunk was taken. */
export interface MatrixShape {
  readonly kind: Matrix['kind'];
  readonly rows: number;
  readonly columns: number;
  readonly columnNames: readonly string[] | null;
}

/** What is kept of a chunk to cut its block up again. */
type Record = { readonly kind: 'dense'; readonly firstRow: number; readonly rows: number; readonly length: number } | { readonly kind: 'sparse'; readonly length: number };

export class MatrixSpool {
  private readonly records: Record[] = [];
  private readonly spool: Spool;
  private sparseEntries = 0;

  constructor(budget?: number) {
    this.spool = new Spool(budget);
  }

  append(chunk: MatrixChunk): void {
    if (chunk.kind === 'dense') {
      this.records.push({ kind: 'dense', firstRow: chunk.firstRow, rows: chunk.rows, length: chunk.values.length });
      this.spool.append(bytesOf(chunk.values));
    } else {
      this.records.push({ kind: 'sparse', length: chunk.values.length });
      this.sparseEntries += chunk.values.length;
      this.spool.append(joined(chunk.values, chunk.rows, chunk.columns));
    }
  }

  /** The matrix of everything appended; closing it closes the spool. */
  matrix(shape: MatrixShape): Matrix {
    return {
      ...shape,
      entries: shape.kind === 'dense' ? shape.rows * shape.columns : this.sparseEntries,
      chunks: () => this.chunks(),
      close: () => Promise.resolve(this.close()),
    };
  }

  close(): void {
    this.spool.close();
  }

  private async *chunks(): AsyncGenerator<MatrixChunk> {
    for (const [block, record] of this.records.entries()) yield this.replay(block, record);
  }

  private replay(block: number, record: Record): MatrixChunk {
    const { length } = record;
    if (record.kind === 'dense') {
      return { kind: 'dense', firstRow: record.firstRow, rows: record.rows, values: new Float64Array(this.spool.read(block, 0, length * 8)) };
    }
    const buffer = this.spool.read(block, 0, length * 16);
    return {
      kind: 'sparse',
      values: new Float64Array(buffer, 0, length),
      rows: new Uint32Array(buffer, length * 8, length),
      columns: new Uint32Array(buffer, length * 12, length),
    };
  }
}

function bytesOf(values: Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function joined(...arrays: (Float64Array | Uint32Array)[]): Uint8Array {
  const block = new Uint8Array(arrays.reduce((bytes, array) => bytes + array.byteLength, 0));
  let at = 0;
  for (const array of arrays) {
    block.set(bytesOf(array), at);
    at += array.byteLength;
  }
  return block;
}
