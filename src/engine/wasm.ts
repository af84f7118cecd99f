/**
 * The engine of CPU nodes: runs the SIMD WebAssembly twin of each kernel, one thread, on one shared memory. In: calls of
 * the `Engine` interface. Out: the same results, at once: a dispatch has run when it returns. Runs in Node and in
 * browsers.
 */
import { createAllocator } from './allocator.js';
import { CapacityError, EngineError, KernelError } from './engine.js';
import type { BufferData, Dispatch, Engine, EngineBuffer, Kernel, ReadRequest } from './engine.js';
import { costOf, timedOnHost } from './profiling.js';
import type { EngineProfiler } from './profiler.js';
import { readRange, validateDispatch, validateSize, validateWrite } from './validate.js';

const PAGE = 65_536;
/** All that 32-bit addresses reach. */
const MOST_BYTES = 65_536 * PAGE;
/** Address 0 stays unused. */
const FIRST_OFFSET = 16;

interface Twin {
  readonly run: (...addressesAndParameters: number[]) => void;
  hasRun: boolean;
}

export interface WasmEngineOptions {
  /** Human name of the processor. */
  readonly adapter?: string;
  /** Most memory the buffers may take together; 4 GiB unless told. */
  readonly memoryBytes?: number;
}

/** Compiled once a process, whichever engine asked. */
const modules = new WeakMap<Kernel, WebAssembly.Module>();

function bytesOf(kernel: Kernel): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(kernel.wasm), (letter) => letter.charCodeAt(0));
}

function compiled(kernel: Kernel): WebAssembly.Module {
  const known = modules.get(kernel);
  if (known) return known;
  try {
    const module = new WebAssembly.Module(bytesOf(kernel));
    modules.set(kernel, module);
    return module;
  } catch (error) {
    throw new KernelError(
      `shaders/${kernel.name}.ts:1:1: the twin does not compile here: ${(error as Error).message}. ` +
        'WebAssembly with SIMD and threads is needed: Node 20 or newer, or a current browser.',
    );
  }
}

/** The shared memory, its pages reserved up front and taken as they are needed. */
function createMemory(memoryBytes: number): WebAssembly.Memory {
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < PAGE || memoryBytes > MOST_BYTES) {
    throw new EngineError(`wasm engine: a memory of ${memoryBytes} bytes was asked for; ${PAGE} to ${MOST_BYTES} are possible.`);
  }
  const maximum = Math.floor(memoryBytes / PAGE);
  try {
    return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
  } catch (error) {
    throw new EngineError(
      `wasm engine: ${maximum * PAGE} bytes of address space could not be reserved (${(error as Error).message}). ` +
        'Ask for less memory, or raise the limit on virtual memory (ulimit -v).',
    );
  }
}

class WasmBuffer implements EngineBuffer {
  destroyed = false;

  constructor(
    readonly label: string,
    readonly view: Uint8Array,
    private readonly release: (buffer: WasmBuffer) => void,
  ) {}

  get bytes(): number {
    return this.view.byteLength;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.release(this);
  }
}

class WasmEngine implements Engine {
  readonly kind = 'wasm';
  readonly driver = '';
  readonly software = false;
  readonly limits;
  allocatedBytes = 0;
  peakBytes = 0;
  private readonly allocator;
  private readonly twins = new Map<Kernel, Twin>();
  private readonly buffers = new WeakSet<EngineBuffer>();
  /** Above this offset the memory is still as it came: zero. */
  private touched = 0;
  private profiler: EngineProfiler | null = null;
  private closed = false;

  constructor(
    readonly adapter: string,
    readonly memory: WebAssembly.Memory,
    memoryBytes: number,
  ) {
    const totalBytes = Math.floor(memoryBytes / PAGE) * PAGE - FIRST_OFFSET;
    this.limits = { bufferBytes: totalBytes, totalBytes };
    this.allocator = createAllocator(FIRST_OFFSET, FIRST_OFFSET + totalBytes);
  }

  async prepare(kernels: readonly Kernel[]): Promise<void> {
    this.assertOpen();
    for (const kernel of kernels) this.twin(kernel);
  }

