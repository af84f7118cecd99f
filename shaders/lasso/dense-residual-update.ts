/**
 * Twin of dense-residual-update.wgsl, same formula: residual[i] -= Σ_k x[ids[k]·rows + i] · deltas[k], k ascending.
 * Rows go in tiles that stay in the first-level cache while the columns stream past, four columns to a pass.
 */

const TILE: u32 = 2048;

/** Takes four columns' share out of `height` rows. */
function takeFour(residual: usize, c0: usize, c1: usize, c2: usize, c3: usize, d0: f32, d1: f32, d2: f32, d3: f32, height: u32): void {
  const v0 = f32x4.splat(d0);
  const v1 = f32x4.splat(d1);
  const v2 = f32x4.splat(d2);
  const v3 = f32x4.splat(d3);
  const bytes: usize = height << 2;
  const whole = bytes & ~15;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    let sum = f32x4.mul(v128.load(c0 + at), v0);
    sum = f32x4.add(sum, f32x4.mul(v128.load(c1 + at), v1));
    sum = f32x4.add(sum, f32x4.mul(v128.load(c2 + at), v2));
    sum = f32x4.add(sum, f32x4.mul(v128.load(c3 + at), v3));
    v128.store(residual + at, f32x4.sub(v128.load(residual + at), sum));
  }
  for (; at < bytes; at += 4) {
    const sum = load<f32>(c0 + at) * d0 + load<f32>(c1 + at) * d1 + load<f32>(c2 + at) * d2 + load<f32>(c3 + at) * d3;
    store<f32>(residual + at, load<f32>(residual + at) - sum);
  }
}

function takeOne(residual: usize, column: usize, delta: f32, height: u32): void {
  const v = f32x4.splat(delta);
  const bytes: usize = height << 2;
  const whole = bytes & ~15;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    v128.store(residual + at, f32x4.sub(v128.load(residual + at), f32x4.mul(v128.load(column + at), v)));
  }
  for (; at < bytes; at += 4) store<f32>(residual + at, load<f32>(residual + at) - load<f32>(column + at) * delta);
}

// @ts-ignore: decorator
@inline
function column(x: usize, ids: usize, k: u32, rows: u32): usize {
  return x + (<usize>load<u32>(ids + (k << 2)) * rows << 2);
}

// @ts-ignore: decorator
@inline
function delta(deltas: usize, k: u32): f32 {
  return load<f32>(deltas + (k << 2));
}

export function run(x: usize, ids: usize, deltas: usize, residual: usize, rows: u32, count: u32): void {
  for (let row: u32 = 0; row < rows; row += TILE) {
    const height = min(TILE, rows - row);
    const tile = residual + (row << 2);
    const from = x + (row << 2);
    let k: u32 = 0;
    for (; k + 4 <= count; k += 4) {
      takeFour(
        tile,
        column(from, ids, k, rows), column(from, ids, k + 1, rows), column(from, ids, k + 2, rows), column(from, ids, k + 3, rows),
        delta(deltas, k), delta(deltas, k + 1), delta(deltas, k + 2), delta(deltas, k + 3),
        height,
      );
    }
    for (; k < count; k++) takeOne(tile, column(from, ids, k, rows), delta(deltas, k), height);
  }
}
