/**
 * Reads mutated inputs of one reader, in a process of its own: memory is short here, and a crash or a hang ends no more than this. Its
 * parameters are its arguments; what it finds goes to the parent as messages, and where it is stands in the file of progress.
 */
import { openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputFolder } from './input-folder.js';
import { judge } from './judge.js';
import { limitArrays, longestArray } from './limited-memory.js';
import { mutatedInput } from './mutated.js';
import { answerAtOnce } from './prompt-files.js';
import type { ReaderUnderFuzz } from './reader.js';

export interface ChildRequest {
  /** Module that exports `READERS`. */
  readonly module: string;
  readonly reader: string;
  readonly seed: number;
  readonly first: number;
  readonly end: number;
  /** A folder of the child's own. */
  readonly folder: string;
  /** File that holds the number of the input in hand. */
  readonly progress: string;
}

export interface Finding {
  readonly input: number;
  readonly what: string;
}

export type ChildMessage =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'tally'; readonly accepted: number; readonly refused: number; readonly next: number; readonly longestArray: number };

/** Longest array that a small file may lead to. */
const MOST_ARRAY_BYTES = 256 << 20;
const TALLY_EVERY = 250;
/** Files that may be open more than at the beginning: what a garbage collection has yet to close is a leak too. */
const SPARE_DESCRIPTORS = 8;

// Without a parent there is nobody to tell.
process.once('disconnect', () => process.exit());
const request = JSON.parse(process.argv[2]!) as ChildRequest;
await fuzz(request);
process.disconnect();

async function fuzz({ module, reader: name, seed, first, end, folder, progress }: ChildRequest): Promise<void> {
  // Before anything keeps the constructors as they are.
  limitArrays(MOST_ARRAY_BYTES);
  answerAtOnce();
  const { READERS } = (await import(module)) as { READERS: readonly ReaderUnderFuzz[] };
  const reader = READERS.find((known) => known.name === name)!;
  const samples = await reader.samples();
  const position = openSync(progress, 'w');
  const tell = (finding: Finding): void => say({ kind: 'finding', finding });
  let [accepted, refused, input] = [0, 0, first];
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, (error: unknown) => tell({ input, what: `${event}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` }));
  const own = new InputFolder(join(folder, 'input'));
  let open = 0;
  for (; input < end; input++) {
    writeSync(position, String(input).padEnd(12), 0);
    const mutated = mutatedInput(reader, samples, seed, input);
    own.hold(mutated.files);
    const verdict = await judge(reader, mutated, own);
    // What nobody waited for comes up now, while its input is in hand.
    await new Promise(setImmediate);
    if (verdict.outcome === 'finding') tell({ input, what: verdict.what });
    else if (verdict.outcome === 'accepted') accepted++;
    else refused++;
    if ((input + 1 - first) % TALLY_EVERY !== 0 && input + 1 < end) continue;
    say({ kind: 'tally', accepted, refused, next: input + 1, longestArray: longestArray() });
    [accepted, refused] = [0, 0];
    const now = openDescriptors();
    if (open === 0) open = now;
    else if (now > open + SPARE_DESCRIPTORS) {
      tell({ input, what: `${now - open} files were left open by the last ${TALLY_EVERY} inputs` });
      open = now;
    }
  }
}

function say(message: ChildMessage): void {
  process.send!(message);
}

/** 0 where the system does not tell. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
