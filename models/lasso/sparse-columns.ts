/** A sparse shard of X by columns (CSC). */
import { lasso as kernels } from '#kernels';
import { buildSparse } from '../../src/data/columns.js';
import type { Engine, EngineBuffer, ReadRequest } from '../../src/engine/engine.js';
import type { ShardPart } from '../../src/program.js';
import type { ColumnEntries, ColumnsExtent, Roots, ShardColumns } from './columns.js';
import { EngineColumns, Mirrored, standardizeEntry } from './engine-columns.js';

/** Rows of the residual that a workgroup owns when it folds sparse columns. */
const FOLD_TILE = 1024;

/** A sparse shard; parts are row ids, column ids, values. */
export async function openSparse(engine: Engine, description: ColumnsExtent, parts: AsyncIterable<ShardPart>): Promise<ShardColumns> {
  let memory!: Omit<SparseParts, 'low'>;
  const allocate = (entries: number) => {
    memory = {
      starts: new Mirrored(engine, 'starts', Uint32Array, description.columns + 1),
      rowIds: new Mirrored(engine, 'row ids', Uint32Array, entries),
      high: new Mirrored(engine, 'x', Float32Array, entries),
    };
    return { starts: memory.starts.host, rowIds: memory.rowIds.host, hi: memory.high.host };
  };
  const { lo } = await buildSparse(description, sparseParts(parts), allocate);
  for (const mirrored of [memory.starts, memory.rowIds, memory.high]) mirrored.upload();
  return new SparseColumns(engine, description, { ...memory, low: lo });
}

async function* sparseParts(parts: AsyncIterable<ShardPart>) {
  for await (const part of parts) {
    const [rows, columns, values] = part as [Uint32Array, Uint32Array, Float64Array];
    yield { rows, columns, values };
  }
}

/** Columns of a sparse shard: entries starts[j] … starts[j + 1] - 1, row ids ascending. */
interface SparseParts {
  readonly starts: Mirrored<Uint32Array>;
  readonly rowIds: Mirrored<Uint32Array>;
  readonly high: Mirrored<Float32Array>;
  readonly low: Float32Array | null;
}

class SparseColumns extends EngineColumns implements ShardColumns {
  readonly #starts: Mirrored<Uint32Array>;
  readonly #rowIds: Mirrored<Uint32Array>;
  readonly #high: Mirrored<Float32Array>;
  #low: Float32Array | null;
  readonly #scratch: EngineBuffer;

  constructor(engine: Engine, description: ColumnsExtent, { starts, rowIds, high, low }: SparseParts) {
    super(engine, description);
    this.#starts = starts;
    this.#rowIds = rowIds;
    this.#high = high;
    this.#low = low;
    this.#scratch = engine.createBuffer('gram scratch', description.rows * 4);
  }

  #value(at: number): number {
    const high = this.#high.host[at]!;
    return this.#low ? high + this.#low[at]! : high;
  }

  stored(j: number): number {
    return this.#starts.host[j + 1]! - this.#starts.host[j]!;
  }

  entries(j: number): ColumnEntries {
    const begin = this.#starts.host[j]!;
    const rowIds = this.#rowIds.host.slice(begin, this.#starts.host[j + 1]);
    const values = new Float64Array(rowIds.length);
    for (let e = 0; e < values.length; e++) values[e] = this.#value(begin + e);
    return { rowIds, values };
  }

  sum(j: number, roots: Roots | null): number {
    const starts = this.#starts.host;
    let sum = 0;
    for (let at = starts[j]!; at < starts[j + 1]!; at++) sum += this.#root(roots, at) * this.#value(at);
    return sum;
  }

  spread(j: number, center: number, roots: Roots | null): number {
    const starts = this.#starts.host;
    let sum = 0;
    let stored = 0;
    for (let at = starts[j]!; at < starts[j + 1]!; at++) {
      const root = this.#root(roots, at);
      sum += (this.#value(at) - root * center) ** 2;
      stored += root * root;
    }
    // Rows ascend: where every row that counts is stored, both sums of squares are the same bits.
    return sum + Math.max(0, (roots ? roots.squares : this.rows) - stored) * center * center;
  }

  /** u of the row of an entry. */
  #root(roots: Roots | null, at: number): number {
    return roots ? roots.values[this.#rowIds.host[at]!]! : 1;
  }

  dot(j: number, vector: Float64Array): number {
    const starts = this.#starts.host;
    const rowIds = this.#rowIds.host;
    let sum = 0;
    for (let at = starts[j]!; at < starts[j + 1]!; at++) sum += this.#value(at) * vector[rowIds[at]!]!;
    return sum;
  }

  subtract(j: number, factor: number, vector: Float64Array): void {
    const starts = this.#starts.host;
    const rowIds = this.#rowIds.host;
    for (let at = starts[j]!; at < starts[j + 1]!; at++) vector[rowIds[at]!]! -= factor * this.#value(at);
  }

  standardize(j: number, mean: number, scale: number, roots: Roots | null): void {
    const starts = this.#starts.host;
    const low = (this.#low ??= new Float32Array(this.#high.host.length));
    for (let at = starts[j]!; at < starts[j + 1]!; at++) standardizeEntry(this.#high.host, low, at, this.#root(roots, at) * mean, scale);
  }

  upload(begin: number, end: number): void {
    const starts = this.#starts.host;
    this.#high.upload(starts[begin]!, starts[end]!);
  }

  fold(ids: Uint32Array, deltas: Float32Array): void {
    this.writeFold(ids, deltas);
    this.engine.dispatch({
      kernel: kernels.sparseResidualUpdate,
      buffers: { starts: this.#starts.buffer, rowIds: this.#rowIds.buffer, x: this.#high.buffer, ids: this.push.foldIds, deltas: this.push.deltas, residual: this.push.residual },
      parameters: { rows: this.rows, count: ids.length },
      workgroups: Math.ceil(this.rows / FOLD_TILE),
    });
  }

  dots(count: number): ReadRequest {
    this.engine.dispatch({
      kernel: kernels.sparseColumnDots,
      buffers: { starts: this.#starts.buffer, rowIds: this.#rowIds.buffer, x: this.#high.buffer, residual: this.push.residual, ids: this.push.ids, dots: this.push.dots },
      parameters: { count },
      workgroups: count,
    });
    return { buffer: this.push.dots, bytes: count * 4 };
  }

  gram(count: number, first: number): ReadRequest {
    this.engine.dispatch({
      kernel: kernels.sparseGram,
      buffers: { starts: this.#starts.buffer, rowIds: this.#rowIds.buffer, x: this.#high.buffer, ids: this.push.ids, gram: this.push.gram, scratch: this.#scratch },
      parameters: { count, first },
      workgroups: (count - first) * count,
    });
    return this.gramRead(count, first);
  }
}
