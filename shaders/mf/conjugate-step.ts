/**
 * Twin of conjugate-step.wgsl, same formula: one conjugate gradient step for every row. Three passes over a row, which
 * stays in the first-level cache; every sum has two accumulators, so that additions do not wait for each other.
 */
import { dot } from '../common/dot';

/** q = products + penalty · p, in place, 0 at `fixed` bytes where that lies in the row. */
// @ts-ignore: decorator
@inline
function multiply(products: usize, p: usize, penalty: f32, bytes: usize, fixed: usize): void {
  const scale = f32x4.splat(penalty);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(products + at, f32x4.add(v128.load(products + at), f32x4.mul(scale, v128.load(p + at))));
  }
  if (fixed < bytes) store<f32>(products + fixed, 0);
}

/** to += scale · from. */
// @ts-ignore: decorator
@inline
function add(to: usize, scale: f32, from: usize, bytes: usize): void {
  const multiple = f32x4.splat(scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(multiple, v128.load(from + at))));
  }
}

/** p = r + beta · p. */
// @ts-ignore: decorator
@inline
function turn(p: usize, r: usize, beta: f32, bytes: usize): void {
  const multiple = f32x4.splat(beta);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(p + at, f32x4.add(v128.load(r + at), f32x4.mul(multiple, v128.load(p + at))));
  }
}

export function run(
  factors: usize, penalties: usize, products: usize, residuals: usize, directions: usize,
  rows: u32, stride: u32, fixed: u32,
): void {
  const bytes: usize = stride << 2;
  for (let row: u32 = 0; row < rows; row++) {
    const begin = row * bytes;
    const q = products + begin;
    const r = residuals + begin;
    const p = directions + begin;
    multiply(q, p, load<f32>(penalties + (row << 2)), bytes, <usize>min(fixed, stride) << 2);
    const curvature = dot(p, q, bytes);
    const before = dot(r, r, bytes);
    const alpha: f32 = curvature > 0 ? before / curvature : 0;
    add(factors + begin, alpha, p, bytes);
    add(r, -alpha, q, bytes);
    const after = dot(r, r, bytes);
    turn(p, r, before > 0 ? after / before : 0, bytes);
  }
  memory.fill(products, 0, rows * bytes);
}
