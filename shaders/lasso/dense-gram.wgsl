// New rows of the Gram matrix of chosen columns.
//   gram[i(i+1)/2 + j - first(first+1)/2] = Σ_r x[ids[i]·rows + r] · x[ids[j]·rows + r],  first ≤ i < count, j ≤ i
//
// x     f32[columns × rows]                             column-major
// ids   u32[count]                                      columns, in any order, repeats allowed
// gram  f32[count(count+1)/2 - first(first+1)/2]        rows first … count - 1 of the lower triangle, packed
//
// A workgroup computes a tile of 32 × 32 pairs, so workgroups = ⌈(count - first) / 32⌉ · ⌈count / 32⌉; tiles above the
// diagonal end at once. 64 lanes, each with 4 × 4 pairs in registers: a value read from workgroup memory serves four
// products. Sums of 32 rows are added up one after another: a fixed order, and less rounding than one long sum.
// Must hold: ids[k] < columns, first ≤ count.

struct Parameters {
  rows: u32,
  count: u32,
  first: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> gram: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const LANES = 64u;
const TILE = 32u;
/// One more than the tile is wide: lanes that walk down a column then hit different memory banks.
const STRIDE = 33u;
const TILE_VALUES = 1056u;
/// Values of 32 rows: [row · STRIDE + column of the tile].
var<workgroup> left: array<f32, TILE_VALUES>;
var<workgroup> right: array<f32, TILE_VALUES>;

/// A value of the kth chosen column, 0 outside the matrix.
fn value(k: u32, row: u32) -> f32 {
  if (k >= parameters.count || row >= parameters.rows) {
    return 0.0;
  }
  return x[ids[k] * parameters.rows + row];
}

fn store(i: u32, j: u32, sum: f32) {
  if (i < parameters.count && j <= i) {
    let first = parameters.first;
    gram[i * (i + 1u) / 2u + j - first * (first + 1u) / 2u] = sum;
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tilesAcross = (parameters.count + TILE - 1u) / TILE;
  let number = group.y * groups.x + group.x;
  if (tilesAcross == 0u) {
    return;
  }
  let firstI = parameters.first + (number / tilesAcross) * TILE;
  let firstJ = (number % tilesAcross) * TILE;
  if (firstI >= parameters.count || firstJ >= firstI + TILE) {
    return;
  }
  // A lane owns every eighth pair of the tile in both directions.
  let down = lane / 8u;
  let across = lane % 8u;
  var sums = mat4x4f();
  for (var firstRow = 0u; firstRow < parameters.rows; firstRow += TILE) {
    workgroupBarrier();
    for (var at = lane; at < TILE * TILE; at += LANES) {
      let column = at / TILE;
      let row = at % TILE;
      left[row * STRIDE + column] = value(firstI + column, firstRow + row);
      right[row * STRIDE + column] = value(firstJ + column, firstRow + row);
    }
    workgroupBarrier();
    var part = mat4x4f();
    for (var row = 0u; row < TILE; row++) {
      let a = row * STRIDE + down;
      let b = row * STRIDE + across;
      let values = vec4f(right[b], right[b + 8u], right[b + 16u], right[b + 24u]);
      part[0] += left[a] * values;
      part[1] += left[a + 8u] * values;
      part[2] += left[a + 16u] * values;
      part[3] += left[a + 24u] * values;
    }
    sums += part;
  }
  for (var m = 0u; m < 4u; m++) {
    let i = firstI + down + 8u * m;
    for (var n = 0u; n < 4u; n++) {
      store(i, firstJ + across + 8u * n, sums[m][n]);
    }
  }
}