  createBuffer(label: string, bytes: number): WasmBuffer {
    this.assertOpen();
    validateSize(label, bytes, this.allocatedBytes, this.limits);
    const offset = this.allocate(label, bytes);
    const buffer = new WasmBuffer(label, this.zeroed(offset, bytes), (released) => this.free(released));
    this.buffers.add(buffer);
    this.allocatedBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.allocatedBytes);
    return buffer;
  }

  hostView(buffer: EngineBuffer): Uint8Array {
    return this.own(buffer).view;
  }

  write(buffer: EngineBuffer, data: BufferData, byteOffset = 0): void {
    const { view } = this.own(buffer);
    validateWrite(buffer, data, byteOffset);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (this.profiler === null) view.set(bytes, byteOffset);
    else timedOnHost(this.profiler, 'upload', bytes.length, () => view.set(bytes, byteOffset));
  }

  dispatch(work: Dispatch): void {
    this.assertOpen();
    validateDispatch(work);
    const { kernel, buffers, parameters, workgroups } = work;
    const values: number[] = [];
    for (const { name } of kernel.bindings) values.push(this.own(buffers[name]).view.byteOffset);
    const twin = this.twin(kernel);
    if (workgroups === 0) return;
    for (const { name } of kernel.parameters) values.push(parameters[name]);
    if (this.profiler === null) twin.run(...values);
    else this.timed(work, twin, values, this.profiler);
    twin.hasRun = true;
  }

  async read(requests: readonly ReadRequest[]): Promise<ArrayBuffer[]> {
    const parts = requests.map((request) => this.part(request));
    const copies = () => parts.map((part) => new Uint8Array(part).buffer);
    if (this.profiler === null) return copies();
    const total = parts.reduce((sum, { length }) => sum + length, 0);
    return timedOnHost(this.profiler, 'map-wait', total, copies);
  }

  async finish(): Promise<void> {
    this.assertOpen();
  }

  profile(profiler: EngineProfiler | null): void {
    this.assertOpen();
    this.profiler = profiler;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.profiler = null;
    this.twins.clear();
  }

  private twin(kernel: Kernel): Twin {
    const known = this.twins.get(kernel);
    if (known) return known;
    const { exports } = new WebAssembly.Instance(compiled(kernel), { env: { memory: this.memory } });
    const twin = { run: exports['run'] as Twin['run'], hasRun: false };
    this.twins.set(kernel, twin);
    return twin;
  }

  private part(request: ReadRequest): Uint8Array {
    const { view } = this.own(request.buffer);
    const { byteOffset, bytes } = readRange(request);
    return view.subarray(byteOffset, byteOffset + bytes);
  }

  private timed(work: Dispatch, twin: Twin, values: readonly number[], profiler: EngineProfiler): void {
    const { kernel, workgroups, countsFrom = [] } = work;
    const begin = performance.now();
    twin.run(...values);
    const end = performance.now();
    const cost = costOf(work, countsFrom.map((request) => this.part(request)));
    profiler.dispatched({ kernel, ...profiler.place, begin, end, clock: 'host', isReliable: end > begin, isFirst: !twin.hasRun, workgroups, cost });
  }

  private allocate(label: string, bytes: number): number {
    const offset = this.allocator.allocate(bytes);
    if (offset === null) {
      throw new CapacityError(
        `buffer '${label}': ${bytes} bytes do not fit in one piece; the largest buffer that fits now is ` +
          `${this.allocator.largest()} bytes. Use smaller blocks or more workers.`,
      );
    }
    try {
      this.grow(this.allocator.end);
    } catch (error) {
      this.allocator.free(offset, bytes);
      throw new CapacityError(
        `buffer '${label}': the system refused ${bytes} bytes more (${(error as Error).message}); ` +
          `${this.memory.buffer.byteLength} are taken. Use smaller blocks, or more workers on more machines.`,
      );
    }
    return offset;
  }

  /** Makes the memory hold `bytes`. Views made before stay valid. */
  private grow(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
  }

  /** A view of a region, all zero; fresh memory is not touched, so that the system hands it out when it is used. */
  private zeroed(offset: number, bytes: number): Uint8Array {
    const view = new Uint8Array(this.memory.buffer, offset, bytes);
    view.subarray(0, Math.max(0, this.touched - offset)).fill(0);
    this.touched = Math.max(this.touched, offset + bytes);
    return view;
  }

  private free(buffer: WasmBuffer): void {
    this.allocator.free(buffer.view.byteOffset, buffer.bytes);
    this.allocatedBytes -= buffer.bytes;
  }

  private own(buffer: EngineBuffer): WasmBuffer {
    this.assertOpen();
    if (!(buffer instanceof WasmBuffer) || !this.buffers.has(buffer)) {
      throw new EngineError(`buffer '${buffer.label}' belongs to another engine; make it with this engine's createBuffer.`);
    }
    if (buffer.destroyed) throw new EngineError(`buffer '${buffer.label}' was destroyed; make a new one.`);
    return buffer;
  }

  private assertOpen(): void {
    if (this.closed) throw new EngineError('the wasm engine is closed; make a new one.');
  }
}

export async function createWasmEngine(options: WasmEngineOptions = {}): Promise<Engine> {
  const { adapter = 'CPU (WebAssembly SIMD)', memoryBytes = MOST_BYTES } = options;
  return new WasmEngine(adapter, createMemory(memoryBytes), memoryBytes);
}
