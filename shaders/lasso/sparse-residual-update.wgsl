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
// A workgroup owns 1,024 rows, so workgroups = ⌈rows / 1024⌉, and keeps them in workgroup memory. 256 lanes find the tile's entries of
// 256 columns at a time by binary search. Where these are many a column, the lanes share the entries of one column after another. Where
// they are few, that would leave most lanes idle and wait for memory at every column: the lanes then fetch 256 entries, of whichever columns,
// and each applies those of its own rows, in order. Either way a row takes its columns in order: no atomics, the same bits.
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

const LANES = 256u;
const TILE = 1024u;
/// Entries of a column in the tile, on average, that are many.
const MANY = 32u;
var<workgroup> tile: array<f32, TILE>;
/// Of the 256 columns: where their entries in the tile begin, and how many these have together up to and with each column.
var<workgroup> begins: array<u32, LANES>;
var<workgroup> ends: array<u32, LANES>;
/// Entries that were fetched: row in the tile, and what is taken from it.
var<workgroup> fetchedRows: array<u32, LANES>;
var<workgroup> fetchedTerms: array<f32, LANES>;

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

/// Entries of the columns before the kth.
fn before(k: u32) -> u32 {
  if (k == 0u) {
    return 0u;
  }
  return ends[k - 1u];
}

/// Makes `ends` of each column's own number running sums.
fn addUp(lane: u32) {
  for (var distance = 1u; distance < LANES; distance *= 2u) {
    workgroupBarrier();
    var sum = ends[lane];
    if (lane >= distance) {
      sum += ends[lane - distance];
    }
    workgroupBarrier();
    ends[lane] = sum;
  }
}

fn takeByColumn(batch: u32, width: u32, firstRow: u32, lane: u32) {
  for (var k = 0u; k < width; k++) {
    workgroupBarrier();
    let delta = deltas[batch + k];
    let end = begins[k] + ends[k] - before(k);
    for (var e = begins[k] + lane; e < end; e += LANES) {
      tile[rowIds[e] - firstRow] -= x[e] * delta;
    }
  }
}

/// Fetches the nth entry of all columns, the mth of those fetched together.
fn fetchEntry(n: u32, m: u32, batch: u32, firstRow: u32) {
  var low = 0u;
  var high = LANES - 1u;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (ends[middle] <= n) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  let e = begins[low] + n - before(low);
  fetchedRows[m] = rowIds[e] - firstRow;
  fetchedTerms[m] = x[e] * deltas[batch + low];
}

fn takeByEntry(batch: u32, entries: u32, firstRow: u32, lane: u32) {
  for (var first = 0u; first < entries; first += LANES) {
    workgroupBarrier();
    if (first + lane < entries) {
      fetchEntry(first + lane, lane, batch, firstRow);
    }
    workgroupBarrier();
    let fetched = min(LANES, entries - first);
    for (var m = 0u; m < fetched; m++) {
      let row = fetchedRows[m];
      if (row % LANES == lane) {
        tile[row] -= fetchedTerms[m];
      }
    }
  }
}

@compute @workgroup_size(256)
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
    workgroupBarrier();
    var begin = 0u;
    var end = 0u;
    if (lane < width) {
      let column = ids[batch + lane];
      begin = lowerBound(starts[column], starts[column + 1u], firstRow);
      end = lowerBound(begin, starts[column + 1u], firstRow + height);
    }
    begins[lane] = begin;
    ends[lane] = end - begin;
    addUp(lane);
    let entries = workgroupUniformLoad(&ends[LANES - 1u]);
    if (entries >= MANY * width) {
      takeByColumn(batch, width, firstRow, lane);
    } else {
      takeByEntry(batch, entries, firstRow, lane);
    }
  }
  workgroupBarrier();
  for (var i = lane; i < height; i += LANES) {
    residual[firstRow + i] = tile[i];
  }
}
