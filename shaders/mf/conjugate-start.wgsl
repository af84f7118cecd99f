// Starts the conjugate gradient method on the normal equations of every row, from the factors as they are.
//   r = products[i] - penalties[i] · factors[i], but 0 in column `fixed`;  residuals[i] = directions[i] = r;  products[i] = 0
//
// factors     f32[rows × stride]  row-major
// penalties   f32[rows]           what is added to the diagonal of the row's matrix
// products    f32[rows × stride]  right-hand sides less the matrix (without penalty) times the factors; left zero
// residuals   f32[rows × stride]  written whole
// directions  f32[rows × stride]  written whole
//
// One workgroup a row, so workgroups = rows. 64 lanes of four columns each: a row of up to 256 numbers takes one step.
// Every number has one owner. Must hold: stride a multiple of 4. `fixed` is the column that no step changes, or ≥ stride.

struct Parameters {
  rows: u32,
  stride: u32,
  fixed: u32,
}

@group(0) @binding(0) var<storage, read> factors: array<vec4f>;
@group(0) @binding(1) var<storage, read> penalties: array<f32>;
@group(0) @binding(2) var<storage, read_write> products: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> residuals: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> directions: array<vec4f>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const LANES = 64u;

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
  let penalty = penalties[row];
  for (var k = lane; k < width; k += LANES) {
    let at = row * width + k;
    let kept = vec4u(0u, 1u, 2u, 3u) + 4u * k == vec4u(parameters.fixed);
    let residual = select(products[at] - penalty * factors[at], vec4f(), kept);
    residuals[at] = residual;
    directions[at] = residual;
    products[at] = vec4f();
  }
}
