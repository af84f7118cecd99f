/**
 * The Engine on any `GPU` object: Dawn's in Node, `navigator.gpu` in a browser. GPU → Engine.
 * Device errors are asynchronous; the first one fails the engine for good, because a corrupted result must
 * never be written out: every later call throws or rejects with it, and `onFatal` hears of it once.
 */
import {
  type BufferData,
  type Dispatch,
  type Engine,
  type EngineBuffer,
  EngineError,
  type EngineLimits,
  type Kernel,
  KernelError,
  type ReadRequest,
} from './engine.js';
import type { EngineProfiler } from './profiler.js';
import { costOf, timedOnHost, waitedFor } from './profiling.js';
import { readRange, validateDispatch, validateSize, validateWrite } from './validate.js';
import { Batch } from './webgpu-batch.js';
import { bindGroupOf, oneLine, type Pipeline, PipelineCache } from './webgpu-pipelines.js';
import { bytesOf, type Part, Readback } from './webgpu-readback.js';
import type { UntimedDispatch } from './webgpu-timing.js';

export interface WebGpuOptions {
  /** The adapter's human name, where the caller knows it from the driver; WebGPU itself tells only a token. */
  readonly adapter?: string;
  /** Hears of the error that failed the engine, once: an out-of-memory, a validation error, a lost device. */
  readonly onFatal?: (error: EngineError) => void;
}

const USAGE_STORAGE_COPY = 0x80 | 0x04 | 0x08;
/** What a buffer takes at least on the GPU: nothing smaller than a vec4 can be bound to every kernel. */
const SMALLEST_BUFFER_BYTES = 16;
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|warp|basic render/i;

/** Asked for in full: a device opened without them has the small defaults of the specification. */
const REQUESTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
] as const;

/** Holds what must not be collected while a device lives: losing the GPU object under it crashes the process. */
const alive = new Set<{ gpu: GPU; adapter: GPUAdapter; device: GPUDevice }>();

export async function createWebGpuEngine(gpu: GPU, options: WebGpuOptions = {}): Promise<Engine> {
  const adapter = await requestAdapter(gpu);
  const requiredLimits = Object.fromEntries(REQUESTED_LIMITS.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures: GPUFeatureName[] = adapter.features.has('timestamp-query') ? ['timestamp-query'] : [];
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures }).catch((error: unknown) => {
    throw new EngineError(`The adapter ${adapterName(adapter.info)} gave no device: ${messageOf(error)}. Run \`strads doctor\` to see what it offers.`);
  });
  const held = { gpu, adapter, device };
  alive.add(held);
  return new WebGpuEngine(adapter.info, device, options, () => alive.delete(held));
}

/** "swiftshader-device-subzero (SwiftShader driver 5.0.0)": the device and what its driver says of itself. */
export function adapterName(info: Pick<GPUAdapterInfo, 'device' | 'architecture' | 'vendor' | 'description'>): string {
  const device = (info.device || info.architecture || info.vendor || 'unnamed adapter').replace(/-+$/, '');
  return info.description && info.description !== device ? `${device} (${info.description})` : device;
}

export function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(`${info.device} ${info.architecture} ${info.description}`);
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch((error: unknown) => {
    throw new EngineError(`No WebGPU adapter answered: ${messageOf(error)}. Run \`strads doctor\` to see what is missing.`);
  });
  if (!adapter) throw new EngineError('No WebGPU adapter answered. Run `strads doctor` to see what is missing, or use --engine wasm.');
  return adapter;
}

let buffersMade = 0;

class WebGpuBuffer implements EngineBuffer {
  readonly id = buffersMade++;
  live = true;

  constructor(
    readonly owner: WebGpuEngine,
    readonly label: string,
    readonly bytes: number,
    readonly gpu: GPUBuffer,
  ) {}

  destroy(): void {
    if (!this.live) return;
    this.live = false;
    this.owner.release(this);
  }
}

class WebGpuEngine implements Engine {
  readonly kind = 'webgpu';
  readonly memory = null;
  readonly adapter: string;
  readonly driver: string;
  readonly software: boolean;
  readonly limits: EngineLimits;
  allocatedBytes = 0;
  peakBytes = 0;

