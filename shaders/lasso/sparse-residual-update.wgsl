// Takes committed coefficient changes of sparse columns out of the residual.
//   residual[rowIds[e]] -= x[e] · deltas[k],  e over the entries of column ids[k], k ascending
//
// starts    u32[columns + 1]  where each column's entries begin (CSC)
// rowIds    u32[nonzeros]     row of each entry, ascending inside a column
// x         f32[nonzeros]     value of each entry
// ids       u32[count]        columns, in any order, repeats allowed
// deltas    f32[count]        change of each column's coefficient
// residual  f32[rows]         updated in place
//
// A workgroup owns 1,024 rows, so workgroups = ⌈rows / 1024⌉. It keeps them in workgroup memory and walks the columns
// in order, with a barrier between two columns: no atomics, and the same bits however the rows are tiled. 64 lanes: they
// find the tile's entries of 64 columns at a time by binary search, then share the entries of one column after another.
// Must hold: ids[k] < columns, starts ascending, rowIds[e] < rows, no row twice in a column.

struct Parameters {
  rows: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> starts: array<u32>;
@group(0) @binding(1) var<storage, read> rowIds: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> ids: array<u32>;
@group(0) @binding(4) var<storage, read> deltas: array<f32>;
@group(0) @binding(5) var<storage, read_write> residual: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

const LANES = 64u;
const TILE = 1024u;
var<workgroup> tile: array<f32, TILE>;
/// Entries of the next 64 columns that fall into the tile: [begins, ends).
var<workgroup> begins: array<u32, LANES>;
var<workgroup> ends: array<u32, LANES>;

/// First entry in [begin, end) whose row is not below `row`.
fn lowerBound(begin: u32, end: u32, row: u32) -> u32 {
  var low = begin;
  var high = end;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if (rowIds[middle] < row) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = (group.y * groups.x + group.x) * TILE;
  if (firstRow >= parameters.rows) {
    return;
  }
  let height = min(TILE, parameters.rows - firstRow);
  for (var i = lane; i < height; i += LANES) {
    tile[i] = residual[firstRow + i];
  }
  for (var batch = 0u; batch < parameters.count; batch += LANES) {
    let width = min(LANES, parameters.count - batch);
    if (lane < width) {
      let column = ids[batch + lane];
      let begin = lowerBound(starts[column], starts[column + 1u], firstRow);
      begins[lane] = begin;
      ends[lane] = lowerBound(begin, starts[column + 1u], firstRow + height);
    }
    for (var k = 0u; k < width; k++) {
      workgroupBarrier();
      let delta = deltas[batch + k];
      for (var e = begins[k] + lane; e < ends[k]; e += LANES) {
        tile[rowIds[e] - firstRow] -= x[e] * delta;
      }
    }
    workgroupBarrier();
  }
  for (var i = lane; i < height; i += LANES) {
    residual[firstRow + i] = tile[i];
  }
}
