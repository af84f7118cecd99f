/** What a folder of checkpoints says of the run that wrote them, for who may go on with it: nothing is taken over yet. */
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { openFolderStore } from '../checkpoint/folder-store.js';
import { newestManifest } from '../checkpoint/newest-manifest.js';

/** The newest checkpoint of a run. */
export interface FoundCheckpoint {
  readonly number: number;
  /** The training was done. */
  readonly finished: boolean;
  /** Those of its plan (checkpoint-plan.ts), from whatever wrote it. */
  readonly details: unknown;
}

const schema = z.object({ finished: z.boolean(), details: z.unknown() });

/** Null when the folder holds none. Throws CheckpointError where there is no such folder, it can't be read, or all that it holds is damaged. */
export async function newestCheckpoint(folder: string): Promise<FoundCheckpoint | null> {
  const manifest = await newestManifest(await openFolderStore(folder, { durable: false, create: false }));
  if (manifest === null) return null;
  const { data } = schema.safeParse(manifest.details);
  return { number: manifest.number, finished: data?.finished ?? false, details: data?.details };
}

/** The same, where there need be no such folder. */
export async function newestCheckpointIfAny(folder: string): Promise<FoundCheckpoint | null> {
  return (await stat(folder).then(() => true, () => false)) ? newestCheckpoint(folder) : null;
}
