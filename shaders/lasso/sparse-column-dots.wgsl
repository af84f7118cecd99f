// Dot products of scheduled sparse columns with the residual.
//   dots[k] = Σ_e x[e] · residual[rowIds[e]],  e from starts[ids[k]] to starts[ids[k] + 1] - 1
//
// starts    u32[columns + 1]  where each column's entries begin (CSC)
// rowIds    u32[nonzeros]     row of each entry
// x         f32[nonzeros]     value of each entry
// residual  f32[rows]
// ids       u32[count]        columns, in any order, repeats allowed
// dots      f32[count]        written whole
//
// One workgroup a column, so workgroups = count. 64 lanes cover a column of tens of entries in one step and split a
// long one evenly. Every lane sums its entries in order, then the lanes add up in a tree: a fixed order.
// Must hold: ids[k] < columns, starts ascending, rowIds[e] < rows.

struct Parameters {
  count: u32,
}

@group(0) @binding(0) var<storage, read> starts: array<u32>;
@group(0) @binding(1) var<storage, read> rowIds: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read> ids: array<u32>;
@group(0) @binding(5) var<storage, read_write> dots: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

const LANES = 64u;
var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = group.y * groups.x + group.x;
  if (k >= parameters.count) {
    return;
  }
  let column = ids[k];
  let end = starts[column + 1u];
  var sum = 0.0;
  for (var e = starts[column] + lane; e < end; e += LANES) {
    sum += x[e] * residual[rowIds[e]];
  }
  partial[lane] = sum;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (lane == 0u) {
    dots[k] = partial[0];
  }
}
