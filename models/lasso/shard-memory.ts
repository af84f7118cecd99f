/**
 * Where a shard's host keeps its columns and passes over them: in the engine's own memory where host and engine share it,
 * else in a memory of the host's. In: an engine. Out: arrays that the functions of `wasm/` take by address.
 */
import type { Engine } from '../../src/engine/engine.js';
import { functionsIn, HostArray, HostMemory, type ArrayType, type HostFunctions, type HostView } from './host-module.js';

/** An array of a shard; the view is made when asked for. */
export interface ShardArray<View extends HostView> {
  readonly address: number;
  readonly length: number;
  readonly view: View;
}

/** Shards share a memory of the host's up to here, of the 4 GiB that it can have. */
const MOST_SHARED_BYTES = 2 ** 31;

export abstract class ShardMemory {
  abstract readonly functions: HostFunctions;
  readonly #scratch = new Map<string, ShardArray<HostView>>();

  /** A zeroed array. */
  abstract array<View extends HostView>(label: string, type: ArrayType<View>, length: number): ShardArray<View>;
  protected abstract isFull(): boolean;

  /** An array of at least this length that all shards of the memory use in turn, for one call. */
  scratch<View extends HostView>(label: string, type: ArrayType<View>, length: number): ShardArray<View> {
    const held = this.#scratch.get(label) as ShardArray<View> | undefined;
    if (held && held.length >= length) return held;
    const made = this.array(label, type, Math.max(length, 2 * (held?.length ?? 0)));
    this.#scratch.set(label, made);
    return made;
  }

  /** The values in scratch memory, and where they are there. */
  placed(label: string, values: Uint32Array | Float64Array): number {
    const array = this.scratch<Uint32Array | Float64Array>(label, values.constructor as ArrayType<Uint32Array | Float64Array>, values.length);
    array.view.set(values);
    return array.address;
  }

  /** The memory for the next shard of an engine. */
  static of(engine: Engine): ShardMemory {
    const known = memories.get(engine);
    if (known && !known.isFull()) return known;
    const made = engine.memory ? new EngineMemory(engine, engine.memory) : new OwnMemory();
    memories.set(engine, made);
    return made;
  }
}

const memories = new WeakMap<Engine, { isFull(): boolean } & ShardMemory>();

class EngineMemory extends ShardMemory {
  readonly functions: HostFunctions;
  readonly #engine: Engine;

  constructor(engine: Engine, memory: WebAssembly.Memory) {
    super();
    this.#engine = engine;
    this.functions = functionsIn(memory);
  }

  array<View extends HostView>(label: string, type: ArrayType<View>, length: number): ShardArray<View> {
    const bytes = Math.ceil((length * type.BYTES_PER_ELEMENT) / 4) * 4;
    const { buffer, byteOffset } = this.#engine.hostView(this.#engine.createBuffer(label, bytes))!;
    return { address: byteOffset, length, view: new type(buffer, byteOffset, length) };
  }

  isFull(): boolean {
    return false;
  }
}

class OwnMemory extends ShardMemory {
  readonly #memory = new HostMemory({ shared: false });
  readonly functions = this.#memory.functions;

  array<View extends HostView>(_label: string, type: ArrayType<View>, length: number): ShardArray<View> {
    return new HostArray(this.#memory, type, length);
  }

  isFull(): boolean {
    return this.#memory.bytes > MOST_SHARED_BYTES;
  }
}
