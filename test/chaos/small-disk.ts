/** A folder on a disk of its own, of memory, that is soon full. Linux, and root. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const DISK_BYTES = 4 << 20;

/** → takes it away again. */
export async function smallDisk(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder]);
  return async () => void (await run('umount', ['--lazy', folder]));
}

/** Why there can be none; null where there can. */
export async function whyNoDisk(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'strads-chaos-disk-'));
  try {
    await (await smallDisk(folder))();
    return null;
  } catch {
    return 'a disk of memory can not be mounted here (Linux, root)';
  } finally {
    await rmdir(folder);
  }
}
