/** What strads train keeps in its checkpoints beside the run itself: the command, so that a resumed run goes on exactly as it was. */
import { z } from 'zod';
import { newestCheckpoint } from '../runtime/checkpoint-folder.js';
import { UsageError } from '../runtime/worker-request.js';

const schema = z.strictObject({
  /** Version of strads. */
  strads: z.string(),
  /** "train lasso" */
  command: z.string(),
  /** Its flags, with paths from the root. */
  arguments: z.array(z.string()),
  /** What is read: by flag, and what was found there. */
  data: z.array(z.strictObject({ flag: z.string(), path: z.string(), files: z.number(), bytes: z.number(), sha256: z.string() })),
  /** Kinds of the workers' engines, which decide the bits as well. */
  engines: z.array(z.string()),
});

export type CommandDetails = z.infer<typeof schema>;

/** Null for what another program kept. */
export function commandDetails(details: unknown): CommandDetails | null {
  return schema.safeParse(details).data ?? null;
}

/** What a run of `command` that goes on from the folder was asked for. Throws UsageError where it can't go on. */
export async function detailsToResume(folder: string, command: string, version: string): Promise<CommandDetails> {
  const found = await newestCheckpoint(folder);
  if (found === null) throw new UsageError(`--resume ${folder}: the folder holds no checkpoint, expected one of strads ${command}: give the folder that --checkpoint named`);
  const { number } = found;
  const details = commandDetails(found.details);
  if (details === null) throw new UsageError(`--resume ${folder}: checkpoint ${number} is not of strads ${command}, but of a program of its own or of another version: go on with what wrote it`);
  if (details.strads !== version) throw new UsageError(`--resume ${folder}: checkpoint ${number} was written by strads ${details.strads} and this is ${version}, whose bits may differ: go on with strads@${details.strads}, or train anew with another --checkpoint folder`);
  if (details.command !== command) throw new UsageError(`--resume ${folder}: checkpoint ${number} is of strads ${details.command}, not of strads ${command}: go on with strads ${details.command} --resume ${folder}`);
  return details;
}
