/**
 * Checkpoints of the library's fits. In: where they go, and what is fitted to what. Out: the plan that the run keeps to, once it is known that the
 * folder is free, or that its last checkpoint is of the same fit.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { openFolderStore } from '../src/checkpoint/folder-store.js';
import { newestManifest } from '../src/checkpoint/newest-manifest.js';
import type { DocumentBatch } from '../src/data/corpus.js';
import type { MatrixChunk } from '../src/data/dataset.js';
import type { RatingArrays } from '../src/data/ratings-store.js';
import type { CheckpointEvent, CheckpointPlan } from '../src/runtime/checkpoint-plan.js';
import type { Member } from '../src/runtime/cluster.js';
import { UsageError } from '../src/runtime/worker-request.js';
import { VERSION } from '../src/version.js';

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

/** Makes the plan when it is known who works; null where no checkpoints were asked for. */
export type Planner = (members: readonly Pick<Member, 'kind'>[]) => CheckpointPlan;

const schema = z.object({ details: z.strictObject({ strads: z.string(), model: z.string(), options: z.string(), data: z.string(), engines: z.array(z.string()) }) });
type FitDetails = z.infer<typeof schema>['details'];

const optionsSchema = z.strictObject({
  folder: z.string().min(1),
  every: z.number().positive().default(30),
  keep: z.int().positive().default(3),
  resume: z.boolean().default(false),
  observe: z.custom<NonNullable<CheckpointOptions['observe']>>((value) => typeof value === 'function').optional(),
});

/** A fit with checkpoints: who makes its plan, and the observer that it is fitted with. Throws UsageError where the folder holds another fit. */
export async function plannedFit<Observer extends Stoppable>(options: CheckpointOptions | undefined, observer: Observer, describe: () => Promise<Subject>): Promise<{ plan: Planner | null; observer: Observer }> {
  if (options === undefined) return { plan: null, observer };
  const { data: checked, error } = optionsSchema.safeParse(options);
  if (error) throw new UsageError(`checkpoint: ${error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`);
  const { folder, every, keep, resume, observe } = checked;
  const { model, options: fitted, data } = await describe();
  const details = { strads: VERSION, model, options: JSON.stringify(fitted), data };
  const earlier = await earlierFit(folder);
  if (earlier !== null) assertSame(folder, earlier, { ...details, engines: earlier.engines }, resume);
  let isStopped = false;
  const plan: Planner = (members) => {
    const engines = [...new Set(members.map(({ kind }) => kind))].sort();
    if (earlier !== null) assertSame(folder, earlier, { ...details, engines }, resume);
    return { folder: resolve(folder), everySeconds: every, keep, resume: earlier !== null, details: { ...details, engines }, isStopped: () => isStopped, observe };
  };
  return { plan, observer: { ...observer, shouldStop: () => (isStopped ||= observer.shouldStop?.() ?? false) } };
}

/** Of the newest checkpoint in a folder; null where there is none, or no folder. */
async function earlierFit(folder: string): Promise<FitDetails | null> {
  if (!(await stat(folder).then(() => true, () => false))) return null;
  const manifest = await newestManifest(await openFolderStore(folder, { durable: false, create: false }));
  if (manifest === null) return null;
  const { data } = schema.safeParse(manifest.details);
  if (data) return data.details;
  throw new UsageError(`checkpoint: ${folder} holds checkpoints of something else (strads train, say): name another folder`);
}

function assertSame(folder: string, earlier: FitDetails, now: FitDetails, resume: boolean): void {
  if (!resume) throw new UsageError(`checkpoint: ${folder} holds checkpoints of a fit: go on with it by { resume: true }, or name another folder`);
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
