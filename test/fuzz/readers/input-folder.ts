/** A folder that holds one input after the other. In: files. Out: these on disk and no others; what has not changed is not written again. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Files } from './reader.js';

export class InputFolder {
  readonly #written = new Map<string, Buffer>();

  /** An empty one, whatever is there. */
  constructor(readonly path: string) {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }

  hold(files: Files): void {
    for (const name of this.#written.keys()) if (!(name in files)) this.#remove(name);
    for (const [name, bytes] of Object.entries(files)) if (this.#written.get(name) !== bytes) this.#write(name, bytes);
  }

  #write(name: string, bytes: Buffer): void {
    const file = join(this.path, name);
    if (!this.#written.has(name)) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    this.#written.set(name, bytes);
  }

  #remove(name: string): void {
    rmSync(join(this.path, name));
    this.#written.delete(name);
  }
}
