/**
 * What tells one state of a file from another. In: a path. Out: the SHA-256 of its bytes, and a stamp that changes
 * when somebody replaces or writes the file.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Two stamps of a file are equal as long as it is the same file, of the same size, written at the same time. */
export interface FileStamp {
  readonly bytes: number;
  readonly identity: string;
}

/** Null when there is no such file, or it is none that can be read twice (a pipe, a folder). */
export async function stampOf(file: string): Promise<FileStamp | null> {
  const found = await stat(file, { bigint: true }).catch(() => null);
  if (!found?.isFile()) return null;
  const { dev, ino, size, mtimeNs } = found;
  return { bytes: Number(size), identity: [dev, ino, size, mtimeNs].join(':') };
}

const READ_BYTES = 1 << 20;

/** SHA-256 as 64 hexadecimal digits; the file streams through. Rejects with the file system's error. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file, { highWaterMark: READ_BYTES })) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

/** As much of a digest as people compare. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
