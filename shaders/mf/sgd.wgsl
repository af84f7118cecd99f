// Stochastic gradient descent over sub-cells that share no row and no column, with one Adagrad step size a row
// (Chin, Zhuang, Juan and Lin 2015, "A learning-rate schedule for stochastic gradient methods to matrix factorization").
// A rating (i, j, v), with x = rows[i] and y = columns[j] as the rating before it left them:
//   err = v - x·y                           over the whole row, biases included
//   gx_k = penalty_i·x_k - err·y_k,         gy_k = penalty_j·y_k - err·x_k                     k < ranks
//   x_k -= rate/√G_i · gx_k,                y_k -= rate/√G_j · gy_k,             below 0 set to 0 where nonnegative
//   G_i += mean_k gx_k²,                    G_j += mean_k gy_k²
//   b_i -= rate/√B_i · g,  B_i += g²        with g = penalty_i·b_i - err where there are biases; c_j and B_j likewise
//
// starts        u32[cells + 1]        where each sub-cell's ratings begin
// rowIds        u32[nnz]              row of each rating
// columnIds     u32[nnz]              column of each rating
// values        f32[nnz]              ratings less the global mean
// rows          f32[rows × stride]    row-major: `ranks` factors; where stride > ranks then b_i, 1, 0, 0
// columns       f32[columns × stride] row-major: `ranks` factors; where stride > ranks then 1, c_j, 0, 0
// rowStates     f32[rows × 4]         G, B, penalty, unused; the penalty stays as it is
// columnStates  f32[columns × 4]      likewise
//
// One workgroup a sub-cell, first … first + count - 1, so workgroups = count. Its ratings are taken one after another.
// 64 lanes: consecutive lanes hold consecutive factors, and a small group has cheap barriers. Σ gx² and Σ gy² follow from
// x·y, x·x and y·y, so one reduction a rating is enough: every lane sums its factors in order, then 8 lanes add 8 each,
// then all add those 8: a fixed order. A lane reads back only factors that it wrote itself, and lane 0 alone reads and
// writes biases and step sizes, so that no value passes from lane to lane through a buffer.
// Must hold: the sub-cells of a dispatch share no row and no column; rowIds[e] < rows, columnIds[e] < columns; ranks is a
// positive multiple of 4; stride is ranks or ranks + 4; G and B start above 0; the constants 1 are 1.

struct Parameters {
  first: u32,
  count: u32,
  ranks: u32,
  stride: u32,
  rate: f32,
  nonnegative: u32,
}

@group(0) @binding(0) var<storage, read> starts: array<u32>;
@group(0) @binding(1) var<storage, read> rowIds: array<u32>;
@group(0) @binding(2) var<storage, read> columnIds: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> rows: array<f32>;
@group(0) @binding(5) var<storage, read_write> columns: array<f32>;
@group(0) @binding(6) var<storage, read_write> rowStates: array<f32>;
@group(0) @binding(7) var<storage, read_write> columnStates: array<f32>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

const LANES = 64u;
/// What lane 0 tells the others of a rating: step sizes and penalties of row and column, and b_i + c_j.
struct Terms {
  steps: vec2f,
  penalties: vec2f,
  bias: f32,
}
/// (x·y, x·x, y·y) over the factors of a lane, and of 8 lanes.
var<workgroup> partial: array<vec3f, LANES>;
var<workgroup> eighths: array<vec3f, 8>;
var<workgroup> terms: Terms;

/// (x·y, x·x, y·y) over this lane's factors.
fn ownProducts(x: u32, y: u32, lane: u32) -> vec3f {
  var sums = vec3f();
  for (var k = lane; k < parameters.ranks; k += LANES) {
    let a = rows[x + k];
    let b = columns[y + k];
    sums += vec3f(a * b, a * a, b * b);
  }
  return sums;
}

fn stepFactors(x: u32, y: u32, lane: u32, err: f32) {
  let least = select(-3.402823e38, 0.0, parameters.nonnegative != 0u);
  for (var k = lane; k < parameters.ranks; k += LANES) {
    let a = rows[x + k];
    let b = columns[y + k];
    let gradients = terms.penalties * vec2f(a, b) - err * vec2f(b, a);
    let moved = max(vec2f(a, b) - terms.steps * gradients, vec2f(least));
    rows[x + k] = moved.x;
    columns[y + k] = moved.y;
  }
}

/// Means of gx² and gy²: penalty²·x·x - 2·penalty·err·x·y + err²·y·y, and the same with x and y exchanged.
fn meanSquares(products: vec3f, penalties: vec2f, err: f32) -> vec2f {
  let own = penalties * penalties * products.yz;
  let other = err * err * products.zy;
  let sums = own + other - 2.0 * err * products.x * penalties;
  return max(sums, vec2f()) / f32(parameters.ranks);
}

/// The bias after a rating, and what its B grows by.
fn biasStep(bias: f32, squares: f32, penalty: f32, err: f32) -> vec2f {
  let gradient = penalty * bias - err;
  return vec2f(bias - parameters.rate * inverseSqrt(squares) * gradient, gradient * gradient);
}

fn stepBiases(x: u32, y: u32, rowState: u32, columnState: u32, err: f32) {
  let b = x + parameters.ranks;
  let user = biasStep(rows[b], rowStates[rowState + 1u], terms.penalties.x, err);
  rows[b] = user.x;
  rowStates[rowState + 1u] += user.y;
  let c = y + parameters.ranks + 1u;
  let item = biasStep(columns[c], columnStates[columnState + 1u], terms.penalties.y, err);
  columns[c] = item.x;
  columnStates[columnState + 1u] += item.y;
}

fn readTerms(x: u32, y: u32, rowState: u32, columnState: u32) -> Terms {
  let steps = parameters.rate * inverseSqrt(vec2f(rowStates[rowState], columnStates[columnState]));
  let penalties = vec2f(rowStates[rowState + 2u], columnStates[columnState + 2u]);
  if (parameters.stride > parameters.ranks) {
    return Terms(steps, penalties, rows[x + parameters.ranks] + columns[y + parameters.ranks + 1u]);
  }
  return Terms(steps, penalties, 0.0);
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
  let cell = parameters.first + k;
  let end = starts[cell + 1u];
  for (var e = starts[cell]; e < end; e++) {
    let x = rowIds[e] * parameters.stride;
    let y = columnIds[e] * parameters.stride;
    let rowState = rowIds[e] * 4u;
    let columnState = columnIds[e] * 4u;
    partial[lane] = ownProducts(x, y, lane);
    workgroupBarrier();
    if (lane < 8u) {
      var sum = partial[lane];
      for (var other = lane + 8u; other < LANES; other += 8u) {
        sum += partial[other];
      }
      eighths[lane] = sum;
    }
    if (lane == 0u) {
      terms = readTerms(x, y, rowState, columnState);
    }
    workgroupBarrier();
    let products =
      ((eighths[0] + eighths[4]) + (eighths[2] + eighths[6])) + ((eighths[1] + eighths[5]) + (eighths[3] + eighths[7]));
    let err = values[e] - (products.x + terms.bias);
    stepFactors(x, y, lane, err);
    if (lane == 0u) {
      let growth = meanSquares(products, terms.penalties, err);
      rowStates[rowState] += growth.x;
      columnStates[columnState] += growth.y;
      if (parameters.stride > parameters.ranks) {
        stepBiases(x, y, rowState, columnState, err);
      }
    }
  }
}
