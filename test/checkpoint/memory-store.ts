/** Checkpoints in memory, as an object store would keep them: another implementation of the interface, and one whose bytes tests can damage. */
import { CheckpointError } from '../../src/checkpoint/error.js';
import { assertObjectName } from '../../src/checkpoint/names.js';
import type { CheckpointStore, ObjectWriter } from '../../src/checkpoint/store.js';

export class MemoryStore implements CheckpointStore {
  readonly objects = new Map<string, Uint8Array>();
  readonly unfinished = new Set<object>();
  /** Bytes that were written, all told. */
  written = 0;

  async put(name: string, bytes: Uint8Array): Promise<void> {
    assertObjectName(name);
    this.written += bytes.length;
    this.objects.set(name, bytes.slice());
  }

  async writer(name: string): Promise<ObjectWriter> {
    assertObjectName(name);
    const parts: Uint8Array[] = [];
    const upload = {};
    let bytes = 0;
    this.unfinished.add(upload);
    return {
      append: async (part) => {
        parts.push(part.slice());
        bytes += part.length;
        return bytes - part.length;
      },
      finish: async () => {
        if (!this.unfinished.delete(upload)) throw new CheckpointError('storage', `${this.nameOf(name)}: is gone`);
        await this.put(name, Buffer.concat(parts));
      },
      abandon: async () => void this.unfinished.delete(upload),
    };
  }

  async read(name: string, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const object = this.#object(name);
    if (!(Number.isSafeInteger(begin) && begin >= 0 && begin <= end)) throw new CheckpointError('refused', `${name}: no range`);
    if (end > object.length) throw new CheckpointError('damaged', `${this.nameOf(name)}: ends at byte ${object.length}, expected at least ${end}`);
    return Uint8Array.from(object.subarray(begin, end));
  }

  async size(name: string): Promise<number> {
    return this.#object(name).length;
  }

  async list(): Promise<string[]> {
    return [...this.objects.keys()].sort();
  }

  async remove(name: string): Promise<void> {
    assertObjectName(name);
    this.objects.delete(name);
  }

  async sweep(): Promise<void> {
    this.unfinished.clear();
  }

  nameOf(name: string): string {
    return `memory/${name}`;
  }

  #object(name: string): Uint8Array {
    assertObjectName(name);
    const object = this.objects.get(name);
    if (object === undefined) throw new CheckpointError('damaged', `${this.nameOf(name)}: is missing`);
    return object;
  }
}
