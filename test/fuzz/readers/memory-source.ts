/** Bytes in memory as a source, in pieces of any size. */
import type { Source } from '../../../src/data/source.js';

const HEAD_BYTES = 1 << 16;

/** `pieces`: lengths, repeated until the content ends. Null where a file of these bytes could not be a source of plain bytes. */
export function memorySource(file: string, bytes: Buffer, pieces: readonly number[]): Source | null {
  if (bytes.length === 0 || (bytes[0] === 0x1f && bytes[1] === 0x8b)) return null;
  return {
    file,
    compressed: false,
    stored: null,
    head: bytes.subarray(0, HEAD_BYTES),
    async *bytes() {
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const length = pieces[turn % pieces.length]!;
        yield bytes.subarray(at, at + length);
        at += length;
      }
    },
    close: () => Promise.resolve(),
  };
}

const CUTS: readonly (readonly number[])[] = [[1], [7], [64, 1, 3], [1, 1000], [33, 2]];

export function cutsOf(way: number): readonly number[] {
  return CUTS[way % CUTS.length]!;
}
