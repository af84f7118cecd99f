/** Mutated input number i of a reader. In: its samples and the seed. Out: files. */
import { seedOfPart } from '../../../src/schedule/random.js';
import { Draws } from '../draws.js';
import { BYTE_MUTATIONS } from '../mutate/bytes.js';
import { spliced } from '../mutate/mutation.js';
import type { Files, ReaderUnderFuzz } from './reader.js';

export interface MutatedInput {
  readonly files: Files;
  readonly way: number;
}

/** One of so many inputs is a valid one, read in one of the ways. */
const UNCHANGED = 50;

export function mutatedInput(reader: Pick<ReaderUnderFuzz, 'name' | 'mutations' | 'isFolder'>, samples: readonly Files[], seed: number, index: number): MutatedInput {
  const draws = new Draws(seedOfPart(seed, hashOf(reader.name)), index);
  const way = draws.below(2 ** 32);
  const files = { ...draws.of(samples) };
  if (draws.once(UNCHANGED)) return { files, way };
  const other = draws.of(samples);
  for (let changes = 1 + draws.small(4); changes > 0; changes--) {
    const names = Object.keys(files);
    const name = draws.of(names);
    if (reader.isFolder === true && draws.once(24)) changeFolder(files, name, other, draws);
    else files[name] = mutatedFile(files[name]!, other[name] ?? files[name]!, reader, draws);
  }
  return { files, way };
}

function mutatedFile(bytes: Buffer, other: Buffer, { mutations }: Pick<ReaderUnderFuzz, 'mutations'>, draws: Draws): Buffer {
  if (bytes.length === 0) return other;
  return draws.of(draws.once(3) || mutations.length === 0 ? BYTE_MUTATIONS : mutations)(bytes, draws, other);
}

/** A file is missing, empty, of another folder, or another one's content; one at least stays. */
function changeFolder(files: Record<string, Buffer>, name: string, other: Files, draws: Draws): void {
  const [content] = [files[name]!];
  switch (draws.below(4)) {
    case 0:
      if (Object.keys(files).length > 1) Reflect.deleteProperty(files, name);
      return;
    case 1:
      files[name] = spliced(content, 0, content.length, Buffer.alloc(0));
      return;
    case 2:
      files[name] = other[name] ?? content;
      return;
    case 3:
      files[name] = draws.of(Object.values(files));
  }
}

/** FNV-1a (Fowler, Noll, Vo). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
