/** Whether two model folders are the same, byte for byte. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Null where they are; else what differs. */
export async function sameFolders(expected: string, found: string): Promise<string | null> {
  const [before, after] = await Promise.all([expected, found].map(async (folder) => (await readdir(folder).catch(() => [])).sort()));
  if (before!.length === 0) return 'the undisturbed run left no model';
  if (before!.join() !== after!.join()) return `files ${after!.join(' ') || 'none'}, expected ${before!.join(' ')}`;
  for (const name of before!) {
    const [bytes, others] = await Promise.all([expected, found].map((folder) => readFile(join(folder, name))));
    if (!bytes!.equals(others!)) return `${name} differs from the undisturbed run's`;
  }
  return null;
}
