/**
 * Twin of sgd.wgsl, same formulas: ratings one after another, sub-cell by sub-cell. Two passes a rating over a row and a
 * column that the first-level cache holds: x·y, x·x and y·y together, then the step as x' = a·x + b·y, y' = c·y + d·x.
 */
import { fourSums } from '../common/four-sums';

/** (x·y, x·x, y·y, 0) over `bytes`, a multiple of 16; two vectors a turn in accumulators of their own. */
function products(x: usize, y: usize, bytes: usize): v128 {
  const zero = f32x4.splat(0);
  let xy0 = zero;
  let xx0 = zero;
  let yy0 = zero;
  let xy1 = zero;
  let xx1 = zero;
  let yy1 = zero;
  const end = x + bytes;
  const pairs = x + (bytes & ~31);
  for (; x < pairs; x += 32, y += 32) {
    const u0 = v128.load(x);
    const v0 = v128.load(y);
    xy0 = f32x4.add(xy0, f32x4.mul(u0, v0));
    xx0 = f32x4.add(xx0, f32x4.mul(u0, u0));
    yy0 = f32x4.add(yy0, f32x4.mul(v0, v0));
    const u1 = v128.load(x, 16);
    const v1 = v128.load(y, 16);
    xy1 = f32x4.add(xy1, f32x4.mul(u1, v1));
    xx1 = f32x4.add(xx1, f32x4.mul(u1, u1));
    yy1 = f32x4.add(yy1, f32x4.mul(v1, v1));
  }
  if (x < end) {
    const u = v128.load(x);
    const v = v128.load(y);
    xy0 = f32x4.add(xy0, f32x4.mul(u, v));
    xx0 = f32x4.add(xx0, f32x4.mul(u, u));
    yy0 = f32x4.add(yy0, f32x4.mul(v, v));
  }
  return fourSums(f32x4.add(xy0, xy1), f32x4.add(xx0, xx1), f32x4.add(yy0, yy1), zero);
}

// @ts-ignore: decorator
@inline
function mix(keep: v128, own: v128, take: v128, other: v128, least: v128, nonnegative: bool): v128 {
  const moved = f32x4.add(f32x4.mul(keep, own), f32x4.mul(take, other));
  return nonnegative ? f32x4.pmax(least, moved) : moved;
}

/** x' = a·x + b·y and y' = c·y + d·x over `bytes`, a multiple of 16; clipped at 0 where nonnegative. */
// @ts-ignore: decorator
@inline
function step(x: usize, y: usize, bytes: usize, a: f32, b: f32, c: f32, d: f32, nonnegative: bool): void {
  const keepX = f32x4.splat(a);
  const takeY = f32x4.splat(b);
  const keepY = f32x4.splat(c);
  const takeX = f32x4.splat(d);
  const least = f32x4.splat(0);
  const end = x + bytes;
  const pairs = x + (bytes & ~31);
  for (; x < pairs; x += 32, y += 32) {
    const u0 = v128.load(x);
    const v0 = v128.load(y);
    const u1 = v128.load(x, 16);
    const v1 = v128.load(y, 16);
    v128.store(x, mix(keepX, u0, takeY, v0, least, nonnegative));
    v128.store(y, mix(keepY, v0, takeX, u0, least, nonnegative));
    v128.store(x, mix(keepX, u1, takeY, v1, least, nonnegative), 16);
    v128.store(y, mix(keepY, v1, takeX, u1, least, nonnegative), 16);
  }
  if (x < end) {
    const u = v128.load(x);
    const v = v128.load(y);
    v128.store(x, mix(keepX, u, takeY, v, least, nonnegative));
    v128.store(y, mix(keepY, v, takeX, u, least, nonnegative));
  }
}

function stepFree(x: usize, y: usize, bytes: usize, a: f32, b: f32, c: f32, d: f32): void {
  step(x, y, bytes, a, b, c, d, false);
}

function stepNonnegative(x: usize, y: usize, bytes: usize, a: f32, b: f32, c: f32, d: f32): void {
  step(x, y, bytes, a, b, c, d, true);
}

/** Adds the mean of the squared gradients to G: penalty²·own·own - 2·penalty·err·own·other + err²·other·other. */
// @ts-ignore: decorator
@inline
function growFactors(state: usize, penalty: f32, err: f32, ownOwn: f32, ownOther: f32, otherOther: f32, ranks: f32): void {
  const sum = penalty * penalty * ownOwn + err * err * otherOther - 2 * err * ownOther * penalty;
  store<f32>(state, load<f32>(state) + max<f32>(sum, 0) / ranks);
}

/** The bias at `bias` takes its step, and B of its state grows. */
// @ts-ignore: decorator
@inline
function stepBias(bias: usize, state: usize, penalty: f32, err: f32, rate: f32): void {
  const gradient = penalty * load<f32>(bias) - err;
  const squares = load<f32>(state, 4);
  store<f32>(bias, load<f32>(bias) - (rate / sqrt<f32>(squares)) * gradient);
  store<f32>(state, squares + gradient * gradient, 4);
}

/** One rating of row x and column y, whose states are at rowState and columnState. */
// @ts-ignore: decorator
@inline
function take(
  x: usize, y: usize, rowState: usize, columnState: usize, value: f32, ranks: u32, biases: bool, rate: f32, nonnegative: bool,
): void {
  const bytes: usize = ranks << 2;
  const sums = products(x, y, bytes);
  const xy = f32x4.extract_lane(sums, 0);
  const bias: f32 = biases ? load<f32>(x + bytes) + load<f32>(y + bytes, 4) : 0;
  const err = value - (xy + bias);
  const stepX = rate / sqrt<f32>(load<f32>(rowState));
  const stepY = rate / sqrt<f32>(load<f32>(columnState));
  const penaltyX = load<f32>(rowState, 8);
  const penaltyY = load<f32>(columnState, 8);
  const a: f32 = 1 - stepX * penaltyX;
  const c: f32 = 1 - stepY * penaltyY;
  if (nonnegative) stepNonnegative(x, y, bytes, a, stepX * err, c, stepY * err);
  else stepFree(x, y, bytes, a, stepX * err, c, stepY * err);
  growFactors(rowState, penaltyX, err, f32x4.extract_lane(sums, 1), xy, f32x4.extract_lane(sums, 2), <f32>ranks);
  growFactors(columnState, penaltyY, err, f32x4.extract_lane(sums, 2), xy, f32x4.extract_lane(sums, 1), <f32>ranks);
  if (!biases) return;
  stepBias(x + bytes, rowState, penaltyX, err, rate);
  stepBias(y + bytes + 4, columnState, penaltyY, err, rate);
}

export function run(
  starts: usize, rowIds: usize, columnIds: usize, values: usize, rows: usize, columns: usize, rowStates: usize, columnStates: usize,
  first: u32, count: u32, ranks: u32, stride: u32, rate: f32, nonnegative: u32,
): void {
  // Sub-cells of one dispatch that follow one another are one run of ratings.
  const begin = load<u32>(starts + (first << 2));
  const end = load<u32>(starts + (first + count << 2));
  for (let e = begin; e < end; e++) {
    const i: usize = load<u32>(rowIds + (e << 2));
    const j: usize = load<u32>(columnIds + (e << 2));
    take(
      rows + (i * stride << 2), columns + (j * stride << 2), rowStates + (i << 4), columnStates + (j << 4),
      load<f32>(values + (e << 2)), ranks, stride > ranks, rate, nonnegative != 0,
    );
  }
}
