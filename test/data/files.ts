/** Files for tests: a temporary directory a suite, text written plain or gzipped, and sources cut at any byte. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { DataError, type Matrix, type MatrixChunk } from '../../src/data/dataset.js';
import type { Source } from '../../src/data/source.js';

export interface Directory {
  readonly path: string;
  /** Writes a file and returns its path; text whose name ends in .gz is compressed. */
  write(name: string, content: string | Uint8Array): string;
  /** The message of the DataError that a promise rejects with, without the directory. */
  errorOf(promise: Promise<unknown>): Promise<string>;
}

export function temporaryDirectory(): Directory {
  const path = mkdtempSync(join(tmpdir(), 'strads-test-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      writeFileSync(file, typeof content === 'string' && name.endsWith('.gz') ? gzipSync(content) : content);
      return file;
    },
    async errorOf(promise) {
      const error = await promise.then(
        () => null,
        (reason: unknown) => reason,
      );
      if (!(error instanceof DataError)) throw new Error(`expected a DataError, got ${String(error)}`, { cause: error });
      return error.message.replaceAll(`${path}/`, '');
    },
  };
}

/** A source over text or bytes, in pieces of the given lengths, repeated until the content ends. */
export function sourceOf(content: string | Buffer, lengths: readonly number[]): Source {
  const head = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    file: 'memory',
    compressed: false,
    stored: null,
    head,
    async *bytes() {
      for (let at = 0, turn = 0; at < head.length; turn++) {
        const length = lengths[turn % lengths.length];
        yield head.subarray(at, at + length);
        at += length;
      }
    },
    close: () => Promise.resolve(),
  };
}

/** The first row in which two large matrices differ, -1 when none does: a failure then needs no difference of all rows. */
export function firstDifference(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number {
  if (found.length !== expected.length) return Math.min(found.length, expected.length);
  return found.findIndex((row, i) => row.length !== expected[i].length || row.some((value, j) => value !== expected[i][j]));
}

/** A matrix written out, one array a row; absent sparse entries are 0. */
export async function denseRows(matrix: Pick<Matrix, 'rows' | 'columns' | 'chunks'>): Promise<number[][]> {
  return denseRowsOf(matrix.rows, matrix.columns, matrix.chunks());
}

export async function denseRowsOf(rows: number, columns: number, chunks: AsyncIterable<MatrixChunk>): Promise<number[][]> {
  const dense = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for await (const chunk of chunks) {
    if (chunk.kind === 'sparse') for (let e = 0; e < chunk.values.length; e++) dense[chunk.rows[e]][chunk.columns[e]] += chunk.values[e];
    else for (let at = 0; at < chunk.values.length; at++) dense[chunk.firstRow + Math.floor(at / columns)][at % columns] = chunk.values[at];
  }
  return dense;
}
