/**
 * Twin of normal-product.wgsl, same formula: products[slot] += Σ_e coefficient · columns[ids[e]]. Entries go in fours: one
 * pass over the row gives four dots, one over the product adds four columns; the row and the product stay in the
 * first-level cache while the columns stream past.
 */
import { dot } from '../common/dot';
import { fourSums } from '../common/four-sums';

/** Coefficients of four entries with values v and dots t. */
// @ts-ignore: decorator
@inline
function coefficients(v: v128, t: v128, residual: u32, implicit: u32): v128 {
  const weighted = implicit ? f32x4.mul(v, t) : t;
  if (!residual) return weighted;
  return f32x4.sub(implicit ? f32x4.add(f32x4.splat(1), v) : v, weighted);
}

function addFour(row: usize, sums: usize, c0: usize, c1: usize, c2: usize, c3: usize, v: v128, bytes: usize, residual: u32, implicit: u32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(row + at);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(c0 + at)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(c1 + at)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(c2 + at)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(c3 + at)));
  }
  const all = coefficients(v, fourSums(s0, s1, s2, s3), residual, implicit);
  const m0 = v128.shuffle<f32>(all, all, 0, 0, 0, 0);
  const m1 = v128.shuffle<f32>(all, all, 1, 1, 1, 1);
  const m2 = v128.shuffle<f32>(all, all, 2, 2, 2, 2);
  const m3 = v128.shuffle<f32>(all, all, 3, 3, 3, 3);
  for (let at: usize = 0; at < bytes; at += 16) {
    const first = f32x4.add(f32x4.mul(m0, v128.load(c0 + at)), f32x4.mul(m1, v128.load(c1 + at)));
    const second = f32x4.add(f32x4.mul(m2, v128.load(c2 + at)), f32x4.mul(m3, v128.load(c3 + at)));
    v128.store(sums + at, f32x4.add(v128.load(sums + at), f32x4.add(first, second)));
  }
}

function addOne(row: usize, sums: usize, column: usize, v: v128, bytes: usize, residual: u32, implicit: u32): void {
  const multiple = coefficients(v, f32x4.splat(dot(row, column, bytes)), residual, implicit);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(sums + at, f32x4.add(v128.load(sums + at), f32x4.mul(multiple, v128.load(column + at))));
  }
}

export function run(
  pieces: usize, ids: usize, values: usize, columns: usize, rows: usize, products: usize,
  first: u32, count: u32, overflow: u32, stride: u32, residual: u32, implicit: u32,
): void {
  const bytes: usize = stride << 2;
  for (let k: u32 = 0; k < count; k++) {
    const piece = pieces + ((first + k) << 3);
    const row = rows + load<u32>(piece) * bytes;
    const sums = products + (overflow ? overflow + k : load<u32>(piece)) * bytes;
    if (overflow) memory.fill(sums, 0, bytes);
    const end = load<u32>(piece, 12) << 2;
    let e = load<u32>(piece, 4) << 2;
    for (; e + 16 <= end; e += 16) {
      addFour(
        row, sums,
        columns + load<u32>(ids + e) * bytes, columns + load<u32>(ids + e, 4) * bytes,
        columns + load<u32>(ids + e, 8) * bytes, columns + load<u32>(ids + e, 12) * bytes,
        v128.load(values + e), bytes, residual, implicit,
      );
    }
    for (; e < end; e += 4) addOne(row, sums, columns + load<u32>(ids + e) * bytes, v128.load32_splat(values + e), bytes, residual, implicit);
  }
}
