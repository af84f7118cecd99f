/** Twin of multiply-add.wgsl: the eight vectors of a value side by side; a multiply-add is rounded twice here. */
import { laneSum } from '../common/lanes';

// @ts-ignore: decorator
@inline
function next(x: v128, factor: v128, addend: v128): v128 {
  return f32x4.add(f32x4.mul(x, factor), addend);
}

export function run(values: usize, sums: usize, count: u32, steps: u32, factor: f32, addend: f32): void {
  const factors = f32x4.splat(factor);
  const addends = f32x4.splat(addend);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const value = v128.load32_splat(values + i);
    let a = f32x4.add(value, f32x4(0, 1, 2, 3));
    let b = f32x4.add(value, f32x4(4, 5, 6, 7));
    let c = f32x4.add(value, f32x4(8, 9, 10, 11));
    let d = f32x4.add(value, f32x4(12, 13, 14, 15));
    let e = f32x4.add(value, f32x4(16, 17, 18, 19));
    let f = f32x4.add(value, f32x4(20, 21, 22, 23));
    let g = f32x4.add(value, f32x4(24, 25, 26, 27));
    let h = f32x4.add(value, f32x4(28, 29, 30, 31));
    for (let step: u32 = 0; step < steps; step++) {
      a = next(a, factors, addends);
      b = next(b, factors, addends);
      c = next(c, factors, addends);
      d = next(d, factors, addends);
      e = next(e, factors, addends);
      f = next(f, factors, addends);
      g = next(g, factors, addends);
      h = next(h, factors, addends);
    }
    const sum = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
    store<f32>(sums + i, laneSum(sum));
  }
}
