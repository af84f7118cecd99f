/**
 * Temporary directories beside the place that output will take, so that a rename brings it there. In: the path of
 * an output that need not exist. Out: the directory; DataError when none can be made.
 */
import { existsSync, realpathSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { DataError } from './dataset.js';
import { makeTemporary, removeLeftovers } from './leftovers.js';

/** What a replaced output is called there until the new one is in its place: it is never removed for another. */
export const EARLIER = 'earlier';

/** The absolute path of an output, links followed; DataError when the user named none. `what`: "a folder" or "a file"; `flag`: by which it is named. */
export function namedOutput(path: string, what: string, flag = '--out'): string {
  if (path.trim() === '') throw new DataError(`${flag} is empty: name ${what}`);
  const target = resolve(path);
  return existsSync(target) ? realpathSync(target) : target;
}

/** Makes a hidden directory beside `target`, an absolute path; those that killed processes left there are removed. */
export async function makeBeside(target: string, flag = '--out'): Promise<string> {
  const parent = dirname(target);
  try {
    const prefix = `.${basename(target)}-`;
    await removeLeftovers(parent, prefix, [EARLIER]);
    return await makeTemporary(parent, prefix);
  } catch (error) {
    // mkdir in /proc says ENOENT, so the code alone does not tell a missing directory from one that takes nothing.
    const reason = existsSync(parent) ? `it cannot be written (${(error as Error).message})` : 'there is no such directory';
    throw new DataError(`${parent}: ${reason}, so ${basename(target)} cannot be made in it. Create it or choose another ${flag}`, { cause: error });
  }
}

/** Throws DataError when `makeBeside` would; asks the file system by trying, since permissions don't tell all. */
export async function assertBeside(target: string, flag = '--out'): Promise<void> {
  await rmdir(await makeBeside(target, flag));
}
