import { fourSums } from './four-sums';

/** Dots of x with four other vectors of `bytes` bytes, a multiple of 16; each in the same order wherever its vector stands. */
// @ts-ignore: decorator
@inline
export function fourDots(x: usize, y0: usize, y1: usize, y2: usize, y3: usize, bytes: usize): v128 {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  const pairs = bytes & ~31;
  let at: usize = 0;
  for (; at < pairs; at += 32) {
    const u = v128.load(x + at);
    a0 = f32x4.add(a0, f32x4.mul(u, v128.load(y0 + at)));
    a1 = f32x4.add(a1, f32x4.mul(u, v128.load(y1 + at)));
    a2 = f32x4.add(a2, f32x4.mul(u, v128.load(y2 + at)));
    a3 = f32x4.add(a3, f32x4.mul(u, v128.load(y3 + at)));
    const v = v128.load(x + at, 16);
    b0 = f32x4.add(b0, f32x4.mul(v, v128.load(y0 + at, 16)));
    b1 = f32x4.add(b1, f32x4.mul(v, v128.load(y1 + at, 16)));
    b2 = f32x4.add(b2, f32x4.mul(v, v128.load(y2 + at, 16)));
    b3 = f32x4.add(b3, f32x4.mul(v, v128.load(y3 + at, 16)));
  }
  if (at < bytes) {
    const u = v128.load(x + at);
    a0 = f32x4.add(a0, f32x4.mul(u, v128.load(y0 + at)));
    a1 = f32x4.add(a1, f32x4.mul(u, v128.load(y1 + at)));
    a2 = f32x4.add(a2, f32x4.mul(u, v128.load(y2 + at)));
    a3 = f32x4.add(a3, f32x4.mul(u, v128.load(y3 + at)));
  }
  return fourSums(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3));
}
