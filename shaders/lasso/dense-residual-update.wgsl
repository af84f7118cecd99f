// Takes committed coefficient changes out of the residual.
//   residual[i] -= Σ_k x[ids[k]·rows + i] · deltas[k]
//
// x         f32[columns × rows]  column-major
// ids       u32[count]           columns, in any order, repeats allowed
// deltas    f32[count]           change of each column's coefficient
// residual  f32[rows]            updated in place
//
// A workgroup takes 64 rows, so workgroups = ⌈rows / 64⌉. Neighbouring rows are read together; four lanes share a row, every fourth
// column each, and read four columns independently of each other, so that few rows keep a device busy too. A lane sums its
// columns in order, then the four sums of a row are added in a tree: a fixed order.
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

const ROWS = 64u;
const SLICES = 4u;
var<workgroup> partial: array<f32, 256>;

/// What the kth listed change takes out of row i.
fn term(k: u32, i: u32) -> f32 {
  return x[ids[k] * parameters.rows + i] * deltas[k];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let i = (group.y * groups.x + group.x) * ROWS + index % ROWS;
  let slice = index / ROWS;
  var sum = 0.0;
  if (i < parameters.rows) {
    var k = slice;
    for (; k + 3u * SLICES < parameters.count; k += 4u * SLICES) {
      let terms = vec4f(term(k, i), term(k + SLICES, i), term(k + 2u * SLICES, i), term(k + 3u * SLICES, i));
      sum += (terms.x + terms.z) + (terms.y + terms.w);
    }
    for (; k < parameters.count; k += SLICES) {
      sum += term(k, i);
    }
  }
  partial[index] = sum;
  workgroupBarrier();
  if (slice == 0u && i < parameters.rows) {
    residual[i] -= (partial[index] + partial[index + 2u * ROWS]) + (partial[index + ROWS] + partial[index + 3u * ROWS]);
  }
}
