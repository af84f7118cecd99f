/**
 * A trace on disk: a JSON object of the Chrome trace format, one event a line, whose last line holds the profile and where it begins. In: text
 * of the timeline, as it comes. Out: the file, written beside its place and renamed when it is whole; of a run that fails nothing is left.
 */
import { closeSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
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
  for (const other of alsoWritten) if (other !== undefined && namedOutput(other, 'a folder', '--out') === target) throw new DataError(`${path}: is also what --out names. Choose another ${FLAG}`);
  assertReplaceable(path, target);
  await assertBeside(target, FLAG);
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
  readonly #folder: string;
  readonly #unfinished: string;
  readonly #file: number;
  readonly #onExit = () => this.#remove();
  #waiting = HEAD;
  #bytes = 0;
  #failure: Error | null = null;

  private constructor(path: string, target: string, folder: string) {
    this.#path = path;
    this.#target = target;
    this.#folder = folder;
    this.#unfinished = join(folder, basename(target));
    this.#file = openSync(this.#unfinished, 'wx');
    process.once('exit', this.#onExit);
  }

  /** Throws DataError where it can't be written. */
  static async create(path: string): Promise<TraceFile> {
    const target = namedOutput(path, 'a file', FLAG);
    return new TraceFile(path, target, await makeBeside(target, FLAG));
  }

  /** Takes text of the timeline. A disk that is full is told of at the end: training goes on. */
  write(text: string): void {
    this.#waiting += text;
    if (this.#waiting.length >= BUFFER_CHARACTERS) this.#flush();
  }

  /** Writes the end and brings the file to its place. Throws DataError where it could not be written. */
  finish(profile: Profile): void {
    this.write(END_OF_EVENTS);
    this.#flush();
    this.write(`${LAST_LINE}${JSON.stringify({ at: this.#bytes, profile })}}\n`);
    this.#flush();
    try {
      if (this.#failure) throw this.#failure;
      assertReplaceable(this.#path, this.#target);
      renameSync(this.#unfinished, this.#target);
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
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #isRemoved = false;

  #flush(): void {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    if (this.#failure) return;
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
      this.#bytes += bytes.length;
    } catch (error) {
      this.#failure = error as Error;
    }
  }
}
