// New rows of the Gram matrix of chosen sparse columns.
//   gram[i(i+1)/2 + j - first(first+1)/2] = Σ x[e]·x[f] over entries e of column ids[i] and f of column ids[j] in the
//   same row,  first ≤ i < count, j ≤ i
//
// starts   u32[columns + 1]                          where each column's entries begin (CSC)
// rowIds   u32[nonzeros]                             row of each entry, ascending inside a column
// x        f32[nonzeros]                             value of each entry
// ids      u32[count]                                columns, in any order, repeats allowed
// gram     f32[count(count+1)/2 - first(first+1)/2]  rows first … count - 1 of the lower triangle, packed
// scratch  f32[rows]                                 zeros before and after; only the twin, which scatters, uses it
//
// A workgroup a pair, so workgroups = (count - first) · count; pairs above the diagonal end at once. The lanes share the
// entries of the shorter column and look each up in the longer one by binary search. 32 lanes: most columns of sparse
// data have tens of entries. Every lane sums in order, then the lanes add up in a tree: a fixed order.
// Must hold: ids[k] < columns, starts ascending, no row twice in a column, first ≤ count.

struct Parameters {
  count: u32,
  first: u32,
}

@group(0) @binding(0) var<storage, read> starts: array<u32>;
@group(0) @binding(1) var<storage, read> rowIds: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> ids: array<u32>;
@group(0) @binding(4) var<storage, read_write> gram: array<f32>;
@group(0) @binding(5) var<storage, read_write> scratch: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

const LANES = 32u;
var<workgroup> partial: array<f32, LANES>;

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

/// Sum of this lane's products: every 32nd entry of the shorter column, looked up in the longer.
fn laneSum(shorter: vec2u, longer: vec2u, lane: u32) -> f32 {
  var sum = 0.0;
  var at = longer.x;
  for (var e = shorter.x + lane; e < shorter.y; e += LANES) {
    let row = rowIds[e];
    at = lowerBound(at, longer.y, row);
    if (at == longer.y) {
      break;
    }
    if (rowIds[at] == row) {
      sum += x[e] * x[at];
    }
  }
  return sum;
}

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = parameters.first;
  let number = group.y * groups.x + group.x;
  if (parameters.count == 0u) {
    return;
  }
  let i = first + number / parameters.count;
  let j = number % parameters.count;
  if (i >= parameters.count || j > i) {
    return;
  }
  let a = vec2u(starts[ids[i]], starts[ids[i] + 1u]);
  let b = vec2u(starts[ids[j]], starts[ids[j] + 1u]);
  if (a.y - a.x < b.y - b.x) {
    partial[lane] = laneSum(a, b, lane);
  } else {
    partial[lane] = laneSum(b, a, lane);
  }
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (lane == 0u) {
    gram[i * (i + 1u) / 2u + j - first * (first + 1u) / 2u] = partial[0];
  }
}
