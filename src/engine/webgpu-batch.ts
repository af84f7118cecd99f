/**
 * What is encoded but not yet submitted on one device. Dispatches, their parameters and the small writes between
 * them leave as one submission: parameters and small data go to one arena in host memory, which a single
 * queue write brings to the GPU just before the commands that read it.
 */
import type { Kernel, KernelParameter } from './engine.js';
import type { Part } from './webgpu-readback.js';
import { DispatchTimer, type UntimedDispatch } from './webgpu-timing.js';

const ARENA_BYTES = 1 << 20;
/** A write up to this size rides in the arena; above it a submission of its own costs less than the extra copy. */
const SMALL_WRITE_BYTES = 64 << 10;
const UNIFORM_ALIGNMENT = 256;
const USAGE_UNIFORM_COPY = 0x40 | 0x04 | 0x08;

const SET_PARAMETER: Record<KernelParameter['type'], (view: DataView, offset: number, value: number) => void> = {
  u32: (view, offset, value) => view.setUint32(offset, value, true),
  i32: (view, offset, value) => view.setInt32(offset, value, true),
  f32: (view, offset, value) => view.setFloat32(offset, value, true),
};

/** One run of a pipeline over x × y workgroups. */
export interface BatchedDispatch {
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly parameters: Readonly<Record<string, number>>;
  readonly grid: readonly [number, number];
  /** Whom to tell when it ran, if anybody. */
  readonly untimed: UntimedDispatch | null;
}

export class Batch {
  /** The arena on the GPU; uniform bindings point into it with a dynamic offset. */
  readonly uniforms: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #arena = new Uint8Array(ARENA_BYTES);
  readonly #view = new DataView(this.#arena.buffer);
  #used = 0;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #pipeline: GPUComputePipeline | null = null;
  /** There once a dispatch was to be timed. */
  #timer: DispatchTimer | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.uniforms = device.createBuffer({ label: 'parameters', size: ARENA_BYTES, usage: USAGE_UNIFORM_COPY });
  }

  /** Encodes one run of a pipeline; one that is to be timed has a pass of its own. */
  dispatch({ kernel, pipeline, group, parameters, grid, untimed }: BatchedDispatch): void {
    if (untimed && this.#timer?.isFull) this.submit();
    const offset = kernel.uniform ? this.#placeParameters(kernel, kernel.uniform.bytes, parameters) : null;
    const pass = untimed ? this.#timedPass(untimed) : this.#computePass();
    if (pipeline !== this.#pipeline) pass.setPipeline(pipeline);
    this.#pipeline = pipeline;
    if (offset === null) pass.setBindGroup(0, group);
    else pass.setBindGroup(0, group, [offset]);
    pass.dispatchWorkgroups(grid[0], grid[1]);
    if (untimed) this.#endTimedPass();
  }

  /** Copies bytes into a buffer, after everything encoded before and ahead of everything encoded later. */
  write(target: GPUBuffer, targetOffset: number, bytes: Uint8Array): void {
    if (this.#encoder && bytes.byteLength <= SMALL_WRITE_BYTES) {
      const offset = this.#reserve(bytes.byteLength, 4);
      this.#arena.set(bytes, offset);
      this.copy(this.uniforms, offset, target, targetOffset, bytes.byteLength);
      return;
    }
    this.submit();
    this.#device.queue.writeBuffer(target, targetOffset, unshared(bytes));
  }

  /** Encodes a copy between two buffers. */
  copy(source: GPUBuffer, sourceOffset: number, target: GPUBuffer, targetOffset: number, bytes: number): void {
    this.#endPass();
    this.#commands().copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
  }

  /** Encodes copies of parts of buffers, one after another in the target. */
  copyParts(parts: readonly Part[], target: GPUBuffer): void {
    let offset = 0;
    for (const part of parts) {
      if (part.bytes > 0) this.copy(part.buffer, part.offset, target, offset, part.bytes);
      offset += part.bytes;
    }
  }

  /** Hands everything encoded to the queue. */
  submit(): void {
    if (!this.#encoder) return;
    this.#endPass();
    this.#timer?.encode(this.#encoder);
    const commands = this.#encoder.finish();
    this.#encoder = null;
    if (this.#used > 0) this.#device.queue.writeBuffer(this.uniforms, 0, this.#arena, 0, this.#used);
    this.#used = 0;
    const begin = this.#timer && performance.now();
    this.#device.queue.submit([commands]);
    if (begin !== null) this.#timer!.submitted(begin);
  }

  /** Resolves when the times of everything that was submitted are known and told. */
  async told(): Promise<void> {
    await this.#timer?.told();
  }

  #placeParameters(kernel: Kernel, bytes: number, parameters: Readonly<Record<string, number>>): number {
    const offset = this.#reserve(bytes, UNIFORM_ALIGNMENT);
    for (const { name, type, offset: member } of kernel.parameters) SET_PARAMETER[type](this.#view, offset + member, parameters[name]!);
    return offset;
  }

  /** Room in the arena; a full one is submitted and used again from its start, which the queue keeps in order. */
  #reserve(bytes: number, alignment: number): number {
    let offset = Math.ceil(this.#used / alignment) * alignment;
    if (offset + bytes > ARENA_BYTES) {
      this.submit();
      offset = 0;
    }
    this.#used = Math.ceil((offset + bytes) / 4) * 4;
    return offset;
  }

  #commands(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #computePass(): GPUComputePassEncoder {
    this.#pass ??= this.#commands().beginComputePass();
    return this.#pass;
  }

  #timedPass(untimed: UntimedDispatch): GPUComputePassEncoder {
    this.#endPass();
    this.#timer ??= new DispatchTimer(this.#device);
    this.#pass = this.#commands().beginComputePass(this.#timer.add(untimed));
    return this.#pass;
  }

  #endTimedPass(): void {
    this.#endPass();
    this.#timer!.copyOut((parts, target) => this.copyParts(parts, target));
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = null;
    this.#pipeline = null;
  }
}

/** The same bytes outside shared memory: a queue write from a SharedArrayBuffer crashes Dawn. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}
