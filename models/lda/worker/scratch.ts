/** Room that kernels take for themselves. */
import type { Engine } from '../../../src/engine/engine.js';
import { roomOf } from '../count-lists.js';

/** Dense counters side by side: many on a GPU, as long as they do not take too much, and one where there is one thread. */
const GPU_GROUPS = 512;
const GPU_BYTES = 2 ** 26;

export function groupsOf(engine: Engine, topics: number): number {
  return engine.kind === 'wasm' ? 1 : Math.min(GPU_GROUPS, Math.floor(GPU_BYTES / (4 * countersOf(topics))));
}

/** u32 of dense counters and of the two levels of flags behind them. */
function countersOf(topics: number): number {
  const flags = Math.ceil(topics / 32);
  return topics + flags + Math.ceil(flags / 32);
}

/** Bytes that any of the kernels needs that leave it zero, for documents of at most `longest` tokens. */
export function scratchBytes(engine: Engine, topics: number, longest: number): number {
  const counters = groupsOf(engine, topics) * countersOf(topics);
  const sums = 4 * topics + 17 * Math.ceil(roomOf(longest, topics) / 16) + 4;
  return 4 * Math.max(counters, sums);
}

/** u32 in which the twin of sample-words stages the tokens of a piece: four numbers a token, and their padding. */
const STAGE = 32_785;
/** u32 of it for an entry of a row: its running count, and what leads to it. */
const PER_ENTRY = 5;

/** Bytes that sample-words needs on the host, for rows of at most `longestRow` entries; a GPU works in the memory of its work-groups. */
export function wordScratchBytes(engine: Engine, topics: number, longestRow: number): number {
  return engine.kind === 'wasm' ? 4 * (topics + STAGE + PER_ENTRY * longestRow) : 4;
}
