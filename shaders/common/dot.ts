import { laneSum } from './lanes';

/** Dot product of two vectors of `bytes` bytes, a multiple of 16; eight running sums. */
// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, bytes: usize): f32 {
  let sums0 = f32x4.splat(0);
  let sums1 = sums0;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    sums0 = f32x4.add(sums0, f32x4.mul(v128.load(a + at), v128.load(b + at)));
    sums1 = f32x4.add(sums1, f32x4.mul(v128.load(a + at, 16), v128.load(b + at, 16)));
  }
  if (at < bytes) sums0 = f32x4.add(sums0, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  return laneSum(f32x4.add(sums0, sums1));
}
