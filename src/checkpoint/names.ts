/**
 * What objects are called. `checkpoint-000017-2.json` is the manifest of checkpoint 17, written by run 2; `pack-000017-2-shard-3` holds
 * blocks that changed between the checkpoint before and this one. A run is one life of the scheduler; numbers rise over all runs.
 */
import { CheckpointError } from './error.js';

/** Which checkpoint: later runs come after earlier ones, whatever their numbers. */
export interface CheckpointId {
  readonly number: number;
  readonly run: number;
}

const OBJECT_NAME = /^[a-z0-9][a-z0-9.-]*$/;
const MOST_CHARACTERS = 200;
const MANIFEST = /^checkpoint-(\d{6,15})-([1-9]\d{0,14})\.json$/;
const PACK = /^pack-(\d{6,15})-([1-9]\d{0,14})-[a-z0-9.-]+$/;

/** Flat and plain, so that none leads out of a folder, is hidden in it or means something to a system. */
export function isObjectName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= MOST_CHARACTERS && OBJECT_NAME.test(name);
}

/** Throws CheckpointError (`refused`) unless a store takes this name. */
export function assertObjectName(name: string): void {
  if (isObjectName(name)) return;
  throw new CheckpointError('refused', `${JSON.stringify(name)}: is no name of a checkpoint's object; expected at most ${MOST_CHARACTERS} of the characters a-z, 0-9, "." and "-", the first a letter or a digit`);
}

export function manifestName({ number, run }: CheckpointId): string {
  return `checkpoint-${digits(number)}-${run}.json`;
}

/** `part`: whose blocks, in characters that object names have. */
export function packName({ number, run }: CheckpointId, part: string): string {
  return `pack-${digits(number)}-${run}-${part}`;
}

/** Null for what is no manifest's name. */
export function manifestId(name: string): CheckpointId | null {
  const id = idIn(name, MANIFEST);
  return id !== null && manifestName(id) === name ? id : null;
}

/** Null for what is no pack's name. */
export function packId(name: string): CheckpointId | null {
  return idIn(name, PACK);
}

/** Ascending by run, then by number. */
export function byAge(a: CheckpointId, b: CheckpointId): number {
  return a.run - b.run || a.number - b.number;
}

function idIn(name: string, pattern: RegExp): CheckpointId | null {
  const found = pattern.exec(name);
  return found && { number: Number(found[1]), run: Number(found[2]) };
}

function digits(number: number): string {
  return String(number).padStart(6, '0');
}
