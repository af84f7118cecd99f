// Takes one factor of every row out of the table, with the row's product with a column of a Gram matrix.
//   out[row] = (factors[row][rank], implicit ? Σ_k factors[row][k]·gramColumn[k] : 0)
//
// factors     f32[rows × stride]  row-major
// gramColumn  f32[stride]         read only if implicit
// out         f32[rows × 2]       written whole
//
// If implicit, 16 lanes share the dot product of a row, which reads 64 bytes side by side, and a workgroup of 64 takes 4 rows; else a lane
// has a row to itself: workgroups = ⌈rows / 4⌉ or ⌈rows / 64⌉. Every lane sums in order, then the lanes add up in a tree: a fixed order.
// Must hold: rank < stride.

struct Parameters {
  rows: u32,
  stride: u32,
  rank: u32,
  implicit: u32,
}

@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read> gramColumn: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2f>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const LANES = 64u;
/// If implicit.
const LANES_A_ROW = 16u;
var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let lanes = select(1u, LANES_A_ROW, parameters.implicit == 1u);
  let row = (group.y * groups.x + group.x) * (LANES / lanes) + lane / lanes;
  let offset = lane % lanes;
  var sum = 0.0;
  if (row < parameters.rows && parameters.implicit == 1u) {
    for (var k = offset; k < parameters.stride; k += lanes) {
      sum += factors[row * parameters.stride + k] * gramColumn[k];
    }
  }
  partial[lane] = sum;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (offset < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (row < parameters.rows && offset == 0u) {
    out[row] = vec2f(factors[row * parameters.stride + parameters.rank], partial[lane]);
  }
}
