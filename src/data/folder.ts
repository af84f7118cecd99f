/**
 * A model folder written whole or not at all. In: its path and who fills it. Out: the folder, filled beside its
 * place first and then renamed; only an empty folder or a model that strads wrote is ever replaced.
 */
import { mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { assertBeside, EARLIER, makeBeside, namedOutput } from './beside.js';
import { DataError } from './dataset.js';

export interface FolderOptions {
  /** Replace a folder that an earlier run wrote. */
  readonly overwrite: boolean;
}

/** The file that every model folder holds, by whose `format` strads knows its own. */
const MARK = 'model.json';
const OWN_FORMAT = 'strads-';

/** What a model folder may hold and still be replaced; known ahead, so that nobody trains first and is refused then. */
const MODEL_FILES: readonly string[] = [
  MARK,
  'coefficients.safetensors', 'coefficients.csv', 'path.csv', 'path.safetensors',
  'factors.safetensors', 'rated.safetensors', 'users.txt', 'items.txt',
  'user_factors.npy', 'item_factors.npy', 'user_biases.npy', 'item_biases.npy',
  'phi.safetensors', 'counts.safetensors', 'vocabulary.txt', 'topics.tsv',
];

/** Throws DataError when `writeFolder` could not write `path`; call it before work that would be lost. */
export async function assertWritable(path: string, options: FolderOptions): Promise<void> {
  const target = namedOutput(path, 'a folder');
  assertReplaceable(path, target, options);
  await assertBeside(target);
}

/** Calls `fill` with an empty folder beside `path` and moves it there; on failure nothing is left behind. */
export async function writeFolder(path: string, options: FolderOptions, fill: (temporary: string) => Promise<void>): Promise<void> {
  const target = namedOutput(path, 'a folder');
  assertReplaceable(path, target, options);
  const work = await makeBeside(target);
  const fresh = join(work, 'new');
  const onExit = () => leaveNothing(work, fresh);
  process.once('exit', onExit);
  try {
    await mkdir(fresh);
    await fill(fresh);
    assertReplaceable(path, target, options);
    if (contents(path, target) === null) putInPlace(path, fresh, target);
    else replace(path, fresh, target, join(work, EARLIER));
  } finally {
    process.off('exit', onExit);
    await rm(fresh, { recursive: true, force: true });
    await removeIfEmpty(work);
  }
}

function assertReplaceable(path: string, target: string, { overwrite }: FolderOptions): void {
  const found = contents(path, target);
  if (found === null) return;
  if (holdsWorkingDirectory(target)) throw new DataError(`${path}: is the current folder or holds it, and is never replaced. Choose another output folder`);
  if (!overwrite) throw new DataError(`${path}: the folder exists. Choose another output folder or add --overwrite`);
  assertOwn(path, target, found);
}

/** Throws DataError unless `folder` is empty or holds a model and nothing else; `path` is what the user calls it. */
function assertOwn(path: string, folder: string, found: readonly string[]): void {
  if (found.length === 0) return;
  const advice = 'Choose another output folder or empty this one';
  if (!found.includes(MARK)) throw new DataError(`${path}: the folder holds no ${MARK}, so strads did not write it and will not replace it. ${advice}`);
  if (!isOwnMark(join(folder, MARK))) throw new DataError(`${path}: its ${MARK} is not that of a strads model (no "format" that begins with "${OWN_FORMAT}"), so strads will not replace the folder. ${advice}`);
  const foreign = [...found].sort().find((name) => !MODEL_FILES.includes(name));
  if (foreign !== undefined) throw new DataError(`${path}: the folder also holds ${foreign}, which is no part of a model, so strads will not replace it. Move ${foreign} elsewhere or choose another output folder`);
}

function isOwnMark(file: string): boolean {
  try {
    const mark = JSON.parse(readFileSync(file, 'utf8')) as { format?: unknown } | null;
    return typeof mark?.format === 'string' && mark.format.startsWith(OWN_FORMAT);
  } catch {
    return false;
  }
}

function holdsWorkingDirectory(folder: string): boolean {
  const real = realpathSync(folder);
  const current = realpathSync(process.cwd());
  return current === real || current.startsWith(real.endsWith(sep) ? real : real + sep);
}

/** Names in a folder, which the user calls `path`; null when there is none. */
function contents(path: string, folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    if (code === 'ENOTDIR') throw new DataError(`${path}: is a file or lies in one; expected a folder. Choose another output folder`, { cause: error });
    throw new DataError(`${path}: cannot be looked into (${(error as Error).message}). Choose another output folder`, { cause: error });
  }
}

/**
 * An earlier folder steps aside, is looked at again where nobody else writes, and comes back when the new one
 * cannot take its place. Synchronous, so that no signal ends the process half-way.
 */
function replace(path: string, fresh: string, target: string, aside: string): void {
  renameSync(target, aside);
  try {
    assertOwn(path, aside, readdirSync(aside));
    putInPlace(path, fresh, target);
  } catch (error) {
    comeBack(path, aside, target, error as Error);
    throw error;
  }
  rmSync(aside, { recursive: true });
}

function comeBack(path: string, aside: string, target: string, reason: Error): void {
  try {
    putInPlace(path, aside, target);
  } catch {
    throw new DataError(`${reason.message}. What was there before lies in ${aside}`, { cause: reason });
  }
}

/** Renames onto a folder made for it: mkdir fails where something is, while rename would replace an empty folder. */
function putInPlace(path: string, folder: string, target: string): void {
  try {
    mkdirSync(target);
    renameSync(folder, target);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new DataError(`${path}: something took this name in the meantime, and strads does not replace it. Choose another output folder`, { cause: error });
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
