/**
 * Draws from a count list in constant time, by a guide table (Chen and Asau 1974, "On generating random variates from an
 * empirical distribution", AIIE Transactions 6(2)): of every 2^shift tokens, in the order of the list, the entry that the
 * first belongs to. With 2 to 4 guides an entry a walk from there seldom passes one.
 *
 *   ends u32[entries]   tokens up to and with each entry, then guides u32[at most 4·entries + 1]
 */

/** The least shift that leaves at most 4·entries guides. */
// @ts-ignore: decorator
@inline
export function guideShift(tokens: u32, entries: u32): u32 {
  return 32 - clz<u32>((tokens - 1) / (entries << 2));
}

/**
 * Fills `ends` and `guides`. An entry is noted at the first guide it may answer for, over those before it; then each guide
 * without a note takes the one before: nothing here branches on a count.
 */
export function buildGuide(entries: usize, length: u32, bits: u32, tokens: u32, shift: u32, ends: usize, guides: usize): void {
  const guideCount = (tokens - 1 >> shift) + 1;
  const end = guides + (guideCount << 2);
  for (let at = guides; at < end; at += 4) store<u32>(at, 0);
  const up: u32 = (1 << shift) - 1;
  let sum: u32 = 0;
  for (let e: u32 = 0; e < length; e++) {
    store<u32>(guides + (sum + up >> shift << 2), e);
    sum += load<u32>(entries + (e << 2)) >> bits;
    store<u32>(ends + (e << 2), sum);
  }
  let last: u32 = 0;
  for (let at = guides; at < end; at += 4) {
    last = max(last, load<u32>(at));
    store<u32>(at, last);
  }
}

/** The entry to which the token at `place` belongs, counted from 0. */
// @ts-ignore: decorator
@inline
export function entryAt(ends: usize, guides: usize, shift: u32, place: u32): u32 {
  let e = load<u32>(guides + (place >> shift << 2));
  while (load<u32>(ends + (e << 2)) <= place) e++;
  return e;
}
