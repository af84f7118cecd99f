/**
 * The columns of a shard, in float64: value = high + low, a float32 each; low is what float32 lost, and absent (address 0) where that
 * is nothing. A dense column j has the entries j · rows … (j + 1) · rows - 1; a sparse one starts[j] … starts[j + 1] - 1, whose row
 * ids ascend. u is the vector that centring removes, √weight of every row; at address 0 it is all ones.
 */

let rows: u32 = 0;
let isDense: bool = false;
/** u32[columns + 1], u32[entries]; only of sparse columns. */
let starts: usize = 0;
let rowIds: usize = 0;
/** f32[entries] each. */
let high: usize = 0;
let low: usize = 0;

export function attachShard(rowCount: u32, dense: bool, startsAddress: usize, rowIdsAddress: usize, highAddress: usize, lowAddress: usize): void {
  rows = rowCount;
  isDense = dense;
  starts = startsAddress;
  rowIds = rowIdsAddress;
  high = highAddress;
  low = lowAddress;
}

export function rowCount(): u32 {
  return rows;
}

// @ts-ignore: decorator
@inline
export function at(array: usize, index: u32): f64 {
  return load<f64>(array + (<usize>index << 3));
}

// @ts-ignore: decorator
@inline
export function put(array: usize, index: u32, value: f64): void {
  store<f64>(array + (<usize>index << 3), value);
}

// @ts-ignore: decorator
@inline
function begin(j: u32): u32 {
  return isDense ? j * rows : load<u32>(starts + (<usize>j << 2));
}

/** Number of entries of column j. */
// @ts-ignore: decorator
@inline
export function stored(j: u32): u32 {
  return isDense ? rows : load<u32>(starts + (<usize>j << 2), 4) - load<u32>(starts + (<usize>j << 2));
}

// @ts-ignore: decorator
@inline
function valueAt(e: u32): f64 {
  const value = <f64>load<f32>(high + (<usize>e << 2));
  return low === 0 ? value : value + <f64>load<f32>(low + (<usize>e << 2));
}

// @ts-ignore: decorator
@inline
function hold(e: u32, value: f64): void {
  const rounded = <f32>value;
  store<f32>(high + (<usize>e << 2), rounded);
  store<f32>(low + (<usize>e << 2), <f32>(value - <f64>rounded));
}

/** Row of entry e, the k-th of its column. */
// @ts-ignore: decorator
@inline
function rowOf(e: u32, k: u32): u32 {
  return isDense ? k : load<u32>(rowIds + (<usize>e << 2));
}

