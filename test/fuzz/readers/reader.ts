/** A reader as it is fuzzed: valid files to begin with, what to change in them, and ways to read what comes of it. */
import type { Mutation } from '../mutate/mutation.js';

/** Files of a folder by name; the first is changed most often. */
export type Files = Readonly<Record<string, Buffer>>;

export interface Given {
  /** Path of the first file, and its content. */
  readonly file: string;
  readonly bytes: Buffer;
  /** Where all files lie. */
  readonly folder: string;
  /** Chooses among options and sizes; the same for all readings of a file. */
  readonly way: number;
}

export interface ReaderUnderFuzz {
  readonly name: string;
  /** Valid inputs. */
  samples(): Promise<readonly Files[]>;
  readonly mutations: readonly Mutation[];
  /** Whether the folder is what is read, so that files may also be missing, empty or of another sample. */
  readonly isFolder?: boolean;
  /** What the reader says is in the files; rejects as the reader does. */
  read(given: Given): Promise<unknown>;
  /** The same by another way: in pieces of other sizes, say, or by the reader's other implementation. */
  reread?(given: Given): Promise<unknown>;
  /**
   * What is in the file by a parser that shares nothing with the reader: REFUSED where the file is none, NO_OPINION where the parser is too
   * simple to tell.
   */
  reference?(given: Given): unknown;
}

export const REFUSED = Symbol('refused');
export const NO_OPINION = Symbol('no opinion');

/** One of several, by the way a file is read. */
export function wayOf<T>(way: number, choices: readonly T[]): T {
  return choices[way % choices.length]!;
}
