/**
 * Installed packages and the text of their READMEs. In: a node_modules folder. Out: the packages below it that have a
 * README, one of each name, sorted by name, so that the same installation gives the same list everywhere.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface PackageText {
  readonly name: string;
  readonly readme: string;
  /** Size of all its files, without the packages nested in it. */
  readonly bytes: number;
}

const NESTED = 'node_modules';

export async function installedPackages(folder: string): Promise<PackageText[]> {
  const found = new Map<string, PackageText>();
  for (const path of await packageFolders(folder)) {
    const described = await describe(path);
    if (described && !found.has(described.name)) found.set(described.name, described);
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Folders of packages: those of this node_modules in order of their names, then those nested in them. */
async function packageFolders(modules: string): Promise<string[]> {
  const direct: string[] = [];
  for (const name of await folders(modules)) {
    if (name.startsWith('.')) continue;
    const path = join(modules, name);
    if (name.startsWith('@')) direct.push(...(await folders(path)).map((scoped) => join(path, scoped)));
    else direct.push(path);
  }
  const nested: string[] = [];
  for (const path of direct) nested.push(...(await packageFolders(join(path, NESTED))));
  return [...direct, ...nested];
}

/** Names of the folders in a folder, ascending; none where there is no such folder. */
async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/** Null for a folder that is no package, or one without a README. */
async function describe(path: string): Promise<PackageText | null> {
  const name = await packageName(join(path, 'package.json'));
  const readme = (await readdir(path)).sort().find((file) => /^readme(\.(md|markdown|txt))?$/i.test(file));
  if (name === null || readme === undefined) return null;
  return { name, readme: await readFile(join(path, readme), 'utf8'), bytes: await bytesIn(path) };
}

/** Null where there is no package.json that names a package. */
async function packageName(file: string): Promise<string | null> {
  try {
    const { name } = JSON.parse(await readFile(file, 'utf8')) as { name?: unknown };
    return typeof name === 'string' ? name : null;
  } catch {
    return null;
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== NESTED) bytes += await bytesIn(path);
    else if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}
