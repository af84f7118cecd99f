/**
 * Twin of residual-dots.wgsl, same formulas: four entries at a time, whose column terms are turned from four vectors of
 * (x, y, z, ·) into vectors of x, of y and of z. `lanes` is for the GPU.
 */
import { laneSum } from '../common/lanes';

/** Column terms of entry e. */
// @ts-ignore: decorator
@inline
function termsOf(columnTerms: usize, ids: usize, e: usize): v128 {
  return v128.load(columnTerms + (<usize>load<u32>(ids + e) << 4));
}

/** (a0, b0, a1, b1). */
// @ts-ignore: decorator
@inline
function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}

/** (a2, b2, a3, b3). */
// @ts-ignore: decorator
@inline
function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}

/** (a0, a1, b0, b1). */
// @ts-ignore: decorator
@inline
function firstHalves(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

/** (a2, a3, b2, b3). */
// @ts-ignore: decorator
@inline
function secondHalves(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7);
}

// @ts-ignore: decorator
@inline
function put(slot: usize, accumulate: bool, s1: f32, s2: f32): void {
  store<f32>(slot, accumulate ? load<f32>(slot) + s1 : s1);
  store<f32>(slot, accumulate ? load<f32>(slot, 4) + s2 : s2, 4);
}

/** Entries [begin, end), as offsets in bytes, of a row with terms (x, y). */
// @ts-ignore: decorator
@inline
function piece(
  ids: usize, residual: usize, confidence: usize, columnTerms: usize, x: f32, y: f32, begin: usize, end: usize,
  slot: usize, accumulate: bool, implicit: bool,
): void {
  const xs = f32x4.splat(x);
  const ys = f32x4.splat(y);
  const one = f32x4.splat(1);
  let sums1 = f32x4.splat(0);
  let sums2 = f32x4.splat(0);
  let e = begin;
  for (; e + 16 <= end; e += 16) {
    const a = termsOf(columnTerms, ids, e);
    const b = termsOf(columnTerms, ids, e + 4);
    const c = termsOf(columnTerms, ids, e + 8);
    const d = termsOf(columnTerms, ids, e + 12);
    const ab = interleaveLow(a, b);
    const cd = interleaveLow(c, d);
    const z = firstHalves(interleaveHigh(a, b), interleaveHigh(c, d));
    const change = f32x4.add(f32x4.mul(xs, firstHalves(ab, cd)), f32x4.mul(ys, secondHalves(ab, cd)));
    const r = f32x4.sub(v128.load(residual + e), change);
    v128.store(residual + e, r);
    if (implicit) {
      const v = v128.load(confidence + e);
      sums1 = f32x4.add(sums1, f32x4.mul(f32x4.add(one, f32x4.mul(v, r)), z));
      sums2 = f32x4.add(sums2, f32x4.mul(f32x4.mul(v, z), z));
    } else {
      sums1 = f32x4.add(sums1, f32x4.mul(r, z));
      sums2 = f32x4.add(sums2, f32x4.mul(z, z));
    }
  }
  let s1 = laneSum(sums1);
  let s2 = laneSum(sums2);
  for (; e < end; e += 4) {
    const terms = termsOf(columnTerms, ids, e);
    const z = f32x4.extract_lane(terms, 2);
    const r = load<f32>(residual + e) - (x * f32x4.extract_lane(terms, 0) + y * f32x4.extract_lane(terms, 1));
    store<f32>(residual + e, r);
    if (implicit) {
      const v = load<f32>(confidence + e);
      s1 += (1 + v * r) * z;
      s2 += v * z * z;
    } else {
      s1 += r * z;
      s2 += z * z;
    }
  }
  put(slot, accumulate, s1, s2);
}

/** All pieces of the dispatch; `implicit` is known where this is inlined. */
// @ts-ignore: decorator
@inline
function walk(
  pieces: usize, ids: usize, residual: usize, confidence: usize, rowTerms: usize, columnTerms: usize, sums: usize,
  first: u32, count: u32, overflow: u32, accumulate: u32, implicit: bool,
): void {
  const adds = accumulate == 1 && overflow == 0;
  for (let k: u32 = 0; k < count; k++) {
    const at = pieces + (<usize>(first + k) << 3);
    const row = load<u32>(at);
    const terms = rowTerms + (<usize>row << 3);
    const slot = sums + (<usize>(overflow > 0 ? overflow + k : row) << 3);
    const begin = <usize>load<u32>(at, 4) << 2;
    const end = <usize>load<u32>(at, 12) << 2;
    piece(ids, residual, confidence, columnTerms, load<f32>(terms), load<f32>(terms, 4), begin, end, slot, adds, implicit);
  }
}

export function run(
  pieces: usize, ids: usize, residual: usize, confidence: usize, rowTerms: usize, columnTerms: usize, sums: usize,
  first: u32, count: u32, lanes: u32, overflow: u32, accumulate: u32, implicit: u32,
): void {
  if (implicit == 1) walk(pieces, ids, residual, confidence, rowTerms, columnTerms, sums, first, count, overflow, accumulate, true);
  else walk(pieces, ids, residual, confidence, rowTerms, columnTerms, sums, first, count, overflow, accumulate, false);
}
