// Predictions of listed pairs, less the global mean: dots of whole rows of two factor tables.
//   predictions[k] = Σ_r rows[rowIds[e]·stride + r] · columns[columnIds[e]·stride + r]  for pair e = first + k
//
// rowIds       u32[pairs]             rows, in any order, repeats allowed
// columnIds    u32[pairs]             columns, likewise
// rows         f32[rows × stride]     row-major, biases included
// columns      f32[columns × stride]  row-major, biases included
// predictions  f32[count]             written whole
//
// 16 lanes a pair and 4 pairs a workgroup of 64, so workgroups = ⌈count / 4⌉: consecutive lanes read consecutive fours of
// a row, and ranks of some tens leave few lanes idle. Every lane sums in order, then the 16 add up in a tree: a fixed order.
// Must hold: stride is a positive multiple of 4; first + count ≤ pairs; rowIds[e] < rows, columnIds[e] < columns.

struct Parameters {
  first: u32,
  count: u32,
  stride: u32,
}

@group(0) @binding(0) var<storage, read> rowIds: array<u32>;
@group(0) @binding(1) var<storage, read> columnIds: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<vec4f>;
@group(0) @binding(3) var<storage, read> columns: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> predictions: array<f32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const LANES = 16u;
const PAIRS = 4u;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let lane = index % LANES;
  let k = (group.y * groups.x + group.x) * PAIRS + index / LANES;
  let fours = parameters.stride / 4u;
  var sum = vec4f();
  if (k < parameters.count) {
    let x = rowIds[parameters.first + k] * fours;
    let y = columnIds[parameters.first + k] * fours;
    for (var at = lane; at < fours; at += LANES) {
      sum += rows[x + at] * columns[y + at];
    }
  }
  partial[index] = (sum.x + sum.z) + (sum.y + sum.w);
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[index] += partial[index + half];
    }
  }
  if (lane == 0u && k < parameters.count) {
    predictions[k] = partial[index];
  }
}
