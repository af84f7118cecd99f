// One step of the conjugate gradient method (Hestenes and Stiefel 1952) on the normal equations of every row.
//   q = products[i] + penalties[i] · p, but 0 in column `fixed`;  alpha = r·r / p·q, or 0 where p·q ≤ 0
//   x += alpha p;  r' = r - alpha q;  beta = r'·r' / r·r, or 0 where r·r = 0;  p = r' + beta p;  products[i] = 0
//
// factors     f32[rows × stride]  x of each row, row-major
// penalties   f32[rows]           what is added to the diagonal of the row's matrix
// products    f32[rows × stride]  the row's matrix (without penalty) times p; left zero for the next step
// residuals   f32[rows × stride]  r of each row
// directions  f32[rows × stride]  p of each row
//
// One workgroup a row, so workgroups = rows. 64 lanes of four columns each: a row of up to 256 numbers takes one step of a
// pass. A lane owns its columns in all three passes; sums go lane by lane, then in a tree: a fixed order.
// Must hold: stride a multiple of 4; r and p are 0 in column `fixed`, as conjugate-start leaves them, so x stays what it
// was there. `fixed` ≥ stride stands for none. Rows of zeros stay zeros.

struct Parameters {
  rows: u32,
  stride: u32,
  fixed: u32,
}

@group(0) @binding(0) var<storage, read_write> factors: array<vec4f>;
@group(0) @binding(1) var<storage, read> penalties: array<f32>;
@group(0) @binding(2) var<storage, read_write> products: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> residuals: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> directions: array<vec4f>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const LANES = 64u;
var<workgroup> partial: array<vec2f, LANES>;

/// Sums of both numbers over the lanes.
fn total(part: vec2f, lane: u32) -> vec2f {
  workgroupBarrier();
  partial[lane] = part;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  workgroupBarrier();
  return partial[0];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= parameters.rows) {
    return;
  }
  let width = parameters.stride / 4u;
  let begin = row * width;
  let penalty = penalties[row];
  var sums = vec2f();
  for (var k = lane; k < width; k += LANES) {
    let at = begin + k;
    let kept = vec4u(0u, 1u, 2u, 3u) + 4u * k == vec4u(parameters.fixed);
    let q = select(products[at] + penalty * directions[at], vec4f(), kept);
    products[at] = q;
    sums += vec2f(dot(directions[at], q), dot(residuals[at], residuals[at]));
  }
  let before = total(sums, lane);
  var alpha = 0.0;
  if (before.x > 0.0) {
    alpha = before.y / before.x;
  }
  var square = 0.0;
  for (var k = lane; k < width; k += LANES) {
    let at = begin + k;
    factors[at] += alpha * directions[at];
    let residual = residuals[at] - alpha * products[at];
    residuals[at] = residual;
    square += dot(residual, residual);
  }
  let after = total(vec2f(square, 0.0), lane).x;
  var beta = 0.0;
  if (before.y > 0.0) {
    beta = after / before.y;
  }
  for (var k = lane; k < width; k += LANES) {
    let at = begin + k;
    directions[at] = residuals[at] + beta * directions[at];
    products[at] = vec4f();
  }
}
