/** Folders with one checkpoint each, of a run that need never have been, as far as strads train looks at it before a run goes on. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Checkpoints } from '../../src/checkpoint/checkpoints.js';
import { openFolderStore } from '../../src/checkpoint/folder-store.js';
import { VERSION } from '../../src/version.js';
import type { CommandDetails } from '../../src/cli/checkpoint-details.js';

export interface Interrupted {
  readonly finished?: boolean;
  readonly details: unknown;
}

/** Makes the folder `name` below `cwd`. */
export async function checkpointFolder(cwd: string, name: string, { finished = false, details }: Interrupted): Promise<void> {
  const store = await openFolderStore(join(cwd, name), { durable: false, create: true });
  const checkpoints = await Checkpoints.open(store, { keep: 1, notice: () => undefined });
  const id = await checkpoints.begin();
  await checkpoints.commit({ format: 1, ...id, program: 'lasso', shards: [[]], course: [], tasks: 17, details: { at: 0, finished, details } });
  await checkpoints.close();
}

/** Details of a run that read one file below `cwd`. */
export async function detailsOf(cwd: string, command: string, words: readonly string[], file: string): Promise<CommandDetails> {
  const content = await readFile(join(cwd, file));
  const data = [{ flag: '--data', path: join(cwd, file), files: 1, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }];
  return { strads: VERSION, command, arguments: [...words], data, engines: ['wasm'] };
}
