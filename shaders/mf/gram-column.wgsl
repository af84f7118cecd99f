// One column of the Gram matrix of a factor table.
//   gramColumn[k] = Σ_row factors[row][rank]·factors[row][k]
//
// factors     f32[rows × stride]  row-major
// gramColumn  f32[stride]         written whole
//
// A workgroup computes 8 columns, so workgroups = ⌈stride / 8⌉: two lanes side by side take 32 bytes of a row, and 128
// such pairs every 128th row, so that a sum over 100,000 rows is 128 sums of 800, which f32 carries. Every lane sums
// its rows in order, then the pairs add up in a tree: a fixed order.
// Must hold: stride is a multiple of 4, rank < stride.

struct Parameters {
  rows: u32,
  stride: u32,
  rank: u32,
}

@group(0) @binding(0) var<storage, read> factors: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gramColumn: array<vec4f>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const LANES = 256u;
const VECTORS = 2u;
var<workgroup> partial: array<vec4f, LANES>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let vectors = parameters.stride / 4u;
  let k = (group.y * groups.x + group.x) * VECTORS + lane % VECTORS;
  let rank = parameters.rank;
  var sum = vec4f();
  if (k < vectors) {
    for (var row = lane / VECTORS; row < parameters.rows; row += LANES / VECTORS) {
      sum += factors[row * vectors + rank / 4u][rank % 4u] * factors[row * vectors + k];
    }
  }
  partial[lane] = sum;
  for (var half = LANES / 2u; half >= VECTORS; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (lane < VECTORS && k < vectors) {
    gramColumn[k] = partial[lane];
  }
}
