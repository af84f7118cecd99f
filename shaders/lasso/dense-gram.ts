/**
 * Twin of dense-gram.wgsl, same formula and packing: gram = Σ_r x[ids[i]·rows + r] · x[ids[j]·rows + r], j ≤ i.
 * Blocked for the caches: 1,024 rows at a time, of 64 columns j, which stay in the second level while blocks of
 * 4 columns i meet blocks of 2 columns j in registers. A block's sum over 1,024 rows is added to gram as a whole.
 */
import { laneSum } from '../common/lanes';

const CHUNK: u32 = 1024;
const ACROSS: u32 = 64;

// @ts-ignore: decorator
@inline
function column(x: usize, ids: usize, k: u32, rows: u32): usize {
  return x + (<usize>load<u32>(ids + (k << 2)) * rows << 2);
}

/** Where row i of the packed triangle would begin were it whole. */
// @ts-ignore: decorator
@inline
function packedRow(gram: usize, i: u32, first: u32): usize {
  return gram + ((i * (i + 1) / 2 - first * (first + 1) / 2) << 2);
}

// @ts-ignore: decorator
@inline
function add(gram: usize, i: u32, j: u32, count: u32, first: u32, sum: f32): void {
  if (i >= count || j > i) return;
  const at = packedRow(gram, i, first) + (j << 2);
  store<f32>(at, load<f32>(at) + sum);
}

/** Pairs of columns i … i + 3 with j, j + 1 over `height` rows. Past the last column the last one stands in, unused. */
function block(x: usize, ids: usize, gram: usize, rows: u32, count: u32, first: u32, i: u32, j: u32, height: u32): void {
  const last = count - 1;
  const a0 = column(x, ids, i, rows);
  const a1 = column(x, ids, min(i + 1, last), rows);
  const a2 = column(x, ids, min(i + 2, last), rows);
  const a3 = column(x, ids, min(i + 3, last), rows);
  const b0 = column(x, ids, j, rows);
  const b1 = column(x, ids, min(j + 1, last), rows);
  let s00 = f32x4.splat(0);
  let s10 = s00;
  let s20 = s00;
  let s30 = s00;
  let s01 = s00;
  let s11 = s00;
  let s21 = s00;
  let s31 = s00;
  const bytes: usize = height << 2;
  const whole = bytes & ~15;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const v0 = v128.load(b0 + at);
    const v1 = v128.load(b1 + at);
    const u0 = v128.load(a0 + at);
    s00 = f32x4.add(s00, f32x4.mul(u0, v0));
    s01 = f32x4.add(s01, f32x4.mul(u0, v1));
    const u1 = v128.load(a1 + at);
    s10 = f32x4.add(s10, f32x4.mul(u1, v0));
    s11 = f32x4.add(s11, f32x4.mul(u1, v1));
    const u2 = v128.load(a2 + at);
    s20 = f32x4.add(s20, f32x4.mul(u2, v0));
    s21 = f32x4.add(s21, f32x4.mul(u2, v1));
    const u3 = v128.load(a3 + at);
    s30 = f32x4.add(s30, f32x4.mul(u3, v0));
    s31 = f32x4.add(s31, f32x4.mul(u3, v1));
  }
  for (; at < bytes; at += 4) {
    const v0 = v128.load32_zero(b0 + at);
    const v1 = v128.load32_zero(b1 + at);
    const u0 = v128.load32_zero(a0 + at);
    const u1 = v128.load32_zero(a1 + at);
    const u2 = v128.load32_zero(a2 + at);
    const u3 = v128.load32_zero(a3 + at);
    s00 = f32x4.add(s00, f32x4.mul(u0, v0));
    s01 = f32x4.add(s01, f32x4.mul(u0, v1));
    s10 = f32x4.add(s10, f32x4.mul(u1, v0));
    s11 = f32x4.add(s11, f32x4.mul(u1, v1));
    s20 = f32x4.add(s20, f32x4.mul(u2, v0));
    s21 = f32x4.add(s21, f32x4.mul(u2, v1));
    s30 = f32x4.add(s30, f32x4.mul(u3, v0));
    s31 = f32x4.add(s31, f32x4.mul(u3, v1));
  }
  add(gram, i, j, count, first, laneSum(s00));
  add(gram, i, j + 1, count, first, laneSum(s01));
  add(gram, i + 1, j, count, first, laneSum(s10));
  add(gram, i + 1, j + 1, count, first, laneSum(s11));
  add(gram, i + 2, j, count, first, laneSum(s20));
  add(gram, i + 2, j + 1, count, first, laneSum(s21));
  add(gram, i + 3, j, count, first, laneSum(s30));
  add(gram, i + 3, j + 1, count, first, laneSum(s31));
}

/** All pairs of the new rows with columns [j0, j1) over `height` rows. */
function strip(x: usize, ids: usize, gram: usize, rows: u32, count: u32, first: u32, j0: u32, j1: u32, height: u32): void {
  for (let i = first; i < count; i += 4) {
    const end = min(j1, i + 4);
    for (let j = j0; j < end; j += 2) block(x, ids, gram, rows, count, first, i, j, height);
  }
}

export function run(x: usize, ids: usize, gram: usize, rows: u32, count: u32, first: u32): void {
  memory.fill(gram, 0, packedRow(gram, count, first) - gram);
  for (let row: u32 = 0; row < rows; row += CHUNK) {
    const height = min(CHUNK, rows - row);
    for (let j: u32 = 0; j < count; j += ACROSS) {
      strip(x + (row << 2), ids, gram, rows, count, first, j, min(j + ACROSS, count), height);
    }
  }
}
