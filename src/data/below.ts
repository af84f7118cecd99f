/**
 * A name that a peer gave, looked up below a folder. In: the folder and the name. Out: the real path of a regular
 * file that lies in the folder, links followed, or why there is none. No name leads out of the folder.
 */
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

export type Found = { readonly path: string } | { readonly missing: string };

/** A path as a name to look up below a folder of another machine: relative, "/" between its parts, no "..". */
export function nameBelow(path: string): string {
  return path.split(sep).filter((part) => !isWayOut(part)).join('/');
}

/**
 * Looks for `name`, then for ever shorter ends of it, down to its last part: a folder that several machines share may
 * be mounted anywhere. Rejects with the file system's error where it may not look. The name is not trusted.
 */
export async function findBelow(folder: string, name: string): Promise<Found> {
  const parts = name.split('/');
  if (/[\p{Cc}\\]/u.test(name) || parts.some(isWayOut)) return { missing: `${JSON.stringify(name)} is no name of a file below a folder` };
  const root = await realPathOf(folder);
  if (root === null) return { missing: `the folder ${folder} is gone` };
  const refusals: string[] = [];
  for (const candidate of parts.map((_, i) => parts.slice(i).join('/'))) {
    const path = await realPathOf(join(root, candidate));
    if (path === null) continue;
    const refusal = await refusalOf(path, root);
    if (refusal === null) return { path };
    refusals.push(`${join(folder, candidate)} ${refusal}`);
  }
  return { missing: refusals[0] ?? `there is no ${name} in ${folder}${parts.length > 1 ? ', nor any later part of that path' : ''}` };
}

/** A part of a path that is no name of its own: it stays, climbs, starts at a root, or changes the drive. */
function isWayOut(part: string): boolean {
  return ['', '.', '..'].includes(part) || /^[a-z]:/i.test(part);
}

const NOWHERE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/** Null where nothing is. */
async function realPathOf(path: string): Promise<string | null> {
  return realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (NOWHERE.includes(error.code ?? '')) return null;
    throw error;
  });
}

async function refusalOf(path: string, root: string): Promise<string | null> {
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return `is a link that leads out of the folder`;
  return (await stat(path)).isFile() ? null : 'is no regular file';
}
