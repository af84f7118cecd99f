// Adds the Gram matrix of a table of factors.
//   gram[i·stride + j] += Σ_r factors[r·stride + i] · factors[r·stride + j]
//
// factors  f32[rows × stride]    row-major
// gram     f32[stride × stride]  symmetric, updated in place and as a whole
//
// A workgroup computes a tile of 32 × 32 pairs j ≤ i and writes their mirror too, so workgroups = ⌈stride / 32⌉²; tiles
// above the diagonal end at once. 64 lanes, each with 4 × 4 pairs in registers: a value read from workgroup memory serves
// four products. Sums of 256 rows are added up one after another: a fixed order, and less rounding than one long sum.
// Must hold: gram is symmetric before.

struct Parameters {
  rows: u32,
  stride: u32,
}

@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read_write> gram: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const LANES = 64u;
const TILE = 32u;
const TILE_VALUES = 1024u;
/// Rows whose sum is added to the others' as a whole.
const CHUNK = 256u;
/// Values of 32 rows: [row · TILE + column of the tile].
var<workgroup> left: array<f32, TILE_VALUES>;
var<workgroup> right: array<f32, TILE_VALUES>;

/// A factor, 0 outside the table.
fn value(row: u32, column: u32) -> f32 {
  if (row >= parameters.rows || column >= parameters.stride) {
    return 0.0;
  }
  return factors[row * parameters.stride + column];
}

/// Adds the sum of a pair j ≤ i to both of its places.
fn add(i: u32, j: u32, sum: f32) {
  if (i >= parameters.stride || j > i) {
    return;
  }
  let updated = gram[i * parameters.stride + j] + sum;
  gram[i * parameters.stride + j] = updated;
  gram[j * parameters.stride + i] = updated;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = group.y * groups.x + group.x;
  let tilesAcross = (parameters.stride + TILE - 1u) / TILE;
  if (number >= tilesAcross * tilesAcross) {
    return;
  }
  let firstI = (number / tilesAcross) * TILE;
  let firstJ = (number % tilesAcross) * TILE;
  if (firstJ > firstI) {
    return;
  }
  // A lane owns every eighth pair of the tile in both directions.
  let down = lane / 8u;
  let across = lane % 8u;
  var sums = mat4x4f();
  for (var chunk = 0u; chunk < parameters.rows; chunk += CHUNK) {
    var part = mat4x4f();
    for (var firstRow = chunk; firstRow < min(chunk + CHUNK, parameters.rows); firstRow += TILE) {
      workgroupBarrier();
      for (var at = lane; at < TILE_VALUES; at += LANES) {
        left[at] = value(firstRow + at / TILE, firstI + at % TILE);
        right[at] = value(firstRow + at / TILE, firstJ + at % TILE);
      }
      workgroupBarrier();
      for (var row = 0u; row < TILE; row++) {
        let a = row * TILE + down;
        let b = row * TILE + across;
        let values = vec4f(right[b], right[b + 8u], right[b + 16u], right[b + 24u]);
        part[0] += left[a] * values;
        part[1] += left[a + 8u] * values;
        part[2] += left[a + 16u] * values;
        part[3] += left[a + 24u] * values;
      }
    }
    sums += part;
  }
  for (var m = 0u; m < 4u; m++) {
    let i = firstI + down + 8u * m;
    for (var n = 0u; n < 4u; n++) {
      add(i, firstJ + across + 8u * n, sums[m][n]);
    }
  }
}
