/** What a run is given to survive the loss of its workers, in Node: a folder for snapshots, and how long to wait for whom. */
import { tmpdir } from 'node:os';
import { makeTemporary, removeLeftovers } from '../data/leftovers.js';
import type { CheckpointPlan } from './checkpoint-plan.js';
import type { SnapshotFolder } from './own-blocks.js';
import type { RecoveryOptions } from './recovery.js';
import { SnapshotKeeper } from './snapshot-keeper.js';

export interface Protection {
  /** Where the user wants checkpoints; else a folder of the run's own is used, which goes with it. */
  readonly checkpoint: CheckpointPlan | undefined;
  readonly allowEngineChange: boolean;
  /** Workers may come from elsewhere. */
  readonly expectsGuests: boolean;
  readonly notice: (sentence: string) => void;
}

/** How long a run without workers waits for one: who comes from elsewhere may take minutes, who is started here seconds. */
const GUEST_PATIENCE_MS = 600_000;
const LOCAL_PATIENCE_MS = 60_000;
/** A push that takes longer than this, and much longer than those before it, is taken for dead. */
const DEADLINE_MS = 60_000;

const OWN_FOLDER = 'strads-snapshots-';

/** `snapshots`: where workers of this machine keep the states of their shards themselves. */
export async function recoveryOf({ checkpoint, allowEngineChange, expectsGuests, notice }: Protection): Promise<{ recovery: RecoveryOptions; snapshots: SnapshotFolder }> {
  const folder = checkpoint?.folder ?? (await ownFolder());
  const keeper = new SnapshotKeeper({ folder, plan: checkpoint ?? null, notice });
  const patienceMs = expectsGuests ? GUEST_PATIENCE_MS : LOCAL_PATIENCE_MS;
  return { recovery: { keeper, allowEngineChange, patienceMs, deadlineMs: DEADLINE_MS, notice }, snapshots: { folder, durable: checkpoint !== undefined } };
}

/** One of the run's own; those of runs that were killed go. */
async function ownFolder(): Promise<string> {
  await removeLeftovers(tmpdir(), OWN_FOLDER);
  return makeTemporary(tmpdir(), OWN_FOLDER);
}
