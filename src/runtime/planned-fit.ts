/**
 * Checkpoints as a program asks for them. In: where they go, and what is fitted to what. Out: the plan that the run keeps to, once it is known that the
 * folder is free, or that its last checkpoint is of the same fit.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { newestCheckpointIfAny } from './checkpoint-folder.js';
import type { CheckpointEvent, CheckpointPlan } from './checkpoint-plan.js';
import type { Cluster } from './cluster.js';
import type { Session } from './session.js';
import { UsageError } from './worker-request.js';
import { VERSION } from '../version.js';

/** Checkpoints of a fit: what an interrupted one goes on from, to the same bits. */
export interface CheckpointOptions {
  readonly folder: string;
  /** Seconds from one to the next; Infinity for the end alone. Default 30. */
  readonly every?: number | undefined;
  /** How many stay. Default 3. */
  readonly keep?: number | undefined;
  /** Go on from the last one that the folder holds, where it holds one of this fit; else it must hold none. */
  readonly resume?: boolean | undefined;
  /** Told of every checkpoint. */
  readonly observe?: ((event: CheckpointEvent) => void) | undefined;
}

/** What decides the bits of a fit, beside the version. */
export interface Subject {
  readonly model: string;
  /** In JSON. */
  readonly options: unknown;
  /** SHA-256 of the data. */
  readonly data: string;
}

interface Stoppable {
  readonly shouldStop?: (() => boolean) | undefined;
}

/** A fit with checkpoints. */
export interface PlannedFit<Observer> {
  /** Absent where nobody asked for checkpoints. */
  readonly plan?: CheckpointPlan | undefined;
  /** With which to fit. */
  readonly observer: Observer;
  /** Its cluster. Throws UsageError where a resumed fit had workers of other kinds. */
  cluster(session: Session, shards: number): Cluster;
}

const schema = z.strictObject({ strads: z.string(), model: z.string(), options: z.string(), data: z.string(), engines: z.array(z.string()) });
type FitDetails = z.infer<typeof schema>;

const optionsSchema = z.strictObject({
  folder: z.string().min(1),
  every: z.custom<number>((value) => typeof value === 'number' && value > 0, 'expected seconds, above 0').default(30),
  keep: z.int().positive().default(3),
  resume: z.boolean().default(false),
  observe: z.custom<NonNullable<CheckpointOptions['observe']>>((value) => typeof value === 'function').optional(),
});

/** Throws UsageError for options that can't be, and where the folder holds another fit. `describe` is only asked where there are checkpoints. */
export async function plannedFit<Observer extends Stoppable>(options: CheckpointOptions | undefined, observer: Observer, describe: () => Promise<Subject>): Promise<PlannedFit<Observer>> {
  if (options === undefined) return { observer, cluster: (session, shards) => session.cluster(shards) };
  const { folder, every, keep, resume, observe } = parsed(options);
  const earlier = await earlierFit(folder);
  if (earlier !== null && !resume) throw new UsageError(`checkpoint: ${folder} holds checkpoints of a fit: go on with it by { resume: true }, or name another folder`);
  const { model, options: fitted, data } = await describe();
  const details = { strads: VERSION, model, options: JSON.stringify(fitted), data };
  if (earlier !== null) assertSame(folder, earlier, details);
  let engines: readonly string[] = [];
  let isStopped = false;
  let cluster: Cluster | null = null;
  return {
    plan: {
      folder: resolve(folder),
      everySeconds: every,
      keep,
      resume: earlier !== null,
      get details(): FitDetails {
        return { ...details, engines: [...engines] };
      },
      isStopped: () => isStopped,
      observe,
    },
    // A fit that stopped in the midst of what is replayed would do something else than the recorded one did.
    observer: { ...observer, shouldStop: () => (isStopped ||= !(cluster?.replaying ?? false) && (observer.shouldStop?.() ?? false)) },
    cluster(session, shards) {
      engines = [...new Set(session.members.map(({ kind }) => kind))].sort();
      if (earlier !== null) assertSame(folder, earlier, { engines });
      return (cluster = session.cluster(shards));
    },
  };
}

function parsed(options: CheckpointOptions): z.output<typeof optionsSchema> {
  const { data, error } = optionsSchema.safeParse(options);
  if (data) return data;
  throw new UsageError(`checkpoint: ${error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')}`);
}

/** Of the newest checkpoint in a folder; null where there is none, or no folder. */
async function earlierFit(folder: string): Promise<FitDetails | null> {
  const found = await newestCheckpointIfAny(folder);
  if (found === null) return null;
  const { data } = schema.safeParse(found.details);
  if (data) return data;
  throw new UsageError(`checkpoint: ${folder} holds checkpoints of something else (strads train, say): name another folder`);
}

function assertSame(folder: string, earlier: FitDetails, now: Partial<Record<keyof FitDetails, string | readonly string[]>>): void {
  for (const name of Object.keys(now) as (keyof FitDetails)[]) {
    if (String(earlier[name]) === String(now[name])) continue;
    throw new UsageError(`checkpoint: ${folder} holds checkpoints of another fit (${name}: ${String(earlier[name])}, here ${String(now[name])}): name another folder`);
  }
}
