/**
 * Where checkpoints lie: a flat set of named objects, each of which is there whole or not at all. Small enough for an object store
 * (put, ranged get, head, list, delete, multipart upload); folder-store.ts keeps them in a folder.
 *
 * Every method rejects with CheckpointError: `storage` when the store fails, `damaged` when an object is missing or shorter than
 * asked for, `refused` for a name that `assertObjectName` does not take.
 */
export interface CheckpointStore {
  /** Writes an object, in place of an earlier one of that name. When this resolves it is there and survives a crash. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Begins an object that is written piece by piece, and is there once `finish` has resolved. */
  writer(name: string): Promise<ObjectWriter>;
  /** Bytes begin … end - 1 of an object. */
  read(name: string, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** In bytes. */
  size(name: string): Promise<number>;
  /** Names of all objects, ascending. */
  list(): Promise<string[]>;
  /** Removes an object; none of that name is none to remove. */
  remove(name: string): Promise<void>;
  /** Removes whatever was begun and neither finished nor abandoned, by whomever: only for who owns the checkpoints, before anybody writes. */
  sweep(): Promise<void>;
  /** An object as messages call it. */
  nameOf(name: string): string;
}

/** After an error nothing of the object is there, after `abandon` what was there before. One call at a time. */
export interface ObjectWriter {
  /** Takes a copy; resolves to where in the object the bytes begin. */
  append(bytes: Uint8Array): Promise<number>;
  /** When this resolves the object is there, in place of an earlier one of that name, and survives a crash. */
  finish(): Promise<void>;
  abandon(): Promise<void>;
}
