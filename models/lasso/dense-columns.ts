/** A dense shard of X by columns: column j is the numbers j · rows … (j + 1) · rows - 1. */
import { lasso as kernels } from '#kernels';
import { buildDense } from '../../src/data/columns.js';
import type { Engine, ReadRequest } from '../../src/engine/engine.js';
import type { ShardPart } from '../../src/program.js';
import type { ColumnEntries, ColumnsExtent, Roots, ShardColumns } from './columns.js';
import { EngineColumns, Mirrored, standardizeEntry } from './engine-columns.js';

/** Rows that a workgroup of an update takes, and columns that one of dots takes. */
const ROWS_PER_WORKGROUP = 64;
const DOTS_PER_WORKGROUP = 4;
/** Edge of the square tile of the Gram matrix that a workgroup computes. */
const GRAM_TILE = 32;

/** A dense shard; parts are [first row], row-major values. */
export async function openDense(engine: Engine, description: ColumnsExtent, parts: AsyncIterable<ShardPart>): Promise<ShardColumns> {
  let high!: Mirrored<Float32Array>;
  const allocate = (length: number) => (high = new Mirrored(engine, 'x', Float32Array, length)).host;
  const { lo } = await buildDense(description, denseParts(parts), allocate);
  high.upload();
  return new DenseColumns(engine, description, high, lo);
}

async function* denseParts(parts: AsyncIterable<ShardPart>) {
  for await (const part of parts) {
    const [firstRow, values] = part as [Uint32Array, Float64Array];
    yield { firstRow: firstRow[0]!, values };
  }
}

class DenseColumns extends EngineColumns implements ShardColumns {
  readonly #high: Mirrored<Float32Array>;
  #low: Float32Array | null;

  constructor(engine: Engine, description: ColumnsExtent, high: Mirrored<Float32Array>, low: Float32Array | null) {
    super(engine, description);
    this.#high = high;
    this.#low = low;
  }

  stored(): number {
    return this.rows;
  }

  entries(j: number): ColumnEntries {
    const high = this.#high.host;
    const low = this.#low;
    const start = j * this.rows;
    const values = new Float64Array(this.rows);
    for (let i = 0; i < values.length; i++) values[i] = low ? high[start + i]! + low[start + i]! : high[start + i]!;
    return { rowIds: null, values };
  }

  sum(j: number, roots: Roots | null): number {
    const high = this.#high.host;
    const low = this.#low;
    const start = j * this.rows;
    let sum = 0;
    for (let i = 0; i < this.rows; i++) {
      const x = low ? high[start + i]! + low[start + i]! : high[start + i]!;
      sum += roots ? x * roots.values[i]! : x;
    }
    return sum;
  }

  spread(j: number, center: number, roots: Roots | null): number {
    const high = this.#high.host;
    const low = this.#low;
    const start = j * this.rows;
    let sum = 0;
    for (let i = 0; i < this.rows; i++) {
      const x = low ? high[start + i]! + low[start + i]! : high[start + i]!;
      const away = roots ? x - roots.values[i]! * center : x - center;
      sum += away * away;
    }
    return sum;
  }

  dot(j: number, vector: Float64Array): number {
    const high = this.#high.host;
    const low = this.#low;
    const start = j * this.rows;
    let sum = 0;
    if (low) for (let i = 0; i < this.rows; i++) sum += (high[start + i]! + low[start + i]!) * vector[i]!;
    else for (let i = 0; i < this.rows; i++) sum += high[start + i]! * vector[i]!;
    return sum;
  }

  subtract(j: number, factor: number, vector: Float64Array): void {
    const high = this.#high.host;
    const low = this.#low;
    const start = j * this.rows;
    for (let i = 0; i < this.rows; i++) vector[i]! -= factor * (low ? high[start + i]! + low[start + i]! : high[start + i]!);
  }

  standardize(j: number, mean: number, scale: number, roots: Roots | null): void {
    const high = this.#high.host;
    const low = (this.#low ??= new Float32Array(high.length));
    const start = j * this.rows;
    for (let i = 0; i < this.rows; i++) standardizeEntry(high, low, start + i, roots ? roots.values[i]! * mean : mean, scale);
  }

  upload(begin: number, end: number): void {
    this.#high.upload(begin * this.rows, end * this.rows);
  }

  fold(ids: Uint32Array, deltas: Float32Array): void {
    this.writeFold(ids, deltas);
    this.engine.dispatch({
      kernel: kernels.denseResidualUpdate,
      buffers: { x: this.#high.buffer, ids: this.push.foldIds, deltas: this.push.deltas, residual: this.push.residual },
      parameters: { rows: this.rows, count: ids.length },
      workgroups: Math.ceil(this.rows / ROWS_PER_WORKGROUP),
    });
  }

  dots(count: number): ReadRequest {
    this.engine.dispatch({
      kernel: kernels.denseColumnDots,
      buffers: { x: this.#high.buffer, residual: this.push.residual, ids: this.push.ids, dots: this.push.dots },
      parameters: { rows: this.rows, count },
      workgroups: Math.ceil(count / DOTS_PER_WORKGROUP),
    });
    return { buffer: this.push.dots, bytes: count * 4 };
  }

  gram(count: number, first: number): ReadRequest {
    this.engine.dispatch({
      kernel: kernels.denseGram,
      buffers: { x: this.#high.buffer, ids: this.push.ids, gram: this.push.gram },
      parameters: { rows: this.rows, count, first },
      workgroups: Math.ceil((count - first) / GRAM_TILE) * Math.ceil(count / GRAM_TILE),
    });
    return this.gramRead(count, first);
  }
}
