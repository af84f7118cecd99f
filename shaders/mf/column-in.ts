/** Twin of column-in.wgsl: factors[row][rank] = values[row]. */
export function run(values: usize, factors: usize, rows: u32, stride: u32, rank: u32): void {
  const bytes: usize = <usize>stride << 2;
  let factor = factors + (<usize>rank << 2);
  for (let row: usize = 0; row < <usize>rows; row++) {
    store<f32>(factor, load<f32>(values + (row << 2)));
    factor += bytes;
  }
}
