/**
 * Twin of errors.wgsl, same formulas: the dot products of four entries at a time with their row, so that the row is
 * loaded once for the four, and their errors in one vector. Of a last incomplete four, the missing repeat its last entry and
 * do not count.
 */
import { fourDots } from '../common/four-dots';
import { laneSum } from '../common/lanes';

// @ts-ignore: decorator
@inline
function column(columns: usize, ids: usize, e: usize, bytes: usize): usize {
  return columns + load<u32>(ids + e) * bytes;
}

/** Dot products of a row with the columns of four entries; offsets of entries in bytes. */
// @ts-ignore: decorator
@inline
function dots(row: usize, columns: usize, ids: usize, e0: usize, e1: usize, e2: usize, e3: usize, bytes: usize): v128 {
  return fourDots(row, column(columns, ids, e0, bytes), column(columns, ids, e1, bytes), column(columns, ids, e2, bytes), column(columns, ids, e3, bytes), bytes);
}

/** Square of the error, or the implicit objective's term. */
// @ts-ignore: decorator
@inline
function firstError(v: v128, t: v128, implicit: u32): v128 {
  if (implicit == 0) {
    const difference = f32x4.sub(v, t);
    return f32x4.mul(difference, difference);
  }
  const one = f32x4.splat(1);
  const miss = f32x4.sub(one, t);
  return f32x4.sub(f32x4.mul(f32x4.mul(f32x4.add(one, v), miss), miss), f32x4.mul(t, t));
}

/** Absolute error, or nothing. */
// @ts-ignore: decorator
@inline
function secondError(v: v128, t: v128, implicit: u32): v128 {
  return implicit == 0 ? f32x4.abs(f32x4.sub(v, t)) : f32x4.splat(0);
}

/** All ones in the first `count` lanes. */
// @ts-ignore: decorator
@inline
function firstLanes(count: u32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

function piece(
  ids: usize, values: usize, columns: usize, row: usize, slot: usize, begin: usize, end: usize, bytes: usize, implicit: u32,
): void {
  let first = f32x4.splat(0);
  let second = first;
  let e = begin;
  for (; e + 16 <= end; e += 16) {
    const t = dots(row, columns, ids, e, e + 4, e + 8, e + 12, bytes);
    const v = v128.load(values + e);
    first = f32x4.add(first, firstError(v, t, implicit));
    second = f32x4.add(second, secondError(v, t, implicit));
  }
  if (e < end) {
    const last = end - 4;
    const e1 = min(e + 4, last);
    const e2 = min(e + 8, last);
    const t = dots(row, columns, ids, e, e1, e2, last, bytes);
    const v = f32x4(load<f32>(values + e), load<f32>(values + e1), load<f32>(values + e2), load<f32>(values + last));
    const counted = firstLanes(<u32>(end - e) >> 2);
    first = f32x4.add(first, v128.and(counted, firstError(v, t, implicit)));
    second = f32x4.add(second, v128.and(counted, secondError(v, t, implicit)));
  }
  store<f32>(slot, laneSum(first));
  store<f32>(slot, laneSum(second), 4);
}

export function run(
  pieces: usize, ids: usize, values: usize, columns: usize, rows: usize, errors: usize,
  first: u32, count: u32, stride: u32, implicit: u32,
): void {
  const bytes: usize = <usize>stride << 2;
  for (let k: u32 = 0; k < count; k++) {
    const at = pieces + (<usize>(first + k) << 3);
    const row = rows + load<u32>(at) * bytes;
    const begin = <usize>load<u32>(at, 4) << 2;
    const end = <usize>load<u32>(at, 12) << 2;
    piece(ids, values, columns, row, errors + (<usize>k << 3), begin, end, bytes, implicit);
  }
}
