/** Blocks of consecutive variables in turn: block b of a range holds [begin + b·size, begin + (b + 1)·size). */
import type { VariableRange } from '../program.js';

/** Number of blocks that cover a range. */
export function blockCount({ begin, end }: VariableRange, size: number): number {
  return Math.ceil((end - begin) / size);
}

/** The ids of a round's block, ascending. Two rounds less than `blockCount` apart share no variable. */
export function roundRobin(round: number, range: VariableRange, size: number): Uint32Array {
  const begin = range.begin + (round % blockCount(range, size)) * size;
  return Uint32Array.from({ length: Math.min(size, range.end - begin) }, (_, i) => begin + i);
}
