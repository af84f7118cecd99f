// Puts one factor of every row into the table.
//   factors[row][rank] = values[row]
//
// values   f32[rows]
// factors  f32[rows × stride]  row-major; the other columns stay
//
// One lane a row, 64 rows a workgroup: workgroups = ⌈rows / 64⌉.
// Must hold: rank < stride.

struct Parameters {
  rows: u32,
  stride: u32,
  rank: u32,
}

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> factors: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row < parameters.rows) {
    factors[row * parameters.stride + parameters.rank] = values[row];
  }
}
