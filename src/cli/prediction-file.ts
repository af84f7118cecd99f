/**
 * Predictions as CSV: a header that ends in `prediction`, then a line each, whose float64 is written so that it reads back to
 * the same bits. In: a table, block by block. Out: text on stdout, or a file that is written beside its place and renamed
 * when complete.
 */
import { once } from 'node:events';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Writable } from 'node:stream';
import { assertBeside, makeBeside, namedOutput } from '../data/beside.js';
import { DataError } from '../data/dataset.js';

export interface FileOptions {
  readonly overwrite: boolean;
  /** The file that is read meanwhile, which is never replaced. */
  readonly data: string;
  /** Other files that are read. */
  readonly alsoRead?: readonly string[] | undefined;
}

/** A CSV as it is made. */
export interface PredictionTable {
  readonly columns: string;
  readonly blocks: AsyncIterable<PredictionLines>;
}

/** Whole lines, each ended. */
export interface PredictionLines {
  readonly text: string;
  readonly count: number;
}

/** Throws DataError when `writePredictionFile` could not write `path`; call it before work that would be lost. */
export async function assertFileWritable(path: string, options: FileOptions): Promise<void> {
  const target = namedOutput(path, 'a file');
  await assertReplaceable(path, target, options);
  await assertBeside(target);
}

async function assertReplaceable(path: string, target: string, { overwrite, data, alsoRead = [] }: FileOptions): Promise<void> {
  const found = await identity(target);
  if (found === null) return;
  if (found.isDirectory()) throw new DataError(`${path}: is a directory, expected the name of a file. Choose another --out`);
  if (!found.isFile()) throw new DataError(`${path}: is a device, pipe or socket, expected a file that can be replaced. Choose another --out, or leave it out for stdout`);
  const read = await identity(data);
  if (read?.dev === found.dev && read.ino === found.ino) throw new DataError(`${path}: is the file that --data names, and the output would replace it. Choose another --out`);
  for (const file of alsoRead) {
    const other = await identity(file);
    if (other?.dev === found.dev && other.ino === found.ino) throw new DataError(`${path}: is a file that this command reads, and the output would replace it. Choose another --out`);
  }
  if (!overwrite) throw new DataError(`${path}: the file exists. Choose another --out or add --overwrite`);
}

/** What is there, with device and inode as they are: float64 does not hold every inode. */
function identity(path: string) {
  return stat(path, { bigint: true }).catch(() => null);
}

/** Returns how many predictions were written; on failure nothing is left behind. */
export async function writePredictionFile(path: string, options: FileOptions, table: PredictionTable): Promise<number> {
  const target = namedOutput(path, 'a file');
  await assertReplaceable(path, target, options);
  const work = await makeBeside(target);
  try {
    const unfinished = join(work, basename(target));
    const rows = await writeAll(unfinished, table);
    await assertReplaceable(path, target, options);
    await rename(unfinished, target);
    return rows;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeAll(file: string, { columns, blocks }: PredictionTable): Promise<number> {
  const handle = await open(file, 'wx');
  try {
    let rows = 0;
    await handle.write(`${columns}\n`);
    for await (const { text, count } of blocks) {
      await handle.write(text);
      rows += count;
    }
    return rows;
  } finally {
    await handle.close();
  }
}

/** Returns how many predictions were written, or null when the reader had seen enough (`| head`) and went away. */
export async function printPredictions(stream: Writable, { columns, blocks }: PredictionTable): Promise<number | null> {
  let failure: NodeJS.ErrnoException | null = null;
  stream.on('error', (error) => (failure = error));
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await once(stream, 'drain').catch(() => undefined);
    if (failure) throw failure;
  };
  let rows = 0;
  try {
    await write(`${columns}\n`);
    for await (const { text, count } of blocks) {
      await write(text);
      rows += count;
    }
    return rows;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return null;
    throw error;
  }
}
