/**
 * Four tokens at a time: what SIMD has no instruction for. Decisions taken by masks cost no mispredicted branches.
 */

/** The 32-bit numbers at four indices of a table. */
// @ts-ignore: decorator
@inline
export function gather(table: usize, indices: v128): v128 {
  const a: usize = i32x4.extract_lane(indices, 0);
  const b: usize = i32x4.extract_lane(indices, 1);
  const c: usize = i32x4.extract_lane(indices, 2);
  const d: usize = i32x4.extract_lane(indices, 3);
  const first = v128.load_zero<u32>(table + (a << 2));
  const second = v128.load_lane<u32>(table + (b << 2), first, 1);
  const third = v128.load_lane<u32>(table + (c << 2), second, 2);
  return v128.load_lane<u32>(table + (d << 2), third, 3);
}

/** Makes four 32-bit numbers of a table new. */
// @ts-ignore: decorator
@inline
export function scatter(table: usize, indices: v128, values: v128): void {
  v128.store_lane<u32>(table + (<usize>i32x4.extract_lane(indices, 0) << 2), values, 0);
  v128.store_lane<u32>(table + (<usize>i32x4.extract_lane(indices, 1) << 2), values, 1);
  v128.store_lane<u32>(table + (<usize>i32x4.extract_lane(indices, 2) << 2), values, 2);
  v128.store_lane<u32>(table + (<usize>i32x4.extract_lane(indices, 3) << 2), values, 3);
}

/** Four numbers upwards from `first`, none beyond `last`. */
// @ts-ignore: decorator
@inline
export function fourFrom(first: u32, last: u32): v128 {
  return i32x4.min_u(i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)), i32x4.splat(last));
}

/** Numbers in [0, 1) from 24 bits of each. */
// @ts-ignore: decorator
@inline
export function units(bits: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 8)), f32x4.splat(1.0 / 16777216.0));
}

/** Low words of bits · factor, for a factor below 2^16. */
// @ts-ignore: decorator
@inline
export function lowProducts(bits: v128, factor: u32): v128 {
  return i32x4.mul(bits, i32x4.splat(factor));
}

/** High words of bits · factor, for a factor below 2^16: numbers below factor, evenly from 32 random bits. */
// @ts-ignore: decorator
@inline
export function highProducts(bits: v128, factor: u32): v128 {
  const factors = i32x4.splat(factor);
  const upper = i32x4.mul(i32x4.shr_u(bits, 16), factors);
  const lower = i32x4.mul(v128.and(bits, i32x4.splat(0xffff)), factors);
  const middle = i32x4.add(v128.and(upper, i32x4.splat(0xffff)), i32x4.shr_u(lower, 16));
  return i32x4.add(i32x4.shr_u(upper, 16), i32x4.shr_u(middle, 16));
}

// @ts-ignore: decorator
@inline
function fold(v: v128): v128 {
  return v128.xor(v, i32x4.shr_u(v, 16));
}

// @ts-ignore: decorator
@inline
function plusProduct(sum: v128, a: v128, b: v128): v128 {
  return i32x4.add(sum, i32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline
function spread(counters: v128): v128 {
  return i32x4.add(i32x4.mul(counters, i32x4.splat(1664525)), i32x4.splat(1013904223));
}

/** What `draw` made last, by component. */
let drawnX: v128 = i32x4.splat(0);
let drawnY: v128 = i32x4.splat(0);
let drawnZ: v128 = i32x4.splat(0);
let drawnW: v128 = i32x4.splat(0);

/** pcg4d of (seed, sweep, each of the numbers, stream); `drawn` gives its components. */
// @ts-ignore: decorator
@inline
export function draw(seed: u32, sweep: u32, numbers: v128, stream: u32): void {
  let x = spread(i32x4.splat(seed));
  let y = spread(i32x4.splat(sweep));
  let z = spread(numbers);
  let w = spread(i32x4.splat(stream));
  x = plusProduct(x, y, w);
  y = plusProduct(y, z, x);
  z = plusProduct(z, x, y);
  w = plusProduct(w, y, z);
  x = fold(x);
  y = fold(y);
  z = fold(z);
  w = fold(w);
  x = plusProduct(x, y, w);
  y = plusProduct(y, z, x);
  z = plusProduct(z, x, y);
  w = plusProduct(w, y, z);
  drawnX = x;
  drawnY = y;
  drawnZ = z;
  drawnW = w;
}

/** Random bits of the four numbers: a component, 0 … 3, of what `draw` made last. */
// @ts-ignore: decorator
@inline
export function drawn(component: u32): v128 {
  if (component < 2) return component == 0 ? drawnX : drawnY;
  return component == 2 ? drawnZ : drawnW;
}
