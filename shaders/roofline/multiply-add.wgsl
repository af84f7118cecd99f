// Chains of multiply-adds in registers: what a device's arithmetic can do at the most, to judge other kernels by.
//   x_c <- x_c · factor + addend, `steps` times, from x_c = values[i] + c for c = 0 … 31;   sums[i] = Σ_c x_c
//
// values  f32[count]
// sums    f32[count]  written whole
//
// One lane a value, so workgroups = ⌈count / 256⌉. A lane has eight vectors of four, independent of each other, so that the next multiply-add
// need not wait for the last one; 256 lanes fill a processor. The sum is there so that no chain can be left out; its order is fixed.

struct Parameters {
  count: u32,
  steps: u32,
  factor: f32,
  addend: f32,
}

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i >= parameters.count) {
    return;
  }
  let factor = vec4f(parameters.factor);
  let addend = vec4f(parameters.addend);
  let four = vec4f(0.0, 1.0, 2.0, 3.0);
  let value = values[i];
  var a = value + four;
  var b = value + (four + 4.0);
  var c = value + (four + 8.0);
  var d = value + (four + 12.0);
  var e = value + (four + 16.0);
  var f = value + (four + 20.0);
  var g = value + (four + 24.0);
  var h = value + (four + 28.0);
  for (var step = 0u; step < parameters.steps; step++) {
    a = fma(a, factor, addend);
    b = fma(b, factor, addend);
    c = fma(c, factor, addend);
    d = fma(d, factor, addend);
    e = fma(e, factor, addend);
    f = fma(f, factor, addend);
    g = fma(g, factor, addend);
    h = fma(h, factor, addend);
  }
  let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
  sums[i] = (sum.x + sum.z) + (sum.y + sum.w);
}
