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
// `lanes` (4, 8, 16, 32 or 64) lanes share a column, so that short columns keep a workgroup of 64 busy and long ones are read side by
// side: workgroups = ⌈count · lanes / 64⌉. A lane has two entries under way at a time. Every lane sums its entries in order, then the
// lanes add up in a tree: a fixed order.
// Must hold: lanes divides 64, ids[k] < columns, starts ascending, rowIds[e] < rows.

struct Parameters {
  count: u32,
  lanes: u32,
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

/// Sum of every `lanes`th entry of a column from the given one on.
fn laneSum(column: u32, offset: u32) -> f32 {
  let lanes = parameters.lanes;
  let end = starts[column + 1u];
  var e = starts[column] + offset;
  var sum = 0.0;
  for (; e + lanes < end; e += 2u * lanes) {
    sum += x[e] * residual[rowIds[e]] + x[e + lanes] * residual[rowIds[e + lanes]];
  }
  if (e < end) {
    sum += x[e] * residual[rowIds[e]];
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let lanes = parameters.lanes;
  let k = (group.y * groups.x + group.x) * (LANES / lanes) + lane / lanes;
  let offset = lane % lanes;
  if (k < parameters.count) {
    partial[lane] = laneSum(ids[k], offset);
  }
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (offset < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (k < parameters.count && offset == 0u) {
    dots[k] = partial[lane];
  }
}
