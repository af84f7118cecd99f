/** A sparse shard of X by columns (CSC). */
import { lasso as kernels } from '#kernels';
import type { Engine, EngineBuffer, ReadRequest } from '../../src/engine/engine.js';
import type { ShardPart } from '../../src/program.js';
import type { ColumnsExtent, ShardColumns } from './columns.js';
import { EngineColumns, Mirrored } from './engine-columns.js';
import { HostColumns } from './host-columns.js';
import { lanesFor } from './lanes.js';
import { ShardMemory } from './shard-memory.js';
import { SparseIntake } from './sparse-intake.js';

/** Rows of the residual that a workgroup owns when it folds sparse columns. */
const FOLD_TILE = 1024;
const LANES_PER_WORKGROUP = 64;

/** A sparse shard; parts are row ids of the shard, column ids from `idsFrom` on, and values, in any order. */
export async function openSparse(engine: Engine, extent: ColumnsExtent, parts: AsyncIterable<ShardPart>, idsFrom: number): Promise<ShardColumns> {
  const { rows, columns } = extent;
  const memory = ShardMemory.of(engine);
  const starts = new Mirrored(engine, memory, 'starts', Uint32Array, columns + 1);
  const intake = new SparseIntake(memory, extent, idsFrom, starts.host);
  for await (const part of parts) intake.count(part as [Uint32Array, Uint32Array, Float64Array]);
  const rowIds = new Mirrored(engine, memory, 'row ids', Uint32Array, intake.entries);
  const high = new Mirrored(engine, memory, 'x', Float32Array, intake.entries);
  const low = intake.place(rowIds.host, high.host);
  for (const mirrored of [starts, rowIds, high]) mirrored.upload();
  const host = new HostColumns(memory, { rows, columns, sparse: { starts: starts.host, rowIds: rowIds.host }, high: high.host, low });
  return new SparseColumns(engine, extent, { starts, rowIds, high }, host);
}

/** Columns of a sparse shard: entries starts[j] … starts[j + 1] - 1, row ids ascending. */
interface SparseParts {
  readonly starts: Mirrored<Uint32Array>;
  readonly rowIds: Mirrored<Uint32Array>;
  readonly high: Mirrored<Float32Array>;
}

class SparseColumns extends EngineColumns implements ShardColumns {
  readonly #starts: Mirrored<Uint32Array>;
  readonly #rowIds: Mirrored<Uint32Array>;
  readonly #high: Mirrored<Float32Array>;
  readonly #scratch: EngineBuffer;

  constructor(engine: Engine, extent: ColumnsExtent, { starts, rowIds, high }: SparseParts, host: HostColumns) {
    super(engine, extent, host);
    this.#starts = starts;
    this.#rowIds = rowIds;
    this.#high = high;
    this.#scratch = host.memory.buffer('gram scratch', extent.rows * 4);
  }

  upload(begin: number, end: number): void {
    const starts = this.#starts.host.view;
    this.#high.upload(starts[begin]!, starts[end]!);
  }

  fold(ids: Uint32Array, deltas: Float32Array): void {
    this.writeFold(ids, deltas);
    this.engine.dispatch({
      kernel: kernels.sparseResidualUpdate,
      buffers: { starts: this.#starts.buffer, rowIds: this.#rowIds.buffer, x: this.#high.buffer, ids: this.push.foldIds, deltas: this.push.deltas, residual: this.push.residual },
      parameters: { rows: this.rows, count: ids.length },
      workgroups: Math.ceil(this.rows / FOLD_TILE),
      counts: () => ({ nonzeros: this.#nonzeros(ids) }),
    });
  }

  dots(count: number): ReadRequest {
    const lanes = lanesFor(this.#rowIds.buffer.bytes / this.#starts.buffer.bytes);
    this.engine.dispatch({
      kernel: kernels.sparseColumnDots,
      buffers: { starts: this.#starts.buffer, rowIds: this.#rowIds.buffer, x: this.#high.buffer, residual: this.push.residual, ids: this.push.ids, dots: this.push.dots },
      parameters: { count, lanes },
      workgroups: Math.ceil((count * lanes) / LANES_PER_WORKGROUP),
      countsFrom: [{ buffer: this.push.ids, bytes: count * 4 }],
      counts: ([ids]) => ({ nonzeros: this.#nonzeros(ids!), rows: this.rows }),
    });
    return { buffer: this.push.dots, bytes: count * 4 };
  }

  gram(count: number, first: number): ReadRequest {
    this.engine.dispatch({
      kernel: kernels.sparseGram,
      buffers: { starts: this.#starts.buffer, rowIds: this.#rowIds.buffer, x: this.#high.buffer, ids: this.push.ids, gram: this.push.gram, scratch: this.#scratch },
      parameters: { count, first },
      workgroups: (count - first) * count,
      countsFrom: [{ buffer: this.push.ids, bytes: count * 4 }],
      counts: ([ids]) => ({ nonzeros: this.#nonzeros(ids!), products: this.#products(ids!, first) }),
    });
    return this.gramRead(count, first);
  }

  #nonzeros(ids: Uint32Array): number {
    const starts = this.#starts.host.view;
    return ids.reduce((sum, j) => sum + starts[j + 1]! - starts[j]!, 0);
  }

  /** Pairs of entries of columns i ≥ j, i ≥ first of the list, that lie in a common row. */
  #products(ids: Uint32Array, first: number): number {
    const starts = this.#starts.host.view;
    const rowIds = this.#rowIds.host.view;
    const inRow = new Uint32Array(this.rows);
    let products = 0;
    for (const [i, column] of ids.entries()) {
      for (let at = starts[column]!; at < starts[column + 1]!; at++) {
        const met = ++inRow[rowIds[at]!]!;
        if (i >= first) products += met;
      }
    }
    return products;
  }
}
