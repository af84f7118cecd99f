/**
 * Data that a worker reads for itself: what the scheduler offers, what the worker answers, and what the worker loop
 * asks of whoever knows the worker's files. No Node here: a browser has no such files.
 */
import type { ReadOptions } from '../data/read.js';
import type { AddressedPart, Recipe } from './distribution.js';

/** How the file is read, beside its path; the target comes with the recipe. */
export type OfferedOptions = Omit<ReadOptions, 'data' | 'target' | 'spoolBytes'>;

/** A file that the scheduler has read, which a worker may have as well. */
export interface DataOffer {
  /** Path of the scheduler's file as a relative one with "/" between its parts, without "..". */
  readonly name: string;
  /** What the scheduler's user calls it, for messages. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file's bytes, 64 hexadecimal digits. */
  readonly digest: string;
  readonly options: OfferedOptions;
}

/** The worker's own path of the same file, or why it has none. A file that differs is no answer but an error. */
export type DataAnswer = { readonly found: string } | { readonly missing: string };

/** A worker's files. */
export interface LocalData {
  /** Looks for the offered file. Throws DataError when one of its name differs or can't be read. */
  look(offer: unknown): Promise<DataAnswer>;
  /** Reads the file that was found and cuts it for `program`. Throws DataError when it is not what it was. */
  parts(program: string, recipe: Recipe): AsyncIterable<AddressedPart>;
}
