/**
 * Checkpoints in a folder of this machine, or one that machines share. In: its path. Out: a store whose objects are files: written
 * under a hidden name, made durable, then renamed, so that no crash leaves half of one.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckpointError } from './error.js';
import { storageError } from './file-errors.js';
import { assertObjectName, isObjectName } from './names.js';
import type { CheckpointStore, ObjectWriter } from './store.js';

export interface FolderStoreOptions {
  /** Whether an object survives a crash of the machine, too; false for a folder that would not either. */
  readonly durable: boolean;
  /** Make the folder when there is none; else it must be there. */
  readonly create: boolean;
}

/** Objects begin with a letter or a digit. */
const UNFINISHED = '.unfinished-';

/** Rejects with CheckpointError when there is no such folder, or none can be made. */
export async function openFolderStore(path: string, { durable, create }: FolderStoreOptions): Promise<CheckpointStore> {
  if (path.trim() === '') throw new CheckpointError('storage', 'the checkpoint folder has no name. Name one');
  if (create) await mkdir(path, { recursive: true }).catch((error: unknown) => refuse(path, 'made', error));
  const found = await stat(path).catch((error: unknown) => refuse(path, 'opened', error));
  if (!found.isDirectory()) throw new CheckpointError('storage', `${path}: is a file; expected a folder of checkpoints. Choose another folder`);
  return new FolderStore(path, durable);
}

class FolderStore implements CheckpointStore {
  readonly #folder: string;

  constructor(
    private readonly path: string,
    private readonly durable: boolean,
  ) {
    this.#folder = resolve(path);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const writer = await this.writer(name);
    await writer.append(bytes);
    await writer.finish();
  }

  async writer(name: string): Promise<ObjectWriter> {
    const target = this.#at(name);
    const temporary = join(this.#folder, `${UNFINISHED}${randomUUID()}`);
    const handle = await open(temporary, 'wx').catch((error: unknown) => refuse(this.nameOf(name), 'written', error));
    return new FileWriter(handle, { name: this.nameOf(name), temporary, target, folder: this.#folder, durable: this.durable });
  }

  async read(name: string, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#opened(name, async (handle, size) => {
      if (!(Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0 && begin <= end)) throw new CheckpointError('refused', `${this.nameOf(name)}: bytes ${begin} to ${end} were asked for; expected an ascending range`);
      if (end > size) throw this.#tooShort(name, size, end);
      const bytes = new Uint8Array(end - begin);
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done);
        if (bytesRead === 0) throw this.#tooShort(name, begin + done, end);
        done += bytesRead;
      }
      return bytes;
    });
  }

  size(name: string): Promise<number> {
    return this.#opened(name, (_handle, size) => Promise.resolve(size));
  }

  async list(): Promise<string[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => refuse(this.path, 'looked into', error));
    return names.filter(isObjectName).sort();
  }

  async remove(name: string): Promise<void> {
    await unlinkIfThere(this.#at(name)).catch((error: unknown) => refuse(this.nameOf(name), 'removed', error));
  }

  async sweep(): Promise<void> {
    const names = await readdir(this.#folder).catch((error: unknown) => refuse(this.path, 'looked into', error));
    for (const name of names.filter((each) => each.startsWith(UNFINISHED))) {
      await unlinkIfThere(join(this.#folder, name)).catch((error: unknown) => refuse(this.nameOf(name), 'removed', error));
    }
  }

  nameOf(name: string): string {
    return join(this.path, name);
  }

  #at(name: string): string {
    assertObjectName(name);
    return join(this.#folder, name);
  }

  /** No link is followed out of the folder, and no pipe waited at. */
  async #opened<T>(name: string, use: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    let handle: FileHandle | null = null;
    try {
      handle = await open(this.#at(name), flags);
      const found = await handle.stat();
      if (!found.isFile()) throw new CheckpointError('damaged', `${this.nameOf(name)}: is no file, as a checkpoint's objects are`);
      return await use(handle, found.size);
    } catch (error) {
      throw error instanceof CheckpointError ? error : storageError(this.nameOf(name), 'read', error);
    } finally {
      // What was read is checked by its digest; that the file does not close takes nothing from it.
      await handle?.close().catch(() => undefined);
    }
  }

  #tooShort(name: string, size: number, end: number): CheckpointError {
    return new CheckpointError('damaged', `${this.nameOf(name)}: ends at byte ${size}, expected at least ${end}`);
  }
}

interface FileWriterPlace {
  /** As messages call it. */
  readonly name: string;
  readonly temporary: string;
  readonly target: string;
  readonly folder: string;
  readonly durable: boolean;
}

class FileWriter implements ObjectWriter {
  #written = 0;
  #open = true;

  constructor(
    private readonly handle: FileHandle,
    private readonly place: FileWriterPlace,
  ) {}

  async append(bytes: Uint8Array): Promise<number> {
    const offset = this.#written;
    await this.#orNothing(async () => {
      for (let done = 0; done < bytes.length; ) done += (await this.handle.write(bytes, done)).bytesWritten;
    });
    this.#written += bytes.length;
    return offset;
  }

  async finish(): Promise<void> {
    const { temporary, target, folder, durable } = this.place;
    await this.#orNothing(async () => {
      if (durable) await this.handle.sync();
      await this.#close();
      await rename(temporary, target);
    });
    if (durable) await syncFolder(folder).catch((error: unknown) => this.#takeBack(error));
  }

  async abandon(): Promise<void> {
    await this.#close().catch(() => undefined);
    await unlinkIfThere(this.place.temporary).catch((error: unknown) => refuse(this.place.name, 'removed', error));
  }

  async #orNothing(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      await this.abandon().catch(() => undefined);
      throw storageError(this.place.name, 'written', error);
    }
  }

  /** It has its name and may lose it in a crash. */
  async #takeBack(error: unknown): Promise<never> {
    await unlinkIfThere(this.place.target).catch(() => undefined);
    throw storageError(this.place.name, 'written', error);
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.handle.close();
  }
}

/** A rename is durable once its folder is. Windows opens no folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  await unlink(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

function refuse(name: string, done: string, error: unknown): never {
  throw storageError(name, done, error);
}
