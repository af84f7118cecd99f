/**
 * A worker's own data folder, in Node. In: what a scheduler offers. Out: the same file below the folder, or why it
 * can't be used; later the parts that a distribution makes of it. A peer never gets a file read from elsewhere.
 */
import { z } from 'zod';
import { findBelow } from '../data/below.js';
import { DataError, type Matrix } from '../data/dataset.js';
import { digestOf, shortDigest, stampOf, type FileStamp } from '../data/digest.js';
import { FORMATS } from '../data/format.js';
import { readDataset } from '../data/read.js';
import type { AddressedPart, Distributions, Recipe } from './distribution.js';
import type { DataAnswer, DataOffer, LocalData, OfferedOptions } from './local-data.js';

const column = z.union([z.string(), z.number()]);

const offerSchema = z.strictObject({
  name: z.string().max(4096),
  file: z.string(),
  bytes: z.number(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  options: z.strictObject({
    format: z.enum(FORMATS).optional(),
    header: z.boolean().optional(),
    targetColumn: column.optional(),
    ignoreColumns: z.array(column).optional(),
    features: z.number().optional(),
  } satisfies Record<keyof OfferedOptions, z.ZodType>),
});

export interface DataRootOptions {
  readonly folder: string;
  /** The worker's name, for messages. */
  readonly worker: string;
  readonly distributions: Distributions;
  /** A sentence for whoever started the worker. */
  readonly notice: (sentence: string) => void;
}

/** The file that matched. */
interface Match {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly offer: DataOffer;
}

const GONE = 'it was removed';

function changeSince(then: FileStamp, now: FileStamp | null): string | null {
  if (now === null) return GONE;
  return now.identity === then.identity ? null : `it was changed (${then.bytes} bytes then, ${now.bytes} now)`;
}

const WITHOUT = 'or start the worker without --data-root: then the data are sent to it';

export class DataRoot implements LocalData {
  readonly #options: DataRootOptions;
  #match: Match | null = null;

  constructor(options: DataRootOptions) {
    this.#options = options;
  }

  async look(offered: unknown): Promise<DataAnswer> {
    const offer = offerSchema.parse(offered);
    const found = await this.#find(offer);
    if ('missing' in found) {
      this.#options.notice(`${found.missing}: the shards are sent here`);
      return found;
    }
    const { path } = found;
    const stamp = await stampOf(path);
    if (stamp === null) throw this.#lost({ path, offer }, GONE);
    const digest = await digestOf(path).catch((error: Error) => this.#unreadable(path, error));
    if (digest !== offer.digest) throw this.#differs(path, { digest, bytes: stamp.bytes }, offer);
    this.#match = { path, stamp, offer };
    this.#options.notice(`${path} is the scheduler's ${offer.file} (SHA-256 ${shortDigest(digest)}…): the shards are read here`);
    return { found: path };
  }

  async *parts(program: string, recipe: Recipe): AsyncGenerator<AddressedPart> {
    const distribution = this.#options.distributions.get(program);
    if (!distribution) throw new TypeError(`this worker can't cut data for "${program}"; it can for ${[...this.#options.distributions.keys()].join(', ')}: install the scheduler's version here`);
    const matrix = await this.#read(this.#match!);
    try {
      this.#options.notice(`${this.#match!.path} is read; the run does not need it any more`);
      yield* distribution(matrix, recipe);
    } finally {
      await matrix.close();
    }
  }

  async #find({ name }: DataOffer): Promise<{ path: string } | { missing: string }> {
    const { folder } = this.#options;
    return findBelow(folder, name).catch((error: Error) => this.#unreadable(folder, error));
  }

  /** The same bytes parse the same way, so what goes wrong here is about the file or this machine. */
  async #read(match: Match): Promise<Matrix> {
    const [outcome] = await Promise.allSettled([readDataset({ ...match.offer.options, data: match.path })]);
    const change = changeSince(match.stamp, await stampOf(match.path));
    if (outcome.status === 'rejected') throw change === null ? this.#named(outcome.reason as Error) : this.#lost(match, change);
    const { matrix } = outcome.value;
    if (change === null) return matrix;
    await matrix.close();
    throw this.#lost(match, change);
  }

  #named(error: Error): Error {
    return error instanceof DataError ? new DataError(`worker ${this.#options.worker}: ${error.message}`, { cause: error }) : error;
  }

  #differs(path: string, own: { digest: string; bytes: number }, { file, digest, bytes }: DataOffer): DataError {
    const told = (one: { digest: string; bytes: number }) => `SHA-256 ${shortDigest(one.digest)}…, ${one.bytes} bytes`;
    return new DataError(`worker ${this.#options.worker}: ${path} (${told(own)}) differs from the scheduler's ${file} (${told({ digest, bytes })}). Copy the scheduler's file there, ${WITHOUT}`);
  }

  #lost({ path, offer }: Pick<Match, 'path' | 'offer'>, what: string): DataError {
    return new DataError(`worker ${this.#options.worker}: ${path} is not what the scheduler reads as ${offer.file} any more: ${what} before it was read to its end. Put the file back, leave it alone until the worker says that it is read, and start again, ${WITHOUT}`);
  }

  #unreadable(path: string, error: Error): never {
    throw new DataError(`worker ${this.#options.worker}: ${path} can't be read (${error.message}). Make it readable for the user who runs strads, ${WITHOUT}`, { cause: error });
  }
}
