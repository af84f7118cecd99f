/**
 * Twin of gram-column.wgsl: gramColumn[k] = Σ_row factors[row][rank]·factors[row][k]. Tiles of 256 rows, which stay in
 * the second-level cache while 16 columns at a time are summed in registers; a tile's sums are added as a whole.
 */

const TILE: u32 = 256;

// @ts-ignore: decorator
@inline
function addTo(target: usize, sum: v128): void {
  v128.store(target, f32x4.add(v128.load(target), sum));
}

/** Adds 16 columns over `height` rows; `factor` and `vector` are their addresses in the first row. */
function sixteen(factor: usize, vector: usize, target: usize, height: u32, bytes: usize): void {
  let sums0 = f32x4.splat(0);
  let sums1 = sums0;
  let sums2 = sums0;
  let sums3 = sums0;
  for (let row: u32 = 0; row < height; row++) {
    const w = v128.load32_splat(factor);
    sums0 = f32x4.add(sums0, f32x4.mul(w, v128.load(vector)));
    sums1 = f32x4.add(sums1, f32x4.mul(w, v128.load(vector, 16)));
    sums2 = f32x4.add(sums2, f32x4.mul(w, v128.load(vector, 32)));
    sums3 = f32x4.add(sums3, f32x4.mul(w, v128.load(vector, 48)));
    factor += bytes;
    vector += bytes;
  }
  addTo(target, sums0);
  addTo(target + 16, sums1);
  addTo(target + 32, sums2);
  addTo(target + 48, sums3);
}

/** The same for 4 columns. */
function four(factor: usize, vector: usize, target: usize, height: u32, bytes: usize): void {
  let sums = f32x4.splat(0);
  for (let row: u32 = 0; row < height; row++) {
    sums = f32x4.add(sums, f32x4.mul(v128.load32_splat(factor), v128.load(vector)));
    factor += bytes;
    vector += bytes;
  }
  addTo(target, sums);
}

export function run(factors: usize, gramColumn: usize, rows: u32, stride: u32, rank: u32): void {
  const bytes: usize = <usize>stride << 2;
  memory.fill(gramColumn, 0, bytes);
  for (let row: u32 = 0; row < rows; row += TILE) {
    const height = min(TILE, rows - row);
    const tile = factors + row * bytes;
    const factor = tile + (<usize>rank << 2);
    let at: usize = 0;
    for (; at + 64 <= bytes; at += 64) sixteen(factor, tile + at, gramColumn + at, height, bytes);
    for (; at < bytes; at += 16) four(factor, tile + at, gramColumn + at, height, bytes);
  }
}
