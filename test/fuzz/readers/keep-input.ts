/** One mutated input on disk, to be looked at. In: its reader and number, and a folder. Out: its files there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mutatedInput } from './mutated.js';
import type { ReaderUnderFuzz } from './reader.js';

export async function keepInput(reader: ReaderUnderFuzz, { seed, first }: { readonly seed: number; readonly first: number }, folder: string): Promise<void> {
  const { files } = mutatedInput(reader, await reader.samples(), seed, first);
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, reader.name, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}
