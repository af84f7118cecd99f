/**
 * Predictions as CSV: the header `prediction`, then one float64 a line, written so that it reads back to the same
 * bits. In: blocks of values. Out: text on stdout, or a file that is written beside its place and renamed when complete.
 */
import { once } from 'node:events';
import { access, constants, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { DataError } from '../data/dataset.js';

export interface FileOptions {
  readonly overwrite: boolean;
}

const HEADER = 'prediction\n';

/** Throws DataError when `writePredictionFile` could not write `path`; call it before work that would be lost. */
export async function assertFileWritable(path: string, { overwrite }: FileOptions): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) throw new DataError(`${path}: is a directory, expected the name of a file. Choose another --out`);
  if (found && !overwrite) throw new DataError(`${path}: the file exists. Choose another --out or add --overwrite`);
  const folder = dirname(resolve(path));
  await access(folder, constants.W_OK | constants.X_OK).catch((error: Error) => {
    throw unwritable(path, error);
  });
}

/** Returns how many values were written; on failure nothing is left behind. */
export async function writePredictionFile(path: string, options: FileOptions, blocks: AsyncIterable<Float64Array>): Promise<number> {
  await assertFileWritable(path, options);
  const target = resolve(path);
  const work = await mkdtemp(join(dirname(target), `.${basename(target)}-`)).catch((error: Error) => {
    throw unwritable(path, error);
  });
  try {
    const unfinished = join(work, basename(target));
    const rows = await writeAll(unfinished, blocks);
    await assertFileWritable(path, options);
    await rename(unfinished, target);
    return rows;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeAll(file: string, blocks: AsyncIterable<Float64Array>): Promise<number> {
  const handle = await open(file, 'wx');
  try {
    let rows = 0;
    await handle.write(HEADER);
    for await (const block of blocks) {
      await handle.write(lines(block));
      rows += block.length;
    }
    return rows;
  } finally {
    await handle.close();
  }
}

/** Returns how many values were written, or null when the reader had seen enough (`| head`) and went away. */
export async function printPredictions(stream: Writable, blocks: AsyncIterable<Float64Array>): Promise<number | null> {
  let failure: NodeJS.ErrnoException | null = null;
  stream.on('error', (error) => (failure = error));
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await once(stream, 'drain').catch(() => undefined);
    if (failure) throw failure;
  };
  let rows = 0;
  try {
    await write(HEADER);
    for await (const block of blocks) {
      await write(lines(block));
      rows += block.length;
    }
    return rows;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return null;
    throw error;
  }
}

function lines(values: Float64Array): string {
  return values.length === 0 ? '' : `${values.join('\n')}\n`;
}

function unwritable(path: string, error: Error): DataError {
  const folder = dirname(resolve(path));
  const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such directory' : `it cannot be written (${error.message})`;
  return new DataError(`${folder}: ${reason}, so ${basename(path)} cannot be made in it. Create it or choose another --out`, { cause: error });
}
