/**
 * What a shard holds: buffers of its engine, and arrays over which its host passes, which lie in the engine's own memory where host and
 * engine share it, else in a memory of the host's. In: an engine. Out: arrays that the functions of `wasm/` take by address. All of it is
 * given back at once, when the shard goes.
 */
import type { Engine, EngineBuffer } from '../../src/engine/engine.js';
import { functionsIn, HostArray, HostMemory, type ArrayType, type HostFunctions, type HostView } from './host-module.js';

/** An array of a shard; the view is made when asked for. */
export interface ShardArray<View extends HostView> {
  readonly address: number;
  readonly length: number;
  readonly view: View;
}

export class ShardMemory {
  readonly functions: HostFunctions;
  readonly #engine: Engine;
  readonly #space: HostSpace;
  /** How each thing that the shard holds is given back. */
  readonly #releases: (() => void)[] = [];

  /** The memory for the next shard of an engine. */
  static of(engine: Engine): ShardMemory {
    return new ShardMemory(engine, spaceOf(engine));
  }

  private constructor(engine: Engine, space: HostSpace) {
    this.#engine = engine;
    this.#space = space;
    this.functions = space.functions;
  }

  /** A zeroed buffer of the engine. */
  buffer(label: string, bytes: number): EngineBuffer {
    const buffer = this.#engine.createBuffer(label, bytes);
    this.#releases.push(() => buffer.destroy());
    return buffer;
  }

  /** A zeroed array. */
  array<View extends HostView>(label: string, type: ArrayType<View>, length: number): ShardArray<View> {
    const array = this.#space.array(label, type, length);
    this.#releases.push(() => array.free());
    return array;
  }

  /** An array of at least this length that all shards of an engine use in turn, for one call. */
  scratch<View extends HostView>(label: string, type: ArrayType<View>, length: number): ShardArray<View> {
    return this.#space.scratch(label, type, length);
  }

  /** The values in scratch memory, and where they are there. */
  placed(label: string, values: Uint32Array | Float64Array): number {
    const array = this.scratch<Uint32Array | Float64Array>(label, values.constructor as ArrayType<Uint32Array | Float64Array>, values.length);
    array.view.set(values);
    return array.address;
  }

  /** Gives back all that the shard holds; none of it is used any more. */
  free(): void {
    for (const release of this.#releases.splice(0)) release();
  }
}

interface FreeableArray<View extends HostView> extends ShardArray<View> {
  free(): void;
}

/** Memory of many shards, and the functions at work in it. */
abstract class HostSpace {
  abstract readonly functions: HostFunctions;
  readonly #scratch = new Map<string, ShardArray<HostView>>();

  abstract array<View extends HostView>(label: string, type: ArrayType<View>, length: number): FreeableArray<View>;
  abstract get isFull(): boolean;

  scratch<View extends HostView>(label: string, type: ArrayType<View>, length: number): ShardArray<View> {
    const held = this.#scratch.get(label) as ShardArray<View> | undefined;
    if (held && held.length >= length) return held;
    const made = this.array(label, type, Math.max(length, 2 * (held?.length ?? 0)));
    this.#scratch.set(label, made);
    return made;
  }
}

class EngineSpace extends HostSpace {
  readonly functions: HostFunctions;
  readonly isFull = false;
  readonly #engine: Engine;

  constructor(engine: Engine, memory: WebAssembly.Memory) {
    super();
    this.#engine = engine;
    this.functions = functionsIn(memory);
  }

  array<View extends HostView>(label: string, type: ArrayType<View>, length: number): FreeableArray<View> {
    const made = this.#engine.createBuffer(label, Math.ceil((length * type.BYTES_PER_ELEMENT) / 4) * 4);
    const { buffer, byteOffset } = this.#engine.hostView(made)!;
    return { address: byteOffset, length, view: new type(buffer, byteOffset, length), free: () => made.destroy() };
  }
}

/** Shards share a memory of the host's up to here, of the 4 GiB that it can have. */
const MOST_SHARED_BYTES = 2 ** 31;

class OwnSpace extends HostSpace {
  readonly #memory = new HostMemory({ shared: false });
  readonly functions = this.#memory.functions;

  array<View extends HostView>(_label: string, type: ArrayType<View>, length: number): FreeableArray<View> {
    return new HostArray(this.#memory, type, length);
  }

  get isFull(): boolean {
    return this.#memory.bytes > MOST_SHARED_BYTES;
  }
}

const spaces = new WeakMap<Engine, HostSpace[]>();

function spaceOf(engine: Engine): HostSpace {
  const known = spaces.get(engine) ?? [];
  const open = known.find(({ isFull }) => !isFull);
  if (open) return open;
  const made = engine.memory ? new EngineSpace(engine, engine.memory) : new OwnSpace();
  spaces.set(engine, [...known, made]);
  return made;
}
