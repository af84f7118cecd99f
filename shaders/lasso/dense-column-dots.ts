/**
 * Twin of dense-column-dots.wgsl, same formula: dots[k] = Σ_i x[ids[k]·rows + i] · residual[i].
 * 16 rows a step in four accumulators, so that additions do not wait for each other; then the remaining rows.
 */
import { laneSum } from '../common/lanes';

// @ts-ignore: decorator
@inline
function product(a: usize, b: usize): v128 {
  return f32x4.mul(v128.load(a), v128.load(b));
}

function dot(a: usize, b: usize, rows: u32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let i: u32 = 0;
  for (; i + 16 <= rows; i += 16, a += 64, b += 64) {
    s0 = f32x4.add(s0, product(a, b));
    s1 = f32x4.add(s1, product(a + 16, b + 16));
    s2 = f32x4.add(s2, product(a + 32, b + 32));
    s3 = f32x4.add(s3, product(a + 48, b + 48));
  }
  let sum = laneSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; i < rows; i++, a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  return sum;
}

export function run(x: usize, residual: usize, ids: usize, dots: usize, rows: u32, count: u32): void {
  for (let k: u32 = 0; k < count; k++) {
    const column = x + (<usize>load<u32>(ids + (k << 2)) * rows << 2);
    store<f32>(dots + (k << 2), dot(column, residual, rows));
  }
}
