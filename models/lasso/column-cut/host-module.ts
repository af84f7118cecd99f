/** The module of `wasm/` at work: one instance with a memory of its own, in which arrays grow. */
import { wasm } from '#wasm/lasso';

/** What `wasm/index.ts` exports; arrays go as addresses. */
export interface HostFunctions {
  attachRows(rows: number, samples: number, dense: boolean, residual: number, scratch: number, offset: number): void;
  attachColumns(first: number, rowIds: number, values: number, means: number, inverseScales: number): void;
  attachVariables(beta: number, curvatures: number, thresholds: number, ridges: number, nonNegative: boolean): void;
  attachFactor(capacity: number, factor: number, members: number, right: number, direction: number, incoming: number, isMember: number): void;
  epoch(slots: number, count: number): void;
  slopes(slots: number, count: number, into: number): void;
  subtractAll(slots: number, count: number): void;
  newton(slots: number, count: number, most: number): number;
  factorSize(): number;
  forget(): void;
}

const PAGE = 65_536;
const ALIGNMENT = 16;

let compiled: WebAssembly.Module | null = null;

function moduleOnce(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(Buffer.from(wasm, 'base64')));
}

interface ArrayType<View> {
  new (buffer: ArrayBufferLike, address: number, length: number): View;
  readonly BYTES_PER_ELEMENT: number;
}

/** An array in the module's memory. Views are made when asked for: they end when the memory grows. */
export class HostArray<View extends Uint8Array | Uint32Array | Float64Array> {
  address = 0;
  length = 0;
  readonly #memory: HostMemory;
  readonly #type: ArrayType<View>;

  constructor(memory: HostMemory, type: ArrayType<View>, length: number) {
    this.#memory = memory;
    this.#type = type;
    this.reserve(length);
  }

  get view(): View {
    return new this.#type(this.#memory.buffer, this.address, this.length);
  }

  /** Makes room for at least `length` elements and keeps what is there; true when the array has moved. */
  reserve(length: number): boolean {
    if (length <= this.length && this.address > 0) return false;
    const grown = Math.max(length, 2 * this.length);
    const bytes = this.#type.BYTES_PER_ELEMENT;
    this.address = this.#memory.allocate(grown * bytes, this.address, this.length * bytes);
    this.length = grown;
    return true;
  }
}

export class HostMemory {
  readonly functions: HostFunctions;
  readonly #memory = new WebAssembly.Memory<ArrayBuffer>({ initial: 1, maximum: 65_536, shared: false });
  /** Address 0 stays unused. */
  #top = ALIGNMENT;

  constructor() {
    const instance = new WebAssembly.Instance(moduleOnce(), { env: { memory: this.#memory } });
    this.functions = instance.exports as unknown as HostFunctions;
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /** A zeroed block that begins with a copy of `bytesKept` bytes from `from`. What stood there before is not used again. */
  allocate(bytes: number, from: number, bytesKept: number): number {
    const address = this.#top;
    this.#top += Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;
    const missing = this.#top - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    new Uint8Array(this.#memory.buffer).copyWithin(address, from, from + bytesKept);
    return address;
  }
}
