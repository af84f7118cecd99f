/** Twin of column-out.wgsl: out[row] = (factors[row][rank], implicit ? Σ_k factors[row][k]·gramColumn[k] : 0). */
import { dot } from '../common/dot';

export function run(factors: usize, gramColumn: usize, out: usize, rows: u32, stride: u32, rank: u32, implicit: u32): void {
  const bytes: usize = <usize>stride << 2;
  for (let row: usize = 0; row < <usize>rows; row++) {
    const vector = factors + row * bytes;
    store<f32>(out + (row << 3), load<f32>(vector + (<usize>rank << 2)));
    store<f32>(out + (row << 3), implicit == 1 ? dot(vector, gramColumn, bytes) : 0, 4);
  }
}
