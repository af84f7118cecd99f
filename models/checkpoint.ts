/**
 * Checkpoints of the library's fits. In: where they go, and what is fitted to what. Out: the plan that the run keeps to, once it is known that the
 * folder is free, or that its last checkpoint is of the same fit.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { DocumentBatch } from '../src/data/corpus.js';
import type { MatrixChunk } from '../src/data/dataset.js';
import type { RatingArrays } from '../src/data/ratings-store.js';
import { newestCheckpointIfAny } from '../src/runtime/checkpoint-folder.js';
import type { CheckpointEvent, CheckpointPlan } from '../src/runtime/checkpoint-plan.js';
import type { Member } from '../src/runtime/cluster.js';
import { UsageError } from '../src/runtime/worker-request.js';
import { VERSION } from '../src/version.js';
import { parsedOptions } from './parsed-options.js';

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
  /** To be told who works before it begins. Throws UsageError where a resumed fit had workers of other kinds. */
  begin(members: readonly Pick<Member, 'kind'>[]): void;
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
  if (options === undefined) return { observer, begin: () => undefined };
  const { folder, every, keep, resume, observe } = parsedOptions('checkpoint', optionsSchema.safeParse(options));
  const earlier = await earlierFit(folder);
  if (earlier !== null && !resume) throw new UsageError(`checkpoint: ${folder} holds checkpoints of a fit: go on with it by { resume: true }, or name another folder`);
  const { model, options: fitted, data } = await describe();
  const details = { strads: VERSION, model, options: JSON.stringify(fitted), data };
  if (earlier !== null) assertSame(folder, earlier, details);
  let engines: readonly string[] = [];
  let isStopped = false;
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
    observer: { ...observer, shouldStop: () => (isStopped ||= observer.shouldStop?.() ?? false) },
    begin(members) {
      engines = [...new Set(members.map(({ kind }) => kind))].sort();
      if (earlier !== null) assertSame(folder, earlier, { engines });
    },
  };
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

/** SHA-256 of numbers in the order in which they come. */
export class DataDigest {
  readonly #hash = createHash('sha256');

  add(...arrays: readonly (Uint32Array | Float64Array | Float32Array | null)[]): this {
    for (const array of arrays) {
      this.#hash.update(`${array === null ? 'none' : array.length}\n`);
      if (array !== null) this.#hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
    return this;
  }

  addChunk(chunk: MatrixChunk): this {
    return chunk.kind === 'dense' ? this.add(chunk.values) : this.add(chunk.rows, chunk.columns, chunk.values);
  }

  addRatings(ratings: RatingArrays | null): this {
    return ratings === null ? this.add(null) : this.add(ratings.userOf, ratings.itemOf, ratings.values);
  }

  addDocuments(corpus: { batches(): Iterable<DocumentBatch> } | null): this {
    if (corpus === null) return this.add(null);
    for (const { starts, words, counts } of corpus.batches()) this.add(starts, words, counts);
    return this;
  }

  get value(): string {
    return this.#hash.copy().digest('hex');
  }
}
