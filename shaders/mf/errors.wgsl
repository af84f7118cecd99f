// Errors of the predictions of pieces of rows.
//   with t = rows[row] · columns[ids[e]] and v = values[e], over the entries e of piece first + k
//   errors[k] = (Σ (v - t)², Σ |v - t|), or, implicit, (Σ [(1 + v)·(1 - t)² - t²], 0)
//
// pieces   u32[2·(pieces + 1)]    pairs (row, begin); a piece ends where the next one begins
// ids      u32[entries]           column of each entry
// values   f32[entries]           ratings less the global mean, or, implicit, confidences beyond 1
// columns  f32[columns × stride]  factors of the columns, row-major
// rows     f32[rows × stride]     factors of the rows, row-major
// errors   f32[count × 2]         written whole
//
// A workgroup a piece, so workgroups = count. Of its 64 lanes, 4 share an entry's dot product, so that 16 entries go at
// a time and a lane reads 16 bytes side by side with its three neighbours; then 16 lanes take an error each. Every lane
// sums in order, then the lanes add up in a tree: a fixed order.
// Must hold: first + count ≤ pieces, begins ascending, ids[e] < columns, stride is a multiple of 4.

struct Parameters {
  first: u32,
  count: u32,
  stride: u32,
  implicit: u32,
}

@group(0) @binding(0) var<storage, read> pieces: array<vec2u>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> columns: array<vec4f>;
@group(0) @binding(4) var<storage, read> rows: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> errors: array<vec2f>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

const LANES = 64u;
const ENTRIES = 16u;
const LANES_AN_ENTRY = 4u;
var<workgroup> dots: array<f32, LANES>;
var<workgroup> partial: array<vec2f, ENTRIES>;

/// This lane's part of an entry's dot product.
fn laneDot(row: u32, column: u32, offset: u32) -> f32 {
  let vectors = parameters.stride / 4u;
  var sum = vec4f();
  for (var k = offset; k < vectors; k += LANES_AN_ENTRY) {
    sum += rows[row * vectors + k] * columns[column * vectors + k];
  }
  return (sum.x + sum.z) + (sum.y + sum.w);
}

fn error(v: f32, t: f32) -> vec2f {
  if (parameters.implicit == 1u) {
    return vec2f((1.0 + v) * (1.0 - t) * (1.0 - t) - t * t, 0.0);
  }
  return vec2f((v - t) * (v - t), abs(v - t));
}

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
  let row = pieces[parameters.first + k].x;
  let begin = pieces[parameters.first + k].y;
  let end = pieces[parameters.first + k + 1u].y;
  var sum = vec2f();
  for (var batch = begin; batch < end; batch += ENTRIES) {
    let e = batch + lane / LANES_AN_ENTRY;
    if (e < end) {
      dots[lane] = laneDot(row, ids[e], lane % LANES_AN_ENTRY);
    }
    workgroupBarrier();
    if (lane < min(ENTRIES, end - batch)) {
      let at = lane * LANES_AN_ENTRY;
      sum += error(values[batch + lane], (dots[at] + dots[at + 2u]) + (dots[at + 1u] + dots[at + 3u]));
    }
    workgroupBarrier();
  }
  if (lane < ENTRIES) {
    partial[lane] = sum;
  }
  for (var half = ENTRIES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (lane == 0u) {
    errors[k] = partial[0];
  }
}
