// Minimizes the objective over one factor of every row, all others fixed (CCD++; Hu, Koren and Volinsky, ICDM 2008, for
// the implicit one), from the sums of residual-dots.
//   gradient    = sums.x - penalty·old - (implicit ? Σ_k factors[row][k]·gramColumn[k] : 0)
//   denominator = sums.y + penalty     + (implicit ? gramColumn[rank] : 0)
//   new = update and denominator > 0 ? old + gradient / denominator : old;  nonnegative: max(0, new)
// It is the minimizer of Σ (v - p)² + penalty·w², or, implicit, of Σ [(1 + v)·(1 - p)² - p²] over the ratings + Σ p²
// over all pairs + penalty·w², p being the prediction: the sums hold the residual with the old factor in it, gramColumn
// the columns' Gram matrix.
//
// sums         f32[rows × 2]       set to zero
// factors      f32[rows × stride]  factors[row][rank] = new
// penalties    f32[rows]
// gramColumn   f32[stride]         column `rank` of the Gram matrix; read only if implicit
// rowTerms     f32[rows × 2]       (new, -old)
// columnTerms  f32[rows × 4]       (rowTerms[row].x as it was, new - old, new, 0)
// decrease     f32[rows]           (new - old)²·denominator: how far the row's objective fell; 0 without an update
//
// If implicit, 16 lanes share the dot product of a row, which reads 64 bytes side by side, and a workgroup of 64 takes 4 rows; else a lane
// has a row to itself: workgroups = ⌈rows / 4⌉ or ⌈rows / 64⌉. Every lane sums in order, then the lanes add up in a tree: a fixed order.
// Must hold: rank < stride.

struct Parameters {
  rows: u32,
  stride: u32,
  rank: u32,
  implicit: u32,
  nonnegative: u32,
  update: u32,
}

@group(0) @binding(0) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> factors: array<f32>;
@group(0) @binding(2) var<storage, read> penalties: array<f32>;
@group(0) @binding(3) var<storage, read> gramColumn: array<f32>;
@group(0) @binding(4) var<storage, read_write> rowTerms: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> columnTerms: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> decrease: array<f32>;
@group(0) @binding(7) var<uniform> parameters: Parameters;

const LANES = 64u;
/// If implicit.
const LANES_A_ROW = 16u;
var<workgroup> partial: array<f32, LANES>;

/// This lane's part of the row's dot product with gramColumn.
fn laneDot(row: u32, offset: u32) -> f32 {
  var sum = 0.0;
  for (var k = offset; k < parameters.stride; k += LANES_A_ROW) {
    sum += factors[row * parameters.stride + k] * gramColumn[k];
  }
  return sum;
}

/// Solves for the row's factor; `rest` is its dot product with gramColumn.
fn solve(row: u32, rest: f32) {
  let at = row * parameters.stride + parameters.rank;
  let old = factors[at];
  var gradient = sums[row].x - penalties[row] * old;
  var denominator = sums[row].y + penalties[row];
  if (parameters.implicit == 1u) {
    gradient -= rest;
    denominator += gramColumn[parameters.rank];
  }
  var solution = old;
  if (parameters.update == 1u && denominator > 0.0) {
    solution = old + gradient / denominator;
    if (parameters.nonnegative == 1u) {
      solution = max(0.0, solution);
    }
  }
  let step = solution - old;
  factors[at] = solution;
  columnTerms[row] = vec4f(rowTerms[row].x, step, solution, 0.0);
  rowTerms[row] = vec2f(solution, -old);
  decrease[row] = step * step * denominator;
  sums[row] = vec2f();
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let lanes = select(1u, LANES_A_ROW, parameters.implicit == 1u);
  let row = (group.y * groups.x + group.x) * (LANES / lanes) + lane / lanes;
  let offset = lane % lanes;
  if (row < parameters.rows && parameters.implicit == 1u) {
    partial[lane] = laneDot(row, offset);
  }
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (offset < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (row < parameters.rows && offset == 0u) {
    solve(row, partial[lane]);
  }
}
