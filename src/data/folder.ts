/**
 * A folder written whole or not at all. In: the path of a model folder and who fills it. Out: the folder, filled
 * beside its place first and then renamed; a folder that strads did not write is never replaced.
 */
import { rmSync, rmdirSync, readdirSync } from 'node:fs';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError } from './dataset.js';

export interface FolderOptions {
  /** Replace a folder that an earlier run wrote. */
  readonly overwrite: boolean;
}

/** The file that every model folder holds, by which strads knows its own. */
const MARK = 'model.json';

/** Throws DataError when `writeFolder` could not write `path`; call it before work that would be lost. */
export async function assertWritable(path: string, options: FolderOptions): Promise<void> {
  await assertReplaceable(path, options);
  const parent = dirname(resolve(path));
  try {
    if (!(await stat(parent)).isDirectory()) throw new DataError(`${parent}: is not a directory, so ${basename(path)} cannot be written in it. Choose another output folder`);
    await access(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw unwritable(path, parent, error);
  }
}

/** Calls `fill` with an empty folder beside `path` and moves it there; on failure nothing is left behind. */
export async function writeFolder(path: string, options: FolderOptions, fill: (temporary: string) => Promise<void>): Promise<void> {
  await assertWritable(path, options);
  const target = resolve(path);
  const work = await makeBeside(target);
  const fresh = join(work, 'new');
  const onExit = () => leaveNothing(work, fresh);
  process.once('exit', onExit);
  try {
    await mkdir(fresh);
    await fill(fresh);
    await assertReplaceable(path, options);
    await moveInto(fresh, target, join(work, 'earlier'));
  } finally {
    process.off('exit', onExit);
    await rm(fresh, { recursive: true, force: true });
    await removeIfEmpty(work);
  }
}

async function assertReplaceable(path: string, { overwrite }: FolderOptions): Promise<void> {
  const found = await contents(path);
  if (found === null || (found.length === 0 && overwrite)) return;
  if (!overwrite) throw new DataError(`${path}: the folder exists. Choose another output folder or add --overwrite`);
  if (!found.includes(MARK)) {
    throw new DataError(`${path}: the folder holds no ${MARK}, so strads did not write it and will not replace it. Choose another output folder or empty this one`);
  }
}

/** Names in a folder; null when there is none. */
async function contents(path: string): Promise<string[] | null> {
  try {
    return await readdir(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    if (code === 'ENOTDIR') throw new DataError(`${path}: is a file or lies in one; expected a folder. Choose another output folder`, { cause: error });
    throw new DataError(`${path}: cannot be looked into (${(error as Error).message}). Choose another output folder`, { cause: error });
  }
}

/** An earlier folder steps aside first, and comes back when the new one cannot take its place. */
async function moveInto(fresh: string, target: string, aside: string): Promise<void> {
  if ((await contents(target)) === null) return rename(fresh, target);
  await rename(target, aside);
  try {
    await rename(fresh, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true });
}

async function makeBeside(target: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  } catch (error) {
    throw unwritable(target, dirname(target), error);
  }
}

/** For a process that is quitting and can't wait. */
function leaveNothing(work: string, fresh: string): void {
  rmSync(fresh, { recursive: true, force: true });
  if (readdirSync(work).length === 0) rmdirSync(work);
}

/** Not recursive: an earlier folder that could not be put back is still in there. */
async function removeIfEmpty(folder: string): Promise<void> {
  if ((await readdir(folder)).length === 0) await rmdir(folder);
}

function unwritable(path: string, parent: string, error: unknown): DataError {
  const code = (error as NodeJS.ErrnoException).code;
  const reason = code === 'ENOENT' ? 'there is no such directory' : `it cannot be written (${(error as Error).message})`;
  return new DataError(`${parent}: ${reason}, so ${basename(path)} cannot be made in it. Create it or choose another output folder`, { cause: error });
}
