/**
 * Twin of update-rows.wgsl, same lists. Runs come one after another and share one group's counters. A run none of whose
 * tokens changed its topic leaves its list as it is.
 */
import { CELL_BYTES, endOfCell } from '../common/cells';
import { drain, summaryOf, tally, touchedOf } from '../common/counters';

/** `counted` of a token that no list has yet. */
// @ts-ignore: decorator
@inline
const UNCOUNTED: u32 = 0xffff;

/** Moves the run's changed tokens from `counted` to `current`; returns whether there was any. */
function moveTokens(pairs: usize, topics: usize, counters: usize, topicCount: u32, firstPair: u32, pairCount: u32): bool {
  const touched = touchedOf(counters, topicCount);
  const summary = summaryOf(counters, topicCount);
  let changed = false;
  const end = pairs + (firstPair + pairCount) * 12;
  for (let pair = pairs + firstPair * 12; pair < end; pair += 12) {
    let token = topics + (load<u32>(pair, 4) << 2);
    const behind = token + (load<u32>(pair, 8) << 2);
    for (; token < behind; token += 4) {
      const word = load<u32>(token);
      const counted = word & 0xffff;
      const current = word >> 16;
      if (counted == current) continue;
      changed = true;
      if (counted != UNCOUNTED) tally(counters, touched, summary, counted, -1);
      tally(counters, touched, summary, current, 1);
    }
  }
  return changed;
}

function countList(list: usize, length: u32, counters: usize, topicCount: u32, bits: u32): void {
  const touched = touchedOf(counters, topicCount);
  const summary = summaryOf(counters, topicCount);
  const mask: u32 = (1 << bits) - 1;
  const end = list + (length << 2);
  for (; list < end; list += 4) {
    const entry = load<u32>(list);
    tally(counters, touched, summary, entry & mask, entry >> bits);
  }
}

export function run(
  cells: usize, work: usize, topics: usize, rows: usize, scratch: usize,
  cellCount: u32, count: u32, groups: u32, topicCount: u32, bits: u32,
): void {
  for (let c: u32 = 0; c < cellCount; c++) {
    const cell = cells + c * CELL_BYTES;
    const region = rows + (load<u32>(cell, 8) << 2);
    const lengths = region + (load<u32>(cell, 20) + 1 << 2);
    const runCount = endOfCell(cells, c, cellCount, count) - load<u32>(cell);
    let run = work + load<u32>(cell, 4) * 12;
    for (let r: u32 = 0; r < runCount; r++, run += 12) {
      const word = load<u32>(run) << 2;
      if (!moveTokens(work, topics, scratch, topicCount, load<u32>(run, 4), load<u32>(run, 8))) continue;
      const list = region + (load<u32>(region + word) << 2);
      countList(list, load<u32>(lengths + word), scratch, topicCount, bits);
      store<u32>(lengths + word, drain(scratch, topicCount, list, bits));
    }
  }
}
