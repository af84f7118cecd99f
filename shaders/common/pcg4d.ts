/**
 * pcg4d (Jarzynski and Olano 2020, "Hash functions for GPU rendering", JCGT 9(3)): four 32-bit random numbers from four. The
 * shaders carry the same function; a draw is a pure function of its counters.
 */
// @ts-ignore: decorator
@inline
const MULTIPLIER: u32 = 1664525;
// @ts-ignore: decorator
@inline
const INCREMENT: u32 = 1013904223;

export function pcg4d(a: u32, b: u32, c: u32, d: u32): v128 {
  let x = a * MULTIPLIER + INCREMENT;
  let y = b * MULTIPLIER + INCREMENT;
  let z = c * MULTIPLIER + INCREMENT;
  let w = d * MULTIPLIER + INCREMENT;
  x += y * w;
  y += z * x;
  z += x * y;
  w += y * z;
  x ^= x >> 16;
  y ^= y >> 16;
  z ^= z >> 16;
  w ^= w >> 16;
  x += y * w;
  y += z * x;
  z += x * y;
  w += y * z;
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(x), 1, y), 2, z), 3, w);
}

/** A number in [0, 1) from 24 of the bits. */
// @ts-ignore: decorator
@inline
export function unit(bits: u32): f32 {
  return <f32>(bits >> 8) * (1.0 / 16777216.0);
}
