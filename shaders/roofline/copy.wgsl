// Copies a buffer: what a device's memory can do at the most, to judge other kernels by.
//   target_[i] = source[i]
//
// source   f32[count × 4]
// target_  f32[count × 4]  written whole
//
// One lane a vector of four, so workgroups = ⌈count / 256⌉. 256 lanes: neighbours read 4 KiB side by side, and enough of them are under way
// to hide the latency of memory.

struct Parameters {
  count: u32,
}

@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4f>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < parameters.count) {
    target_[i] = source[i];
  }
}
