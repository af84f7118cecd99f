/**
 * Which packs the next checkpoint may still refer to. In: references of a checkpoint and the packs' sizes. Out: the packs of
 * which at least half is referred to. Blocks of the others are written anew, and with them nothing refers to those packs any more.
 *
 * So a checkpoint of S bytes whose predecessor has S' refers to packs of at most S + 2 S' bytes, however long a run lasts.
 */
import type { BlockRef } from './blocks.js';

/** `sizeOf`: bytes of each pack that is referred to. A block referred to twice counts once. */
export function referablePacks(refs: Iterable<BlockRef>, sizeOf: ReadonlyMap<string, number>): Set<string> {
  const live = new Map<string, Map<number, number>>();
  for (const { pack, offset, bytes } of refs) {
    const blocks = live.get(pack) ?? new Map<number, number>();
    live.set(pack, blocks.set(offset, bytes));
  }
  const referable = new Set<string>();
  for (const [pack, blocks] of live) {
    const bytes = [...blocks.values()].reduce((sum, each) => sum + each, 0);
    if (2 * bytes >= sizeOf.get(pack)!) referable.add(pack);
  }
  return referable;
}
