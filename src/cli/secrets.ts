/** Files that only their owner may read: the join token, private keys. */
import { readFile, stat } from 'node:fs/promises';
import { UsageError } from '../runtime/worker-request.js';

const SHORTEST_TOKEN = 16;
const OF_GROUP_OR_OTHERS = 0o044;

/** The first line of the file. Throws UsageError that names the file. */
export async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--token-file ${file}: can't be read: ${error.message}`);
  });
  const token = text.split('\n')[0]!.trim();
  if (token.length < SHORTEST_TOKEN) throw new UsageError(`--token-file ${file}: the token has ${token.length} characters, expected at least ${SHORTEST_TOKEN}; make one with: openssl rand -hex 24 > ${file}`);
  return token;
}

/** A sentence for each of the files that others may read; `files` by the flags that named them. */
export async function exposedFiles(files: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  const sentences: string[] = [];
  for (const [flag, file] of Object.entries(files)) {
    if (file === undefined || process.platform === 'win32') continue;
    const { mode } = await stat(file);
    if ((mode & OF_GROUP_OR_OTHERS) !== 0) sentences.push(`${flag} ${file}: other users of this machine may read it (mode ${(mode & 0o777).toString(8)}): chmod 600 ${file}`);
  }
  return sentences;
}
