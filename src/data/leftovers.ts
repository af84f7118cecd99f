/**
 * Temporary folders that tell by their names whose they are, so that the next start removes what a killed process left. In: the folder
 * they lie in and how their names begin. Out: a new one, and no more of those whose process is gone.
 */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Makes a folder whose name begins with `prefix`. Rejects as `mkdtemp` does. */
export function makeTemporary(parent: string, prefix: string): Promise<string> {
  return mkdtemp(join(parent, `${prefix}${HERE}-${process.pid}-`));
}

/** Removes the folders of this prefix whose process is gone, but those that hold one of `treasures`. What can't be removed stays. */
export async function removeLeftovers(parent: string, prefix: string, treasures: readonly string[] = []): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((one) => isLeftover(one, prefix))) {
    const folder = join(parent, name);
    const holds = await readdir(folder).catch(() => treasures);
    if (!holds.some((one) => treasures.includes(one))) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isLeftover(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const [, where, id] = /^([0-9a-f]{8})-(\d{1,10})-\w{6}$/.exec(name.slice(prefix.length)) ?? [];
  return where === HERE && !isAlive(Number(id));
}

/** Another process that has its number by now counts as well: then the folder waits for a later start. */
function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Where a process number means something: this machine, and where there are several sets of numbers on it, this one. */
const HERE = createHash('sha256').update(`${hostname()} ${numbering()}`).digest('hex').slice(0, 8);

function numbering(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
