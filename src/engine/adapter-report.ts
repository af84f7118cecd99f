/**
 * What is worth knowing of a WebGPU adapter. GPUAdapter and its driver's name → AdapterReport, plain data that
 * passes between processes.
 */
import type { NamedAdapter } from './dawn.js';
import { isSoftware } from './webgpu.js';

export interface AdapterReport {
  /** As the driver calls it: "NVIDIA H200", "SwiftShader Device (Subzero)". */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** 'vulkan', 'metal', 'd3d12'. */
  readonly backend: string;
  /** What the driver says of itself. */
  readonly driver: string;
  /** WebGPU does not tell an integrated GPU from a discrete one. */
  readonly type: 'hardware' | 'software';
  readonly isFallback: boolean;
  readonly features: { readonly subgroups: boolean; readonly f16: boolean; readonly timestamps: boolean };
  readonly limits: {
    /** Largest buffer a kernel can bind, bytes. */
    readonly bufferBytes: number;
    readonly storageBuffers: number;
    readonly workgroupInvocations: number;
    readonly workgroupBytes: number;
    readonly workgroupsPerDimension: number;
  };
}

export function reportOf({ backend, name }: NamedAdapter, { info, features, limits }: GPUAdapter): AdapterReport {
  return {
    name,
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    backend,
    driver: info.description,
    type: isSoftware(info) ? 'software' : 'hardware',
    isFallback: info.isFallbackAdapter,
    features: { subgroups: features.has('subgroups'), f16: features.has('shader-f16'), timestamps: features.has('timestamp-query') },
    limits: {
      bufferBytes: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
      storageBuffers: limits.maxStorageBuffersPerShaderStage,
      workgroupInvocations: limits.maxComputeInvocationsPerWorkgroup,
      workgroupBytes: limits.maxComputeWorkgroupStorageSize,
      workgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  };
}
