/** Twin of rank-solve.wgsl, same formulas, a row at a time. */
import { dot } from '../common/dot';

export function run(
  sums: usize, factors: usize, penalties: usize, gramColumn: usize, rowTerms: usize, columnTerms: usize, decrease: usize,
  rows: u32, stride: u32, rank: u32, implicit: u32, nonnegative: u32, update: u32,
): void {
  const bytes: usize = <usize>stride << 2;
  const gram: f32 = implicit == 1 ? load<f32>(gramColumn + (<usize>rank << 2)) : 0;
  for (let row: usize = 0; row < <usize>rows; row++) {
    const factor = factors + row * bytes + (<usize>rank << 2);
    const sum = sums + (row << 3);
    const terms = rowTerms + (row << 3);
    const penalty = load<f32>(penalties + (row << 2));
    const old = load<f32>(factor);
    const denominator = load<f32>(sum, 4) + penalty + gram;
    let solution = old;
    if (update == 1 && denominator > 0) {
      const rest: f32 = implicit == 1 ? dot(factors + row * bytes, gramColumn, bytes) : 0;
      solution = old + (load<f32>(sum) - penalty * old - rest) / denominator;
      if (nonnegative == 1) solution = max<f32>(0, solution);
    }
    const step = solution - old;
    store<f32>(factor, solution);
    v128.store(columnTerms + (row << 4), f32x4(0, step, solution, 0));
    store<f32>(columnTerms + (row << 4), load<f32>(terms));
    store<f32>(terms, solution);
    store<f32>(terms, -old, 4);
    store<f32>(decrease + (row << 2), step * step * denominator);
    store<u64>(sum, 0);
  }
}