  readonly #device: GPUDevice;
  readonly #pipelines: PipelineCache;
  readonly #batch: Batch;
  readonly #readback: Readback;
  readonly #onFatal: ((error: EngineError) => void) | undefined;
  readonly #onClosed: () => void;
  /** Waits that `close` must let end before it destroys the device under them. */
  readonly #waits = new Set<Promise<unknown>>();
  /** Allocations the device has not confirmed yet. */
  readonly #allocations = new Set<Promise<unknown>>();
  #profiler: EngineProfiler | null = null;
  #failure: EngineError | null = null;
  #closing: Promise<void> | null = null;

  constructor(info: GPUAdapterInfo, device: GPUDevice, options: WebGpuOptions, onClosed: () => void) {
    this.adapter = options.adapter ?? adapterName(info);
    this.driver = info.description;
    this.software = isSoftware(info);
    this.limits = { bufferBytes: Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize), totalBytes: Infinity };
    this.#device = device;
    this.#onFatal = options.onFatal;
    this.#onClosed = onClosed;
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.#fail(`The device ${this.adapter} reports: ${oneLine(event.error.message)}`);
    });
    void device.lost.then(({ reason, message }) => this.#lost(reason, message));
    this.#pipelines = new PipelineCache(device);
    this.#batch = new Batch(device);
    this.#readback = new Readback(device);
  }

  async prepare(kernels: readonly Kernel[]): Promise<void> {
    this.#requireUsable();
    await this.#waiting(this.#pipelines.prepare(kernels));
  }

  createBuffer(label: string, bytes: number): EngineBuffer {
    this.#requireUsable();
    validateSize(label, bytes, this.allocatedBytes, this.limits);
    const gpu = this.#allocate(label, bytes);
    this.allocatedBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.allocatedBytes);
    return new WebGpuBuffer(this, label, bytes, gpu);
  }

  hostView(): null {
    return null;
  }

  write(buffer: EngineBuffer, data: BufferData, byteOffset = 0): void {
    const target = this.#own(buffer);
    validateWrite(buffer, data, byteOffset);
    if (data.byteLength === 0) return;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#timed('upload', bytes.length, () => this.#batch.write(target.gpu, byteOffset, bytes));
  }

  dispatch(work: Dispatch): void {
    this.#requireUsable();
    validateDispatch(work);
    const { kernel, buffers, workgroups } = work;
    const bound = kernel.bindings.map(({ name }) => this.#own(buffers[name]!));
    if (workgroups === 0) return;
    const pipeline = this.#pipelines.get(kernel);
    if (this.#profiler === null) this.#encode(work, pipeline, bound, null);
    else {
      const untimed = this.#untimed(this.#profiler, work, pipeline);
      timedOnHost(this.#profiler, 'encode', 0, () => this.#encode(work, pipeline, bound, untimed));
    }
    pipeline.hasRun = true;
  }

  async read(requests: readonly ReadRequest[]): Promise<ArrayBuffer[]> {
    this.#requireUsable();
    const parts = requests.map((request) => this.#part(request));
    const total = bytesOf(parts);
    if (total > this.#device.limits.maxBufferSize) {
      throw new EngineError(`A read of ${total} bytes at once exceeds the ${this.#device.limits.maxBufferSize} bytes that ${this.adapter} can map. Read in parts.`);
    }
    if (total === 0) {
      await this.finish();
      return parts.map(() => new ArrayBuffer(0));
    }
    const staging = this.#timed('encode', 0, () => this.#readback.begin(this.#batch, parts));
    return this.#waiting(this.#timedWait(total, this.#readback.end(staging, parts)));
  }

  async finish(): Promise<void> {
    this.#requireUsable();
    this.#timed('encode', 0, () => this.#batch.submit());
    await this.#waiting(this.#timedWait(0, this.#device.queue.onSubmittedWorkDone()));
    await this.#batch.told();
  }

  profile(profiler: EngineProfiler | null): void {
    this.#requireUsable();
    this.#profiler = profiler;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  /** Called by a buffer that is destroyed: what was encoded with it must reach the queue while it still exists. */
  release(buffer: WebGpuBuffer): void {
    this.allocatedBytes -= buffer.bytes;
    if (!this.#failure && !this.#closing) this.#batch.submit();
    buffer.gpu.destroy();
  }

  async #shutDown(): Promise<void> {
    await Promise.allSettled([...this.#waits, ...this.#allocations]);
    if (!this.#failure) {
      this.#batch.submit();
      await this.#device.queue.onSubmittedWorkDone();
      await this.#batch.told();
    }
    this.#readback.destroy();
    this.#device.destroy();
    this.#onClosed();
  }

  #allocate(label: string, bytes: number): GPUBuffer {
    this.#device.pushErrorScope('out-of-memory');
    const gpu = this.#device.createBuffer({ label, size: Math.max(bytes, SMALLEST_BUFFER_BYTES), usage: USAGE_STORAGE_COPY });
    const before = this.allocatedBytes;
    const confirmed = this.#device.popErrorScope().then(
      (error) => {
        if (!error) return;
        this.#fail(
          `${this.adapter} is out of memory: buffer '${label}' of ${bytes} bytes does not fit beside the ${before} bytes already allocated` +
            ` (the largest single buffer is ${this.limits.bufferBytes} bytes). Use smaller blocks, more workers or --engine wasm. (${oneLine(error.message)})`,
        );
      },
      (error: unknown) => this.#fail(`The device ${this.adapter} does not say whether buffer '${label}' was made: ${oneLine(messageOf(error))}. Restart the worker.`),
    );
    void tracked(confirmed, this.#allocations);
    return gpu;
  }

  #part(request: ReadRequest): Part {
    const source = this.#own(request.buffer);
    const { byteOffset, bytes } = readRange(request);
    return { buffer: source.gpu, offset: byteOffset, bytes };
  }

  #own(buffer: EngineBuffer): WebGpuBuffer {
    this.#requireUsable();
    if (!(buffer instanceof WebGpuBuffer) || buffer.owner !== this) {
      throw new EngineError(`buffer '${buffer.label}' belongs to another engine: create it on the engine that uses it.`);
    }
    if (!buffer.live) throw new EngineError(`buffer '${buffer.label}' was destroyed before this use: create another one.`);
    return buffer;
  }

  #requireUsable(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closing) throw new EngineError(`The engine on ${this.adapter} is closed.`);
  }

  #encode({ kernel, parameters, workgroups }: Dispatch, pipeline: Pipeline, bound: readonly WebGpuBuffer[], untimed: UntimedDispatch | null): void {
    const group = bindGroupOf(this.#device, pipeline, bound, this.#batch.uniforms);
    const grid = foldGrid(workgroups, this.#device.limits.maxComputeWorkgroupsPerDimension);
    this.#batch.dispatch({ kernel, pipeline: pipeline.pipeline, group, parameters, grid, untimed });
  }

  #untimed(profiler: EngineProfiler, work: Dispatch, { hasRun }: Pipeline): UntimedDispatch {
    const { kernel, workgroups, countsFrom = [] } = work;
    const span = { kernel, ...profiler.place, isFirst: !hasRun, workgroups };
    if (countsFrom.length > 0) return { profiler, span, parts: countsFrom.map((request) => this.#part(request)), cost: (contents) => costOf(work, contents) };
    const cost = costOf(work, []);
    return { profiler, span, parts: [], cost: () => cost };
  }

  #timed<T>(activity: 'upload' | 'encode', bytes: number, act: () => T): T {
    return this.#profiler ? timedOnHost(this.#profiler, activity, bytes, act) : act();
  }

  #timedWait<T>(bytes: number, work: Promise<T>): Promise<T> {
    return this.#profiler ? waitedFor(this.#profiler, bytes, work) : work;
  }

  /** Awaits work of the device; an error the device reported meanwhile takes precedence over its result. */
  async #waiting<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await tracked(work, this.#waits);
      await Promise.all(this.#allocations);
      if (this.#failure) throw this.#failure;
      return result;
    } catch (error) {
      if (!(error instanceof KernelError)) this.#fail(`The device ${this.adapter} broke off its work: ${oneLine(messageOf(error))}. Restart the worker.`);
      throw this.#failure ?? error;
    }
  }

  #lost(reason: GPUDeviceLostReason, message: string): void {
    if (this.#closing) return;
    this.#fail(`The device ${this.adapter} was lost (${reason}): ${message || 'the driver gives no reason'}. Restart the worker.`);
  }

  #fail(message: string): void {
    if (this.#failure) return;
    this.#failure = new EngineError(message);
    this.#onFatal?.(this.#failure);
  }
}

/** Workgroups as an x × y grid with the fewest to spare; kernels skip the spare ones by their number. */
function foldGrid(workgroups: number, most: number): readonly [number, number] {
  const rows = Math.ceil(workgroups / most);
  return [Math.ceil(workgroups / rows), rows];
}

/** Keeps `work` in `pending` while it is under way. */
function tracked<T>(work: Promise<T>, pending: Set<Promise<unknown>>): Promise<T> {
  pending.add(work);
  const forget = (): boolean => pending.delete(work);
  work.then(forget, forget);
  return work;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
