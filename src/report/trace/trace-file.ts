/**
 * A trace on disk: a JSON object of the Chrome trace format, one event a line, whose last line holds the profile and where it begins. In: text
 * of the timeline, as it comes. Out: the file, written beside its place and renamed when it is whole; of a run that fails nothing is left.
 */
import { closeSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { assertBeside, makeBeside, namedOutput } from '../../data/beside.js';
import { DataError } from '../../data/dataset.js';
import { PROFILE_FORMAT, PROFILE_VERSION, type Profile } from './profile.js';

/** First bytes of every version. */
export const MAGIC = `{"strads":{"format":"${PROFILE_FORMAT}","version":`;
export const HEAD = `${MAGIC}${PROFILE_VERSION}},\n"displayTimeUnit":"ns",\n"traceEvents":[\n`;
/** Before the last line. */
export const END_OF_EVENTS = '\n],\n';
/** The last line: {"at": its first byte, "profile": …} without the brace that opens the file. */
export const LAST_LINE = '"strads-profile":';

const FLAG = '--profile';
/** Text that waits in memory. */
const BUFFER_CHARACTERS = 1 << 18;

/** The place of a trace, found writable. `alsoWritten`: other outputs of the command. Throws DataError that says what to do. */
export async function assertTraceWritable(path: string, alsoWritten: readonly (string | undefined)[] = []): Promise<void> {
  const target = namedOutput(path, 'a file', FLAG);
  for (const other of alsoWritten) if (other !== undefined) assertApart(path, target, namedOutput(other, 'a folder', '--out'));
  assertReplaceable(path, target);
  await assertBeside(target, FLAG);
}

/** What --out names is replaced as a whole, with whatever lies in it. */
function assertApart(path: string, target: string, out: string): void {
  if (target === out) throw new DataError(`${path}: is also what --out names. Choose another ${FLAG}`);
  const folder = namedOutput(dirname(target), 'a folder', FLAG);
  if (`${folder}${sep}`.startsWith(out + sep)) throw new DataError(`${path}: lies in the folder that --out names, which is replaced as a whole. Choose another ${FLAG}`);
}

/** Only a trace is ever replaced. */
function assertReplaceable(path: string, target: string): void {
  const found = statSync(target, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) throw new DataError(`${path}: is a directory, expected the name of a file. Choose another ${FLAG}`);
  if (!found.isFile()) throw new DataError(`${path}: is a device, pipe or socket, expected a file that can be replaced. Choose another ${FLAG}`);
  if (startOf(path, target) !== MAGIC) throw new DataError(`${path}: the file exists and is no trace of strads, so it will not be replaced. Choose another ${FLAG}`);
}

function startOf(path: string, target: string): string {
  const bytes = Buffer.alloc(MAGIC.length);
  try {
    const file = openSync(target, 'r');
    try {
      return bytes.toString('latin1', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new DataError(`${path}: the file exists and can't be looked into (${(error as Error).message}), so it will not be replaced. Choose another ${FLAG}`, { cause: error });
  }
}

export class TraceFile {
  readonly #path: string;
  readonly #target: string;
  /** Where it is written; null before it is opened, and when it is in its place or discarded. */
  #work: { readonly folder: string; readonly unfinished: string; readonly file: number } | null = null;
  readonly #onExit = () => this.#remove();
  #waiting = HEAD;
  #bytes = 0;
  #failure: Error | null = null;

  constructor(path: string) {
    this.#path = path;
    this.#target = namedOutput(path, 'a file', FLAG);
  }

  /** From now on there is a file beside the place. Throws DataError where it can't be written. */
  async open(): Promise<void> {
    const folder = await makeBeside(this.#target, FLAG);
    const unfinished = join(folder, basename(this.#target));
    this.#work = { folder, unfinished, file: openSync(unfinished, 'wx') };
    process.once('exit', this.#onExit);
  }

  /** Takes text of the timeline. A disk that is full is told of at the end: training goes on. */
  write(text: string): void {
    this.#waiting += text;
    if (this.#work && this.#waiting.length >= BUFFER_CHARACTERS) this.#flush(this.#work.file);
  }

  /** Writes the end and brings the file to its place. Throws DataError where it could not be written. */
  finish(profile: Profile): void {
    const { file, unfinished } = this.#work!;
    this.write(END_OF_EVENTS);
    this.#flush(file);
    this.write(`${LAST_LINE}${JSON.stringify({ at: this.#bytes, profile })}}\n`);
    this.#flush(file);
    try {
      if (this.#failure) throw this.#failure;
      assertReplaceable(this.#path, this.#target);
      renameSync(unfinished, this.#target);
    } catch (error) {
      throw error instanceof DataError ? error : new DataError(`${this.#path}: the trace could not be written (${(error as Error).message}). Make room, or choose another ${FLAG}`, { cause: error });
    } finally {
      this.discard();
    }
  }

  /** Leaves nothing behind, except a trace that is in its place. */
  discard(): void {
    process.off('exit', this.#onExit);
    this.#remove();
  }

  #remove(): void {
    if (this.#work === null) return;
    const { file, folder } = this.#work;
    this.#work = null;
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }

  #flush(file: number): void {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    if (this.#failure) return;
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      this.#bytes += bytes.length;
    } catch (error) {
      this.#failure = error as Error;
    }
  }
}
