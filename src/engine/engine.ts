/**
 * Where kernels run. An engine keeps buffers, runs kernels over them in the order they were dispatched, and
 * reads results back. Everything a kernel needs to know of its buffers stands in its WGSL file; the build
 * derives one table from it (`#kernels`) that both the GPU pipeline layout and the CPU twin's call follow.
 */
import type { CostFunction, EngineProfiler } from './profiler.js';

/** One `@binding` of a kernel, in binding order; the twin takes the same buffers in the same order. */
export interface KernelBinding {
  readonly name: string;
  readonly access: 'read' | 'read_write';
}

/** One member of a kernel's uniform struct, in declaration order; the twin takes them after the buffers. */
export interface KernelParameter {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32';
  /** Offset in the uniform struct, bytes. */
  readonly offset: number;
}

/** A kernel: its WGSL text and the SIMD WebAssembly twin, generated from `shaders/<model>/<name>.{wgsl,ts,cost.ts}`. */
export interface Kernel {
  /** `<model>/<name>`, as the file is called. */
  readonly name: string;
  readonly wgsl: string;
  readonly bindings: readonly KernelBinding[];
  readonly parameters: readonly KernelParameter[];
  /** Binding number of the uniform struct, and its size in bytes; null when the kernel takes no parameters. */
  readonly uniform: { readonly binding: number; readonly bytes: number } | null;
  readonly workgroupSize: readonly [number, number, number];
  /** WebAssembly module of the twin, base64. It imports `env.memory` and exports `run(buffers…, parameters…)`. */
  readonly wasm: string;
  readonly cost: CostFunction;
}

export type EngineKind = 'webgpu' | 'wasm';

/** A block of engine memory. It belongs to the engine that made it. */
export interface EngineBuffer {
  readonly label: string;
  /** Size in bytes, a multiple of 4; 0 is allowed and never bound as such. */
  readonly bytes: number;
  destroy(): void;
}

export type BufferData = Uint32Array | Int32Array | Float32Array | Float64Array | Uint8Array;

/** A part of a buffer to read: `bytes` from `byteOffset`, both multiples of 4. */
export interface ReadRequest {
  readonly buffer: EngineBuffer;
  readonly byteOffset?: number;
  readonly bytes?: number;
}

export interface EngineLimits {
  /** Largest single buffer that a kernel can bind, bytes. */
  readonly bufferBytes: number;
  /** Most memory all buffers together may take, bytes; Infinity where the adapter does not say. */
  readonly totalBytes: number;
}

/** Work-groups of a dispatch along one dimension; engines fold what exceeds a hardware limit. */
export interface Dispatch {
  readonly kernel: Kernel;
  readonly buffers: Readonly<Record<string, EngineBuffer>>;
  readonly parameters: Readonly<Record<string, number>>;
  /** Number of workgroups; the kernel reads its own number as `workgroup_id.y * num_workgroups.x + workgroup_id.x`. */
  readonly workgroups: number;
  /**
   * What the kernel's cost function needs beside the parameters: nonzeros, tokens. Asked only while the engine is profiled, with the
   * contents of `countsFrom` as the kernel left them, so that amounts only the engine knows cost no round trip.
   */
  readonly counts?: (contents: readonly Uint32Array[]) => Counts;
  readonly countsFrom?: readonly ReadRequest[];
}

/** Exact amounts that a dispatch meets in its data, by name. */
export type Counts = Readonly<Record<string, number>>;

export interface Engine {
  readonly kind: EngineKind;
  /** Human name of the device: "NVIDIA H200", "SwiftShader …", "AMD EPYC … (SIMD)". */
  readonly adapter: string;
  /** What the driver says of itself; empty where there is none. */
  readonly driver: string;
  /** True for a software rasterizer: right answers, no speed worth publishing. */
  readonly software: boolean;
  readonly limits: EngineLimits;
  /** Bytes of live buffers, and the most there ever were. */
  readonly allocatedBytes: number;
  readonly peakBytes: number;
  /** Compiles kernels ahead of their first dispatch. Throws KernelError with file, line and column. */
  prepare(kernels: readonly Kernel[]): Promise<void>;
  /** A zero-filled buffer. Throws EngineError when it exceeds the limits, naming the largest that fits. */
  createBuffer(label: string, bytes: number): EngineBuffer;
  /** The memory that host and engine share, in which `hostView`'s views lie, for WebAssembly of the host's; null where they share none. */
  readonly memory: WebAssembly.Memory | null;
  /**
   * A live view of a buffer in host memory where host and engine share memory (wasm), else null.
   * The view stays valid as long as the buffer lives.
   */
  hostView(buffer: EngineBuffer): Uint8Array | null;
  /** Copies `data` in at `byteOffset` (a multiple of 4), ordered with the dispatches around it. */
  write(buffer: EngineBuffer, data: BufferData, byteOffset?: number): void;
  /** Encodes one kernel run after everything encoded before. Throws EngineError when buffers or parameters do not match. */
  dispatch(work: Dispatch): void;
  /** Submits what was encoded, waits for it, and copies the requested parts out (one map for all of them). */
  read(requests: readonly ReadRequest[]): Promise<ArrayBuffer[]>;
  /** Submits what was encoded and waits until it is done. Errors of the device reject here and in `read`. */
  finish(): Promise<void>;
  /**
   * Tells `profiler` of every dispatch and of the host's time from now on; null: no longer. It hears of a dispatch when its times are
   * known, in the order of the dispatches: on wasm before `dispatch` returns, on webgpu at the latest before `finish` or `close` resolves.
   */
  profile(profiler: EngineProfiler | null): void;
  close(): Promise<void>;
}

/** The engine refused: wrong arguments, memory that does not fit, or a lost device. */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
}

/** What was asked for does not fit into the memory that there is; the message says what would. */
export class CapacityError extends EngineError {
  override readonly name = 'CapacityError';
}

/** A shader or twin that does not compile or does not fit its table. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}
