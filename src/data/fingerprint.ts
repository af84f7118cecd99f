/**
 * What tells data from other data of the same name. In: a file, a folder, or a glob. Out: how many files and bytes there are, and a SHA-256: that
 * of a lone file's bytes, else that of the files' names and digests in order.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { isDynamicPattern } from 'tinyglobby';
import { DataError } from './dataset.js';
import { digestOf } from './digest.js';
import { textFilesOf } from './text-files.js';

export interface Fingerprint {
  readonly files: number;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** DataError where nothing is found, or something that can't be read twice. */
export async function fingerprintOf(path: string): Promise<Fingerprint> {
  const found = await stat(path).catch(() => null);
  if (found === null && !isDynamicPattern(path)) throw new DataError(`${path}: there is no such file. Check the path and the directory it is relative to`);
  if (found !== null && !found.isFile() && !found.isDirectory()) throw new DataError(`${path}: can be read only once, expected a file, which a resumed run could read again. Write the data to a file first`);
  const names = found?.isFile() ? [path] : await textFilesOf(path);
  const files: { name: string; bytes: number; digest: string }[] = [];
  for (const name of names) files.push({ name, bytes: (await stat(name)).size, digest: await digestOf(name) });
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (files.length === 1) return { files: 1, bytes, sha256: files[0]!.digest };
  const hash = createHash('sha256');
  for (const { name, digest } of files) hash.update(`${digest} ${name}\n`);
  return { files: files.length, bytes, sha256: hash.digest('hex') };
}
