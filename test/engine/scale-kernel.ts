/** A kernel of the tests' own: b[i] += a[i] * factor for i < count. */
import type { Kernel } from '../../src/engine/engine.js';

export const scale: Kernel = {
  name: 'test/scale',
  wgsl: `struct Parameters { count: u32, factor: f32 }
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < parameters.count) { b[i] = b[i] + a[i] * parameters.factor; }
}
`,
  bindings: [
    { name: 'a', access: 'read' },
    { name: 'b', access: 'read_write' },
  ],
  parameters: [
    { name: 'count', type: 'u32', offset: 0 },
    { name: 'factor', type: 'f32', offset: 4 },
  ],
  uniform: { binding: 2, bytes: 8 },
  workgroupSize: [64, 1, 1],
  wasm: '',
  cost: ({ count }) => ({ bytes: 12 * count, flops: 2 * count }),
};
