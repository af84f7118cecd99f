// Brings the residual of pieces of rows up to date and sums what the next solve of a rank needs: the inner loop of
// CCD++ (Yu et al., ICDM 2012), one pass over the ratings.
//   residual[e] -= rowTerms[row].x · columnTerms[ids[e]].x + rowTerms[row].y · columnTerms[ids[e]].y
//   with r = residual[e], v = confidence[e], y = columnTerms[ids[e]].z, over the entries e of a piece
//   sums[slot] = (Σ r·y, Σ y²), or, implicit, (Σ (1 + v·r)·y, Σ v·y²)
//
// pieces       u32[2·(pieces + 1)]  pairs (row, begin); a piece ends where the next one begins
// ids          u32[entries]         column of each entry
// residual     f32[entries]         updated in place
// confidence   f32[entries]         weight of an observed entry beyond 1; read only if implicit, else any buffer
// rowTerms     f32[rows × 2]        change of the residual: the row's factors in it
// columnTerms  f32[columns × 4]     the column's factors in it, the column's factor of the sums, unused
// sums         f32[slots × 2]       slot: the piece's row (added to if accumulate is 1, else set), or, where
//                                   overflow > 0, overflow + k for piece first + k (set)
//
// `lanes` (4, 16 or 64) lanes share a piece, so that a dispatch of short pieces keeps a workgroup of 64 busy and one
// of long pieces reads side by side: workgroups = ⌈count · lanes / 64⌉. A lane has two entries under way at a time. Every
// lane sums its entries in order, then the lanes add up in a tree: a fixed order.
// Must hold: lanes divides 64, first + count ≤ pieces, begins ascending, ids[e] < columns; where overflow is 0, a row
// has one piece in the dispatch.

struct Parameters {
  first: u32,
  count: u32,
  lanes: u32,
  overflow: u32,
  accumulate: u32,
  implicit: u32,
}

@group(0) @binding(0) var<storage, read> pieces: array<vec2u>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> residual: array<f32>;
@group(0) @binding(3) var<storage, read> confidence: array<f32>;
@group(0) @binding(4) var<storage, read> rowTerms: array<vec2f>;
@group(0) @binding(5) var<storage, read> columnTerms: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(7) var<uniform> parameters: Parameters;

const LANES = 64u;
var<workgroup> partial: array<vec2f, LANES>;

/// Stores the new residual of entry e; its part of the sums.
fn update(e: u32, old: f32, terms: vec4f, rowTerm: vec2f) -> vec2f {
  let r = old - (rowTerm.x * terms.x + rowTerm.y * terms.y);
  residual[e] = r;
  let y = terms.z;
  if (parameters.implicit == 0u) {
    return vec2f(r * y, y * y);
  }
  let v = confidence[e];
  return vec2f((1.0 + v * r) * y, v * y * y);
}

/// Updates every `lanes`th entry of a piece from the given one on; their part of the sums.
fn laneSums(piece: u32, offset: u32) -> vec2f {
  let lanes = parameters.lanes;
  let rowTerm = rowTerms[pieces[piece].x];
  let end = pieces[piece + 1u].y;
  var e = pieces[piece].y + offset;
  var sum = vec2f();
  for (; e + lanes < end; e += 2u * lanes) {
    // All loads come before the first store, which the compiler would not move them across.
    let old = vec2f(residual[e], residual[e + lanes]);
    let first = columnTerms[ids[e]];
    let second = columnTerms[ids[e + lanes]];
    sum += update(e, old.x, first, rowTerm);
    sum += update(e + lanes, old.y, second, rowTerm);
  }
  if (e < end) {
    sum += update(e, residual[e], columnTerms[ids[e]], rowTerm);
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
  let piece = parameters.first + k;
  if (k < parameters.count) {
    partial[lane] = laneSums(piece, offset);
  }
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (offset < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (k >= parameters.count || offset > 0u) {
    return;
  }
  if (parameters.overflow > 0u) {
    sums[parameters.overflow + k] = partial[lane];
  } else if (parameters.accumulate == 1u) {
    sums[pieces[piece].x] += partial[lane];
  } else {
    sums[pieces[piece].x] = partial[lane];
  }
}
