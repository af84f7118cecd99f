/**
 * Columns of the working problem, in float64, and the residual they act on. Slot s holds the entries first[s] … first[s + 1] - 1;
 * a dense column has one for every row, and then there are no row ids.
 *
 * The problem's column is x̃ = (x - mean u) / scale for the x that is stored, u being the vector that centring removes, with
 * u'u = n. The residual is kept without the part along u: r = v + offset u, and u'r = 0 where columns are centred.
 */

/** Shape: u32 rows, f64 samples (n), and whether columns are dense. */
let rows: u32 = 0;
let samples: f64 = 1;
let isDense: bool = false;
/** f64[rows]: v. */
let residual: usize = 0;
/** f64[rows]: a vector that is 0 between calls. */
let scratch: usize = 0;
/** f64[1]: by how much r lies above v, in units of u. */
let offsetAt: usize = 0;
/** u32[slots + 1], u32[entries] and f64[entries]. */
let first: usize = 0;
let rowIds: usize = 0;
let values: usize = 0;
/** f64[slots]: the centring and scaling of a slot. */
let means: usize = 0;
let inverseScales: usize = 0;

export function attachRows(rowCount: u32, sampleCount: f64, dense: bool, residualAddress: usize, scratchAddress: usize, offsetAddress: usize): void {
  rows = rowCount;
  samples = sampleCount;
  isDense = dense;
  residual = residualAddress;
  scratch = scratchAddress;
  offsetAt = offsetAddress;
}

export function attachColumns(firstAddress: usize, rowIdsAddress: usize, valuesAddress: usize, meansAddress: usize, inverseScalesAddress: usize): void {
  first = firstAddress;
  rowIds = rowIdsAddress;
  values = valuesAddress;
  means = meansAddress;
  inverseScales = inverseScalesAddress;
}

// @ts-ignore: decorator
@inline
function at(array: usize, index: u32): f64 {
  return load<f64>(array + (<usize>index << 3));
}

/** Sum of both lanes. */
// @ts-ignore: decorator
@inline
export function laneSum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** Σ a_i b_i over `count` contiguous numbers, in eight sums that do not wait for each other. */
export function dotContiguous(a: usize, b: usize, count: u32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let i: u32 = 0;
  for (; i + 8 <= count; i += 8, a += 64, b += 64) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a), v128.load(b)));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
    s2 = f64x2.add(s2, f64x2.mul(v128.load(a, 32), v128.load(b, 32)));
    s3 = f64x2.add(s3, f64x2.mul(v128.load(a, 48), v128.load(b, 48)));
  }
  let sum = laneSum(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
  for (; i < count; i++, a += 8, b += 8) sum += load<f64>(a) * load<f64>(b);
  return sum;
}

/** a += factor b over `count` contiguous numbers. */
export function addContiguous(a: usize, factor: f64, b: usize, count: u32): void {
  const f = f64x2.splat(factor);
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4, a += 32, b += 32) {
    v128.store(a, f64x2.add(v128.load(a), f64x2.mul(v128.load(b), f)));
    v128.store(a, f64x2.add(v128.load(a, 16), f64x2.mul(v128.load(b, 16), f)), 16);
  }
  for (; i < count; i++, a += 8, b += 8) store<f64>(a, load<f64>(a) + factor * load<f64>(b));
}

/** Σ over the stored entries of a slot of x_i vector_i. */
// @ts-ignore: decorator
@inline
function dotStored(slot: u32, vector: usize): f64 {
  let e = load<u32>(first + (<usize>slot << 2));
  const end = load<u32>(first + (<usize>slot << 2), 4);
  if (isDense) return dotContiguous(values + (<usize>e << 3), vector, rows);
  let s0: f64 = 0;
  let s1: f64 = 0;
  let row = rowIds + (<usize>e << 2);
  let x = values + (<usize>e << 3);
  for (; e + 2 <= end; e += 2, row += 8, x += 16) {
    s0 += load<f64>(x) * load<f64>(vector + (<usize>load<u32>(row) << 3));
    s1 += load<f64>(x, 8) * load<f64>(vector + (<usize>load<u32>(row, 4) << 3));
  }
  if (e < end) s0 += load<f64>(x) * load<f64>(vector + (<usize>load<u32>(row) << 3));
  return s0 + s1;
}

/** vector += factor x over the stored entries of a slot. */
// @ts-ignore: decorator
@inline
function addStored(slot: u32, factor: f64, vector: usize): void {
  let e = load<u32>(first + (<usize>slot << 2));
  const end = load<u32>(first + (<usize>slot << 2), 4);
  if (isDense) {
    addContiguous(vector, factor, values + (<usize>e << 3), rows);
    return;
  }
  let row = rowIds + (<usize>e << 2);
  let x = values + (<usize>e << 3);
  for (; e < end; e++, row += 4, x += 8) {
    const target = vector + (<usize>load<u32>(row) << 3);
    store<f64>(target, load<f64>(target) + factor * load<f64>(x));
  }
}

/** x̃'r / n. */
// @ts-ignore: decorator
@inline
export function gradient(slot: u32): f64 {
  return ((dotStored(slot, residual) + samples * at(means, slot) * load<f64>(offsetAt)) * at(inverseScales, slot)) / samples;
}

/** r -= step x̃. */
// @ts-ignore: decorator
@inline
export function subtract(slot: u32, step: f64): void {
  const held = step * at(inverseScales, slot);
  addStored(slot, -held, residual);
  store<f64>(offsetAt, load<f64>(offsetAt) + held * at(means, slot));
}

/** into[k] = x̃_slot'x̃_k / n for `count` listed slots. */
export function innerProducts(slot: u32, slots: usize, count: u32, into: usize): void {
  addStored(slot, 1, scratch);
  const mean = samples * at(means, slot);
  const scale = at(inverseScales, slot) / samples;
  for (let k: u32 = 0; k < count; k++) {
    const other = load<u32>(slots + (<usize>k << 2));
    store<f64>(into + (<usize>k << 3), (dotStored(other, scratch) - mean * at(means, other)) * at(inverseScales, other) * scale);
  }
  addStored(slot, -1, scratch);
}
