// Takes committed coefficient changes out of the residual.
//   residual[i] -= Σ_k x[ids[k]·rows + i] · deltas[k],  k ascending
//
// x         f32[columns × rows]  column-major
// ids       u32[count]           columns, in any order, repeats allowed
// deltas    f32[count]           change of each column's coefficient
// residual  f32[rows]            updated in place
//
// One invocation a row, so workgroups = ⌈rows / 64⌉. 64: neighbouring rows are read together, and a few thousand
// rows already fill a device. A row's sum has one owner and one order.
// Must hold: ids[k] < columns.

struct Parameters {
  rows: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> deltas: array<f32>;
@group(0) @binding(3) var<storage, read_write> residual: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= parameters.rows) {
    return;
  }
  var sum = 0.0;
  for (var k = 0u; k < parameters.count; k++) {
    sum += x[ids[k] * parameters.rows + i] * deltas[k];
  }
  residual[i] -= sum;
}
