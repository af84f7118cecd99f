/**
 * Twin of top.wgsl, same lists. Columns go in tiles that stay in the second-level cache while the users come past, four
 * columns to a pass; their scores are held against the last of the list, and few go on to the exclusions and the list.
 */
import { fourDots } from '../common/four-dots';

const TILE_BYTES: u32 = 128 << 10;

function isExcluded(excludedIds: usize, begin: u32, end: u32, column: u32): bool {
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = low + (high - low) / 2;
    if (load<u32>(excludedIds + (middle << 2)) < column) low = middle + 1;
    else high = middle;
  }
  return low < end && load<u32>(excludedIds + (low << 2)) == column;
}

/** Whether (score, id) comes before the entry at place `at` of a list. */
// @ts-ignore: decorator
@inline
function isBetter(score: f32, id: u32, scores: usize, ids: usize, at: u32): bool {
  const rival = load<f32>(scores + (at << 2));
  return score > rival || (score == rival && id < load<u32>(ids + (at << 2)));
}

/** Puts (score, id) in its place of a list whose last entry it beats; that one falls off the end. */
function insert(score: f32, id: u32, scores: usize, ids: usize, n: u32): void {
  let low: u32 = 0;
  let high = n - 1;
  while (low < high) {
    const middle = low + (high - low) / 2;
    if (isBetter(score, id, scores, ids, middle)) high = middle;
    else low = middle + 1;
  }
  const at: usize = low << 2;
  const moved: usize = n - 1 - low << 2;
  memory.copy(scores + at + 4, scores + at, moved);
  memory.copy(ids + at + 4, ids + at, moved);
  store<f32>(scores + at, score);
  store<u32>(ids + at, id);
}

/** The pattern of bytes that brings a lane to the front. */
// @ts-ignore: decorator
@inline
function laneFirst(lane: u32): v128 {
  return i32x4.splat(0x0302_0100 + 0x0404_0404 * lane);
}

/** The columns [first, end) of one user, whose list is at `scores` and `ids` and whose exclusions are [begin, excludedEnd). */
function merge(
  x: usize, columns: usize, bytes: usize, first: u32, end: u32, firstId: u32,
  excludedIds: usize, begin: u32, excludedEnd: u32, scores: usize, ids: usize, n: u32,
): void {
  const last = end - 1;
  for (let j = first; j < end; j += 4) {
    const found = fourDots(
      x, columns + j * bytes, columns + min(j + 1, last) * bytes, columns + min(j + 2, last) * bytes, columns + min(j + 3, last) * bytes, bytes,
    );
    const worst = f32x4.splat(load<f32>(scores + (n - 1 << 2)));
    let open = i32x4.bitmask(f32x4.ge(found, worst));
    if (end - j < 4) open &= (1 << (end - j)) - 1;
    while (open != 0) {
      const lane = ctz(open);
      open &= open - 1;
      const column = j + lane;
      const score = f32x4.extract_lane(i8x16.swizzle(found, laneFirst(lane)), 0);
      if (!isBetter(score, firstId + column, scores, ids, n - 1)) continue;
      if (isExcluded(excludedIds, begin, excludedEnd, column)) continue;
      insert(score, firstId + column, scores, ids, n);
    }
  }
}

export function run(
  users: usize, rows: usize, columns: usize, excludedStarts: usize, excludedIds: usize, scores: usize, ids: usize,
  count: u32, cols: u32, stride: u32, n: u32, firstId: u32,
): void {
  const bytes: usize = stride << 2;
  const tile = max<u32>(TILE_BYTES / bytes & ~3, 4);
  for (let first: u32 = 0; first < cols; first += tile) {
    const end = min(first + tile, cols);
    for (let k: u32 = 0; k < count; k++) {
      const excluded = excludedStarts + (k << 2);
      const at = k * n << 2;
      merge(
        rows + <usize>load<u32>(users + (k << 2)) * bytes, columns, bytes, first, end, firstId,
        excludedIds, load<u32>(excluded), load<u32>(excluded, 4), scores + at, ids + at, n,
      );
    }
  }
}
