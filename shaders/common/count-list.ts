/**
 * What twins share of count lists: entries `topic | count << bits`, topics ascending, equal topics adding up. A region at
 * `base` (in words of the buffer) has the starts of its n lists, relative to base, then starts[n], then their n lengths.
 */

/** Address of the first entry of a list. */
// @ts-ignore: decorator
@inline
export function entriesOf(lists: usize, base: u32, list: u32): usize {
  return lists + (base + load<u32>(lists + (base + list << 2)) << 2);
}

/** Entries that a list has now. */
// @ts-ignore: decorator
@inline
export function lengthOf(lists: usize, base: u32, listCount: u32, list: u32): u32 {
  return load<u32>(lists + (base + listCount + 1 + list << 2));
}

/** Adds the counts of `length` entries to f32 numbers by topic; returns the sum of the counts. */
export function scatterCounts(entries: usize, length: u32, bits: u32, counts: usize): u32 {
  const mask: u32 = (1 << bits) - 1;
  const end = entries + (length << 2);
  let sum: u32 = 0;
  for (let at = entries; at < end; at += 4) {
    const entry = load<u32>(at);
    const count = counts + ((entry & mask) << 2);
    store<f32>(count, load<f32>(count) + <f32>(entry >> bits));
    sum += entry >> bits;
  }
  return sum;
}

/** Makes 0 what `scatterCounts` has touched. */
export function clearCounts(entries: usize, length: u32, bits: u32, counts: usize): void {
  const mask: u32 = (1 << bits) - 1;
  const end = entries + (length << 2);
  for (let at = entries; at < end; at += 4) store<f32>(counts + ((load<u32>(at) & mask) << 2), 0);
}
