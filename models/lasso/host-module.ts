/** The module of `wasm/` at work: its functions, and a memory of its own in which arrays grow. */
import { wasm, wasmShared } from '#wasm/lasso';
import { createAllocator } from '../../src/engine/allocator.js';

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
  recall(count: number): void;
  attachShard(rows: number, dense: boolean, starts: number, rowIds: number, high: number, low: number): void;
  turn(part: number, firstRow: number, count: number, rows: number, columns: number, high: number, low: number): number;
  countEntries(rows: number, columns: number, count: number, rowsOfShard: number, firstColumn: number, columnsOfShard: number, starts: number): number;
  beginColumns(columns: number, starts: number, next: number): void;
  placeEntries(rows: number, columns: number, values: number, from: number, count: number, firstColumn: number, next: number, rowIds: number, high: number, low: number): number;
  firstUnordered(first: number, columns: number, starts: number, rowIds: number): number;
  expand(column: number, into: number): void;
  sums(first: number, count: number, roots: number, into: number): void;
  spreads(first: number, count: number, centers: number, roots: number, squares: number, into: number): void;
  dots(first: number, count: number, vector: number, into: number): void;
  subtractColumns(ids: number, count: number, factors: number, vector: number): void;
  standardize(first: number, count: number, means: number, scales: number, roots: number): void;
  attachMoments(folds: number, center: boolean, standardize: boolean, roots: number, foldOf: number, weights: number, met: number, means: number, spreads: number): void;
  prepare(begin: number, end: number, count: number, means: number, scales: number, squaredNorms: number, heldMeans: number, heldScales: number, heldNorms: number): void;
  attachProblem(columns: number, means: number, scales: number, squaredNorms: number, heldNorms: number, weights: number): void;
  attachPenalty(alpha: number, l1Ratio: number, nonNegative: boolean, samples: number): void;
  attachResidual(residual: number, sum: number, norm: number, unit: number): void;
  attachScratch(pulls: number, errors: number, exact: number, beta: number, keys: number, open: number, isIn: number): void;
  scan(dots: number, support: number, coefficients: number, supportSize: number, most: number, judgement: number, facts: number): number;
}

/** Entries after which a pass returns: code that runs long is made faster between two calls, not within one. */
const ENTRIES_PER_CALL = 1 << 14;

/** Ranges [begin, end) of at most about that many entries, given how many there are in a column on the average. */
export function* callRanges(begin: number, end: number, entriesPerColumn: number): Generator<readonly [number, number]> {
  const step = Math.max(1, Math.floor(ENTRIES_PER_CALL / Math.max(1, entriesPerColumn)));
  for (let at = begin; at < end; at += step) yield [at, Math.min(end, at + step)];
}

const PAGE = 65_536;
/** All that 32-bit addresses reach. */
const MOST_BYTES = 65_536 * PAGE;
/** Address 0 stays unused. */
const FIRST_ADDRESS = 16;

const compiled = new Map<string, WebAssembly.Module>();

function moduleOf(base64: string): WebAssembly.Module {
  const known = compiled.get(base64);
  if (known) return known;
  const bytes = typeof Buffer === 'undefined' ? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) : Buffer.from(base64, 'base64');
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  compiled.set(base64, module);
  return module;
}

/** The functions, at work in `memory`. */
export function functionsIn(memory: WebAssembly.Memory<ArrayBufferLike>): HostFunctions {
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  return new WebAssembly.Instance(moduleOf(isShared ? wasmShared : wasm), { env: { memory } }).exports as unknown as HostFunctions;
}

export interface ArrayType<View> {
  new (buffer: ArrayBufferLike, address: number, length: number): View;
  readonly BYTES_PER_ELEMENT: number;
}

export type HostView = Uint8Array | Uint32Array | Float32Array | Float64Array;

/** An array in the module's memory. Ask for the view whenever it is used: one may end when the memory grows. */
export class HostArray<View extends HostView> {
  address = 0;
  length = 0;
  readonly #memory: HostMemory;
  readonly #type: ArrayType<View>;
  #view: View | null = null;

  constructor(memory: HostMemory, type: ArrayType<View>, length: number) {
    this.#memory = memory;
    this.#type = type;
    this.reserve(length);
  }

  get view(): View {
    // One that has ended has length 0.
    if (this.#view?.length !== this.length) this.#view = new this.#type(this.#memory.buffer, this.address, this.length);
    return this.#view;
  }

  /** Makes room for at least `length` elements and keeps what is there; true when the array has moved. */
  reserve(length: number): boolean {
    if (length <= this.length && this.address > 0) return false;
    const [from, before] = [this.address, this.length * this.#type.BYTES_PER_ELEMENT];
    const grown = Math.max(length, 2 * this.length);
    this.address = this.#memory.allocate(grown * this.#type.BYTES_PER_ELEMENT);
    this.length = grown;
    this.#view = null;
    if (from > 0) this.#memory.move(from, before, this.address);
    return true;
  }

  /** Gives the array's memory back; it is not used any more. */
  free(): void {
    this.#memory.free(this.address, this.length * this.#type.BYTES_PER_ELEMENT);
  }
}

export class HostMemory {
  readonly functions: HostFunctions;
  readonly #memory: WebAssembly.Memory<ArrayBufferLike>;
  readonly #allocator = createAllocator(FIRST_ADDRESS, MOST_BYTES);
  /** From here on the memory is as it came: zero. */
  #touched = 0;

  /** `shared`: of the kind that an engine shares with its host, so that a process compiles one module for both. */
  constructor({ shared }: { shared: boolean }) {
    this.#memory = shared ? new WebAssembly.Memory({ initial: 1, maximum: PAGE, shared: true }) : new WebAssembly.Memory<ArrayBuffer>({ initial: 1, maximum: PAGE, shared: false });
    this.functions = functionsIn(this.#memory);
  }

  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  /** Bytes up to the end of the last block in use. */
  get bytes(): number {
    return this.#allocator.end;
  }

  /** Address of a zeroed block. */
  allocate(bytes: number): number {
    const address = this.#allocator.allocate(bytes);
    if (address === null) throw new RangeError(`${bytes} bytes more do not fit beside the ${this.bytes} that the host holds, of at most ${MOST_BYTES}: use smaller shards, or more workers`);
    const missing = this.#allocator.end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    if (address < this.#touched) new Uint8Array(this.#memory.buffer, address, Math.min(bytes, this.#touched - address)).fill(0);
    this.#touched = Math.max(this.#touched, address + bytes);
    return address;
  }

  free(address: number, bytes: number): void {
    this.#allocator.free(address, bytes);
  }

  /** Copies a block to another, and gives the first one back. */
  move(from: number, bytes: number, to: number): void {
    new Uint8Array(this.#memory.buffer).copyWithin(to, from, from + bytes);
    this.free(from, bytes);
  }
}
