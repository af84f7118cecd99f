/** strads doctor: the diagnosis as text, for a machine without a GPU and for one with; and through the command line. */
import { describe, expect, it } from 'vitest';
import { prescription } from '../../src/cli/doctor.js';
import type { AdapterReport } from '../../src/engine/adapter-report.js';
import type { Diagnosis } from '../../src/engine/diagnose.js';
import { strads } from './strads.js';

const BARE: Diagnosis = {
  platform: 'linux-x64',
  node: 'v20.11.0',
  cpu: { name: 'A CPU', threads: 1, memoryBytes: 8 * 2 ** 30 },
  adapters: [],
  problem: 'no loader',
  softwareAdapter: null,
  gpus: [],
  vulkan: { loaders: [], drivers: [] },
  wasm: { simd: true, threads: false },
  gpujs: [],
  auto: { kind: 'wasm', env: {}, adapter: 'A CPU (SIMD)', software: false, gpus: 0, why: 'no hardware GPU answers, so the CPU runs the kernels.' },
  ceilings: [],
  missing: ['No Vulkan loader: install libvulkan1.'],
};

const GPU: AdapterReport = {
  name: 'A GPU',
  vendor: 'v',
  architecture: 'a',
  device: 'd',
  backend: 'vulkan',
  driver: 'driver 1.2',
  type: 'hardware',
  isFallback: false,
  features: { subgroups: true, f16: false, timestamps: true },
  limits: { bufferBytes: 2 ** 31 - 4, storageBuffers: 16, workgroupInvocations: 1024, workgroupBytes: 48 * 1024, workgroupsPerDimension: 65_535 },
};

const CEILINGS: Diagnosis['ceilings'] = [
  { kind: 'wasm', adapter: 'A CPU (SIMD)', driver: '', bytesPerSecond: 46.66e9, flopsPerSecond: 42.33e9, software: false, clock: 'host' },
  { kind: 'webgpu', adapter: 'A GPU', driver: 'driver 1.2', bytesPerSecond: 3e12, flopsPerSecond: 60e12, software: false, clock: 'gpu' },
  { kind: 'webgpu', adapter: 'SwiftShader', driver: '', bytesPerSecond: 5e9, flopsPerSecond: 1e10, software: true, clock: 'gpu' },
];

describe('a prescription', () => {
  it('says what is missing and how to get it', () => {
    expect(prescription(BARE)).toMatchInlineSnapshot(`
      "strads     0.1.0
      node       v20.11.0 on linux-x64
      cpu        A CPU, 1 thread, 8 GiB of memory
      webgpu     no adapter: no loader
      for tests  no software adapter
      pci        no GPU that this process may open
      vulkan     0 loaders, 0 driver files
      wasm       SIMD yes, threads no
      gpu.js     not there
      auto       wasm on A CPU (SIMD)
                 no hardware GPU answers, so the CPU runs the kernels.
      ceilings   not measured yet: strads doctor --measure

      missing
        - No Vulkan loader: install libvulkan1.
      "
    `);
  });

  it('describes a GPU by backend, features and limits', () => {
    const auto = { kind: 'webgpu', env: {}, adapter: 'A GPU', software: false, gpus: 1, why: 'A GPU answers over vulkan.' } as const;
    const gpus = [{ address: '0000:01:00.0', vendor: '10de', device: '2335' }];
    const vulkan = { loaders: ['libvulkan.so.1'], drivers: ['nvidia_icd.json'] };
    const text = prescription({ ...BARE, adapters: [GPU], problem: null, gpus, vulkan, gpujs: ['webgpu', 'cpu'], auto, missing: [], ceilings: CEILINGS });
    expect(text).toMatchInlineSnapshot(`
      "strads     0.1.0
      node       v20.11.0 on linux-x64
      cpu        A CPU, 1 thread, 8 GiB of memory
      webgpu     A GPU (hardware, vulkan, driver 1.2)
                 features: subgroups, timestamps
                 limits: 2 GiB a buffer, 16 storage buffers, 1024 invocations and 48 KiB a workgroup
      for tests  no software adapter
      pci        1 GPU that this process may open
      vulkan     1 loader, 1 driver file
      wasm       SIMD yes, threads no
      gpu.js     webgpu, cpu
      auto       webgpu on A GPU
                 A GPU answers over vulkan.
      ceilings   wasm on A CPU (SIMD): 46.7 GB/s copied, 42.3 GFLOP/s a thread
                 webgpu on A GPU: 3000.0 GB/s copied, 60000.0 GFLOP/s
                 webgpu on SwiftShader: 5.0 GB/s copied, 10.0 GFLOP/s; a software adapter, no GPU

      nothing is missing
      "
    `);
  });
});

describe('strads doctor', () => {
  it('prints text that names engine, adapters and Node', async () => {
    const { code, stdout } = await strads('.', 'doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^auto +(webgpu|wasm) on /m);
    expect(stdout).toContain(process.version);
  });

  it('prints the diagnosis as one JSON object', async () => {
    const { stdout } = await strads('.', 'doctor', '--json');
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    expect(diagnosis.node).toBe(process.version);
    expect(diagnosis.wasm).toEqual({ simd: true, threads: true });
    expect(['webgpu', 'wasm']).toContain(diagnosis.auto.kind);
  });
});
