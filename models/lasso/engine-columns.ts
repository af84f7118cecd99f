/** What dense and sparse columns share on an engine: memory that host and engine see, and the buffers of every push. */
import type { BufferData, Engine, EngineBuffer, ReadRequest } from '../../src/engine/engine.js';
import { GRAM_ENTRIES_PER_TASK, packedRow, type ColumnsExtent } from './columns.js';
import type { HostColumns } from './host-columns.js';
import type { ArrayType } from './host-module.js';
import type { ShardArray, ShardMemory } from './shard-memory.js';

/** Memory that the host fills and the engine reads: one copy where they share memory, else two. */
export class Mirrored<View extends Float32Array | Uint32Array> {
  readonly buffer: EngineBuffer;
  /** The host's copy. */
  readonly host: ShardArray<View>;
  readonly #engine: Engine;
  readonly #shared: boolean;

  constructor(engine: Engine, memory: ShardMemory, label: string, type: ArrayType<View>, length: number) {
    this.#engine = engine;
    this.buffer = memory.buffer(label, length * 4);
    const shared = engine.hostView(this.buffer);
    this.#shared = shared !== null;
    this.host = shared ? { address: shared.byteOffset, length, view: new type(shared.buffer, shared.byteOffset, length) } : memory.array(label, type, length);
  }

  /** Makes the engine see [begin, end) of what the host wrote. */
  upload(begin = 0, end = this.host.length): void {
    if (!this.#shared && end > begin) this.#engine.write(this.buffer, this.host.view.subarray(begin, end) as BufferData, begin * 4);
  }
}

/** Buffers that every push of a shard uses. */
class PushBuffers {
  readonly residual: EngineBuffer;
  readonly ids: EngineBuffer;
  readonly dots: EngineBuffer;
  readonly gram: EngineBuffer;
  readonly foldIds: EngineBuffer;
  readonly deltas: EngineBuffer;

  constructor(memory: ShardMemory, { rows, columns, block }: ColumnsExtent) {
    const ids = Math.min(block, columns);
    this.residual = memory.buffer('residual', rows * 4);
    this.ids = memory.buffer('ids', ids * 4);
    this.dots = memory.buffer('dots', ids * 4);
    this.gram = memory.buffer('gram', Math.min(packedRow(ids), GRAM_ENTRIES_PER_TASK + ids) * 4);
    this.foldIds = memory.buffer('fold ids', ids * 4);
    this.deltas = memory.buffer('deltas', ids * 4);
  }
}

export abstract class EngineColumns {
  /** The same columns in float64. */
  readonly host: HostColumns;
  protected readonly engine: Engine;
  protected readonly rows: number;
  protected readonly push: PushBuffers;

  constructor(engine: Engine, description: ColumnsExtent, host: HostColumns) {
    this.engine = engine;
    this.host = host;
    this.rows = description.rows;
    this.push = new PushBuffers(host.memory, description);
  }

  residual(): ReadRequest {
    return { buffer: this.push.residual, bytes: this.rows * 4 };
  }

  setResidual(residual: Float32Array): void {
    this.engine.write(this.push.residual, residual);
  }

  setIds(ids: Uint32Array): void {
    this.engine.write(this.push.ids, ids);
  }

  protected writeFold(ids: Uint32Array, deltas: Float32Array): void {
    this.engine.write(this.push.foldIds, ids);
    this.engine.write(this.push.deltas, deltas);
  }

  protected gramRead(count: number, first: number): ReadRequest {
    return { buffer: this.push.gram, bytes: (packedRow(count) - packedRow(first)) * 4 };
  }

  close(): void {
    this.host.memory.free();
  }
}
