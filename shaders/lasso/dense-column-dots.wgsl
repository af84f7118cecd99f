// Dot products of scheduled columns with the residual.
//   dots[k] = Σ_i x[ids[k]·rows + i] · residual[i]
//
// x         f32[columns × rows]  column-major
// residual  f32[rows]
// ids       u32[count]           columns, in any order, repeats allowed
// dots      f32[count]           written whole
//
// Four columns a workgroup, so workgroups = ⌈count / 4⌉: a number of the residual that a lane has read serves four products, whose
// columns it reads independently of each other, so that enough is under way to hide the memory's latency. 64 lanes: consecutive
// lanes read consecutive rows, and a small group keeps short columns cheap. Every lane sums its rows in order, then the
// lanes add up in a tree: a fixed order.
// Must hold: ids[k] < columns.

struct Parameters {
  rows: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> residual: array<f32>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> dots: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const LANES = 64u;
const COLUMNS = 4u;
var<workgroup> partial: array<vec4f, LANES>;

/// Where the kth listed column begins; behind the last one, where the last begins.
fn begin(k: u32) -> u32 {
  return ids[min(k, parameters.count - 1u)] * parameters.rows;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = (group.y * groups.x + group.x) * COLUMNS;
  if (k >= parameters.count) {
    return;
  }
  let begins = vec4u(begin(k), begin(k + 1u), begin(k + 2u), begin(k + 3u));
  var sum = vec4f();
  for (var i = lane; i < parameters.rows; i += LANES) {
    sum += vec4f(x[begins.x + i], x[begins.y + i], x[begins.z + i], x[begins.w + i]) * residual[i];
  }
  partial[lane] = sum;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (lane < COLUMNS && k + lane < parameters.count) {
    dots[k + lane] = partial[0][lane];
  }
}