/** The first and the last two of four float32, as float64. */
// @ts-ignore: decorator
@inline
function firstTwo(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

// @ts-ignore: decorator
@inline
function lastTwo(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
}

// @ts-ignore: decorator
@inline
function laneSum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Entries e and e + 1 as float64, with their low parts where there are some. */
// @ts-ignore: decorator
@inline
function twoAt(e: u32): v128 {
  const value = f64x2.promote_low_f32x4(v128.load64_zero(high + (<usize>e << 2)));
  return low === 0 ? value : f64x2.add(value, f64x2.promote_low_f32x4(v128.load64_zero(low + (<usize>e << 2))));
}

/** The stored values of column j, as float64. */
export function expand(j: u32, into: usize): void {
  let e = begin(j);
  const end = e + stored(j);
  for (; e + 4 <= end; e += 4, into += 32) {
    v128.store(into, twoAt(e));
    v128.store(into, twoAt(e + 2), 16);
  }
  for (; e < end; e++, into += 8) store<f64>(into, valueAt(e));
}

/** Σ x_i vector_i, in four sums that do not wait for each other. */
export function dot(j: u32, vector: usize): f64 {
  let e = begin(j);
  const end = e + stored(j);
  let sum: f64 = 0;
  if (!isDense) {
    for (; e < end; e++) sum += valueAt(e) * at(vector, load<u32>(rowIds + (<usize>e << 2)));
    return sum;
  }
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let h = high + (<usize>e << 2);
  if (low === 0) {
    for (; e + 8 <= end; e += 8, h += 32, vector += 64) {
      const a = v128.load(h);
      const b = v128.load(h, 16);
      s0 = f64x2.add(s0, f64x2.mul(firstTwo(a), v128.load(vector)));
      s1 = f64x2.add(s1, f64x2.mul(lastTwo(a), v128.load(vector, 16)));
      s2 = f64x2.add(s2, f64x2.mul(firstTwo(b), v128.load(vector, 32)));
      s3 = f64x2.add(s3, f64x2.mul(lastTwo(b), v128.load(vector, 48)));
    }
  } else {
    let l = low + (<usize>e << 2);
    for (; e + 8 <= end; e += 8, h += 32, l += 32, vector += 64) {
      const a = v128.load(h);
      const b = v128.load(h, 16);
      const c = v128.load(l);
      const d = v128.load(l, 16);
      s0 = f64x2.add(s0, f64x2.mul(f64x2.add(firstTwo(a), firstTwo(c)), v128.load(vector)));
      s1 = f64x2.add(s1, f64x2.mul(f64x2.add(lastTwo(a), lastTwo(c)), v128.load(vector, 16)));
      s2 = f64x2.add(s2, f64x2.mul(f64x2.add(firstTwo(b), firstTwo(d)), v128.load(vector, 32)));
      s3 = f64x2.add(s3, f64x2.mul(f64x2.add(lastTwo(b), lastTwo(d)), v128.load(vector, 48)));
    }
  }
  sum = laneSum(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
  for (; e < end; e++, vector += 8) sum += valueAt(e) * load<f64>(vector);
  return sum;
}

/** into[k] = x_j'vector for the columns j = first + k. */
export function dots(first: u32, count: u32, vector: usize, into: usize): void {
  for (let k: u32 = 0; k < count; k++) put(into, k, dot(first + k, vector));
}

/** vector -= Σ_k factors[k] x_ids[k], one column after the other. */
export function subtractColumns(ids: usize, count: u32, factors: usize, vector: usize): void {
  for (let k: u32 = 0; k < count; k++) {
    const factor = at(factors, k);
    const j = load<u32>(ids + (<usize>k << 2));
    const first = begin(j);
    const entries = stored(j);
    for (let i: u32 = 0; i < entries; i++) {
      const row = rowOf(first + i, i);
      put(vector, row, at(vector, row) - factor * valueAt(first + i));
    }
  }
}

// @ts-ignore: decorator
@inline
function root(roots: usize, row: u32): f64 {
  return roots === 0 ? 1 : at(roots, row);
}

/** Σ u_i x_i. */
export function sum(j: u32, roots: usize): f64 {
  if (roots !== 0) return dot(j, roots);
  const first = begin(j);
  const entries = stored(j);
  const highs = sumOfFloats(high + (<usize>first << 2), entries);
  return low === 0 ? highs : highs + sumOfFloats(low + (<usize>first << 2), entries);
}

/** Of `count` float32. */
function sumOfFloats(x: usize, count: u32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let k: u32 = 0;
  for (; k + 4 <= count; k += 4, x += 16) {
    const a = v128.load(x);
    s0 = f64x2.add(s0, firstTwo(a));
    s1 = f64x2.add(s1, lastTwo(a));
  }
  let total = laneSum(f64x2.add(s0, s1));
  for (; k < count; k++, x += 4) total += <f64>load<f32>(x);
  return total;
}

/** Σ over all rows of (x_i - u_i center)²; `squares` is Σ u² over them. */
export function spread(j: u32, center: f64, roots: usize, squares: f64): f64 {
  const first = begin(j);
  const entries = stored(j);
  if (roots === 0) {
    const around = spreadOfStored(first, first + entries, center);
    return around + Math.max(0, squares - <f64>entries) * center * center;
  }
  let total: f64 = 0;
  let met: f64 = 0;
  for (let k: u32 = 0; k < entries; k++) {
    const u = root(roots, rowOf(first + k, k));
    const away = valueAt(first + k) - u * center;
    total += away * away;
    met += u * u;
  }
  // Rows ascend: where every row that counts is stored, both sums of squares are the same bits.
  return total + Math.max(0, squares - met) * center * center;
}

function spreadOfStored(begin: u32, end: u32, center: f64): f64 {
  const c = f64x2.splat(center);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let e = begin;
  for (; e + 4 <= end; e += 4) {
    const first = f64x2.sub(twoAt(e), c);
    const last = f64x2.sub(twoAt(e + 2), c);
    s0 = f64x2.add(s0, f64x2.mul(first, first));
    s1 = f64x2.add(s1, f64x2.mul(last, last));
  }
  let total = laneSum(f64x2.add(s0, s1));
  for (; e < end; e++) total += (valueAt(e) - center) * (valueAt(e) - center);
  return total;
}

/** into[k] = Σ u x, or Σ (x - u centers[k])², of the columns first + k. */
export function sums(first: u32, count: u32, roots: usize, into: usize): void {
  for (let k: u32 = 0; k < count; k++) put(into, k, sum(first + k, roots));
}

export function spreads(first: u32, count: u32, centers: usize, roots: usize, squares: f64, into: usize): void {
  for (let k: u32 = 0; k < count; k++) put(into, k, spread(first + k, at(centers, k), roots, squares));
}

/** Stored x ← (x - u mean) / scale. There is room for `low`. */
export function standardizeColumn(j: u32, mean: f64, scale: f64, roots: usize): void {
  const first = begin(j);
  const entries = stored(j);
  let k: u32 = 0;
  if (roots === 0) {
    const m = f64x2.splat(mean);
    const s = f64x2.splat(scale);
    let h = high + (<usize>first << 2);
    let l = low + (<usize>first << 2);
    for (; k + 4 <= entries; k += 4, h += 16, l += 16) {
      const a = v128.load(h);
      const b = v128.load(l);
      const v = f64x2.div(f64x2.sub(f64x2.add(firstTwo(a), firstTwo(b)), m), s);
      const w = f64x2.div(f64x2.sub(f64x2.add(lastTwo(a), lastTwo(b)), m), s);
      const c = f32x4.demote_f64x2_zero(v);
      const d = f32x4.demote_f64x2_zero(w);
      v128.store(h, v128.shuffle<i64>(c, d, 0, 2));
      const e = f32x4.demote_f64x2_zero(f64x2.sub(v, f64x2.promote_low_f32x4(c)));
      const f = f32x4.demote_f64x2_zero(f64x2.sub(w, f64x2.promote_low_f32x4(d)));
      v128.store(l, v128.shuffle<i64>(e, f, 0, 2));
    }
  }
  for (; k < entries; k++) hold(first + k, (valueAt(first + k) - root(roots, rowOf(first + k, k)) * mean) / scale);
}

/** The columns first + k with means[k] and scales[k], as far as these change anything. */
export function standardize(first: u32, count: u32, means: usize, scales: usize, roots: usize): void {
  for (let k: u32 = 0; k < count; k++) if (at(means, k) !== 0 || at(scales, k) !== 1) standardizeColumn(first + k, at(means, k), at(scales, k), roots);
}

/** Adds column j's Σ u x and Σ u² over its stored entries to `means` and `met`, by the fold of their rows. */
export function sumsByFold(j: u32, roots: usize, foldOf: usize, means: usize, met: usize): void {
  const first = begin(j);
  const entries = stored(j);
  for (let k: u32 = 0; k < entries; k++) {
    const row = rowOf(first + k, k);
    const fold = load<u32>(foldOf + (<usize>row << 2));
    const u = root(roots, row);
    put(means, fold, at(means, fold) + u * valueAt(first + k));
    put(met, fold, at(met, fold) + u * u);
  }
}

/** Adds Σ (x - u means[fold])² over the stored entries to `spreads`, by fold. */
export function spreadsByFold(j: u32, roots: usize, foldOf: usize, means: usize, spreads: usize): void {
  const first = begin(j);
  const entries = stored(j);
  for (let k: u32 = 0; k < entries; k++) {
    const row = rowOf(first + k, k);
    const fold = load<u32>(foldOf + (<usize>row << 2));
    const away = valueAt(first + k) - at(means, fold) * root(roots, row);
    put(spreads, fold, at(spreads, fold) + away * away);
  }
}
