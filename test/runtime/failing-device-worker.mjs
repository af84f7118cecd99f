/**
 * A worker process on a GPU whose device fails in its first push that finds the file FAULT, whose text says how, and takes the file away.
 * Its program accumulates on the device: b += factor · a for each task, and pushes b.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { globals } from 'webgpu';
import { joinRun } from '../../dist/src/runtime/join.js';
import { answerParent } from '../../dist/src/runtime/worker-process.js';

let device;
const { GPUAdapter, GPUDevice } = globals;
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (...args) {
  return (device = await requestDevice.apply(this, args));
};

const FAULTS = {
  lost: () => device.destroy(),
  validation: () => device.createBuffer({ size: 4, usage: 0x1 | 0x2 }),
  memory: (engine) => {
    const { popErrorScope } = GPUDevice.prototype;
    GPUDevice.prototype.popErrorScope = async function () {
      await popErrorScope.apply(this);
      return { message: 'no memory of the required type' };
    };
    engine.createBuffer('too large', 4096);
  },
};

function failIfAsked(engine) {
  const file = process.env.FAULT;
  if (!file || !existsSync(file)) return;
  const fault = readFileSync(file, 'utf8');
  rmSync(file);
  FAULTS[fault](engine);
}

const scale = {
  name: 'test/scale',
  wgsl: `struct Parameters { count: u32, factor: f32 }
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < parameters.count) { b[id.x] = b[id.x] + a[id.x] * parameters.factor; }
}
`,
  bindings: [{ name: 'a', access: 'read' }, { name: 'b', access: 'read_write' }],
  parameters: [{ name: 'count', type: 'u32', offset: 0 }, { name: 'factor', type: 'f32', offset: 4 }],
  uniform: { binding: 2, bytes: 8 },
  workgroupSize: [64, 1, 1],
  wasm: '',
  cost: ({ count }) => ({ bytes: 12 * count, flops: 2 * count }),
};

const valuesOf = async (engine, { b }) => new Float32Array((await engine.read([{ buffer: b }]))[0]);

const program = {
  async open(engine, _header, parts) {
    await engine.prepare([scale]);
    for await (const [part] of parts) {
      const a = engine.createBuffer('a', part.byteLength);
      engine.write(a, part);
      return { a, b: engine.createBuffer('b', part.byteLength), count: part.length };
    }
  },
  apply() {},
  async *push(engine, { values: [factor] }, shards) {
    for (const [shard, { a, b, count }] of shards) {
      engine.dispatch({ kernel: scale, buffers: { a, b }, parameters: { count, factor }, workgroups: Math.ceil(count / 64) });
      failIfAsked(engine);
      yield { shard, chunk: { channel: 0, keys: { first: 0, count }, width: 1, values: await valuesOf(engine, { b }) } };
    }
  },
  async *save(engine, shard, shards) {
    yield [await valuesOf(engine, shards.get(shard))];
  },
  async restore(engine, shard, parts, shards) {
    for await (const [values] of parts) engine.write(shards.get(shard).b, values);
  },
  close(_engine, { a, b }) {
    a.destroy();
    b.destroy();
  },
};

answerParent((request, threads, attendance) => joinRun(request, { programs: new Map([['toy', program]]), threads }, attendance));
