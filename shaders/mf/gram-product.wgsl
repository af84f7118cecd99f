// Adds a Gram matrix times every row: what entries that were not observed contribute to the normal equations.
//   products[i·stride + j] += scale · Σ_k vectors[i·stride + k] · gram[k·stride + j]
//
// vectors   f32[rows × stride]    one a row, row-major
// gram      f32[stride × stride]  symmetric
// products  f32[rows × stride]    updated in place; what lies behind is left alone
//
// A workgroup computes a tile of 32 rows × 32 columns, so workgroups = ⌈rows / 32⌉ · ⌈stride / 32⌉. 64 lanes, each with 4 × 4
// numbers in registers: a value read from workgroup memory serves four products. Sums of 256 terms are added up one after
// another: a fixed order, and less rounding than one long sum. Must hold: gram is symmetric.

struct Parameters {
  rows: u32,
  stride: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> vectors: array<f32>;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read_write> products: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const LANES = 64u;
const TILE = 32u;
/// One more than the tile is wide: lanes that walk down a column then hit different memory banks.
const PITCH = 33u;
const TILE_VALUES = 1056u;
/// Terms whose sum is added to the others' as a whole.
const CHUNK = 256u;
/// Of 32 terms: [term · PITCH + row of the tile] and [term · PITCH + column of the tile].
var<workgroup> left: array<f32, TILE_VALUES>;
var<workgroup> right: array<f32, TILE_VALUES>;

fn component(row: u32, k: u32) -> f32 {
  if (row >= parameters.rows || k >= parameters.stride) {
    return 0.0;
  }
  return vectors[row * parameters.stride + k];
}

fn entry(k: u32, column: u32) -> f32 {
  if (k >= parameters.stride || column >= parameters.stride) {
    return 0.0;
  }
  return gram[k * parameters.stride + column];
}

fn add(row: u32, column: u32, sum: f32) {
  if (row < parameters.rows && column < parameters.stride) {
    products[row * parameters.stride + column] += parameters.scale * sum;
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = group.y * groups.x + group.x;
  let tilesAcross = (parameters.stride + TILE - 1u) / TILE;
  if (tilesAcross == 0u) {
    return;
  }
  let firstRow = (number / tilesAcross) * TILE;
  let firstColumn = (number % tilesAcross) * TILE;
  if (firstRow >= parameters.rows) {
    return;
  }
  // A lane owns every eighth number of the tile in both directions.
  let down = lane / 8u;
  let across = lane % 8u;
  var sums = mat4x4f();
  for (var chunk = 0u; chunk < parameters.stride; chunk += CHUNK) {
    var part = mat4x4f();
    for (var first = chunk; first < min(chunk + CHUNK, parameters.stride); first += TILE) {
      workgroupBarrier();
      for (var at = lane; at < TILE * TILE; at += LANES) {
        let outer = at / TILE;
        let inner = at % TILE;
        left[inner * PITCH + outer] = component(firstRow + outer, first + inner);
        right[outer * PITCH + inner] = entry(first + outer, firstColumn + inner);
      }
      workgroupBarrier();
      for (var k = 0u; k < TILE; k++) {
        let a = k * PITCH + down;
        let b = k * PITCH + across;
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
    let row = firstRow + down + 8u * m;
    for (var n = 0u; n < 4u; n++) {
      add(row, firstColumn + across + 8u * n, sums[m][n]);
    }
  }
}
