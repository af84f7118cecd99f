/**
 * A shard of X, by columns, held twice: in engine memory as float32 for the pushes, and on the host so that
 * value = high + low gives the float64 passes what was parsed, to 48 bits (`low` is what float32 lost, or null).
 * Where host and engine share memory, `high` is the engine's own copy.
 */
import { lasso as kernels } from '#kernels';
import { buildDense, buildSparse, type ShardExtent } from '../../src/data/columns.js';
import type { BufferData, Engine, EngineBuffer, ReadRequest } from '../../src/engine/engine.js';
import type { ShardPart } from '../../src/program.js';

/** Most Gram entries that one Block task asks for. */
export const GRAM_ENTRIES_PER_TASK = 1 << 20;

/** Where row i of a lower triangle starts when rows are packed one after another. */
export function packedRow(i: number): number {
  return (i * (i + 1)) / 2;
}

/** What stands for the vector of ones: u_i = √weight of every row, and Σ u_i²; null where all are 1. */
export interface Roots {
  readonly values: Float64Array;
  readonly squares: number;
}

/** The stored entries of a column, copied out. */
export interface ColumnEntries {
  readonly rowIds: Uint32Array | null;
  readonly values: Float64Array;
}

export interface ShardColumns {
  /** Number of entries of column j that are stored. */
  stored(j: number): number;
  /** A copy of these entries in float64, rows ascending; row ids are null where there is one for every row. */
  entries(j: number): ColumnEntries;
  /** Float64 passes over column j: Σ u_i x_ij. */
  sum(j: number, roots: Roots | null): number;
  /** Σ (x_ij - u_i center)². */
  spread(j: number, center: number, roots: Roots | null): number;
  /** Σ x_ij vector_i. */
  dot(j: number, vector: Float64Array): number;
  /** vector -= factor · x_j. */
  subtract(j: number, factor: number, vector: Float64Array): void;
  /** Stored x_ij ← (x_ij - u_i mean) / scale, on the host. */
  standardize(j: number, mean: number, scale: number, roots: Roots | null): void;
  /** Brings the columns [begin, end) to the engine after `standardize`. */
  upload(begin: number, end: number): void;
  setResidual(residual: Float32Array): void;
  /** residual -= Σ_k x_{ids[k]} deltas[k], on the engine. */
  fold(ids: Uint32Array, deltas: Float32Array): void;
  /** Columns that `dots` and `gram` are about. */
  setIds(ids: Uint32Array): void;
  /** Encodes the dots of the first `count` ids with the residual, and says where to read them. */
  dots(count: number): ReadRequest;
  /** Encodes the packed lower triangle of Gram rows first … count - 1. */
  gram(count: number, first: number): ReadRequest;
}

export interface ColumnsExtent extends ShardExtent {
  /** Most ids that `setIds` and `fold` are called with. */
  readonly block: number;
}

/** Memory that the host fills and the engine reads: one copy where they share memory, else two. */
class Mirrored<View extends Float32Array | Uint32Array> {
  readonly buffer: EngineBuffer;
  readonly host: View;
  readonly #engine: Engine;
  readonly #shared: boolean;

  constructor(engine: Engine, label: string, type: new (buffer: ArrayBufferLike, offset: number, length: number) => View, length: number) {
    this.#engine = engine;
    this.buffer = engine.createBuffer(label, length * 4);
    const shared = engine.hostView(this.buffer);
    this.#shared = shared !== null;
    const bytes = shared ?? new Uint8Array(length * 4);
    this.host = new type(bytes.buffer, bytes.byteOffset, length);
  }

  /** Makes the engine see [begin, end) of what the host wrote. */
  upload(begin = 0, end = this.host.length): void {
    if (!this.#shared && end > begin) this.#engine.write(this.buffer, this.host.subarray(begin, end) as BufferData, begin * 4);
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

  constructor(engine: Engine, { rows, columns, block }: ColumnsExtent) {
    const ids = Math.min(block, columns);
    this.residual = engine.createBuffer('residual', rows * 4);
    this.ids = engine.createBuffer('ids', ids * 4);
    this.dots = engine.createBuffer('dots', ids * 4);
    this.gram = engine.createBuffer('gram', Math.min(packedRow(ids), GRAM_ENTRIES_PER_TASK + ids) * 4);
    this.foldIds = engine.createBuffer('fold ids', ids * 4);
    this.deltas = engine.createBuffer('deltas', ids * 4);
  }
}

abstract class EngineColumns {
  protected readonly engine: Engine;
  protected readonly rows: number;
  protected readonly push: PushBuffers;

  constructor(engine: Engine, description: ColumnsExtent) {
    this.engine = engine;
    this.rows = description.rows;
    this.push = new PushBuffers(engine, description);
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
}

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

/** Scales what lies `shift` above its center, keeping what float32 loses in `low`. */
function standardizeEntry(high: Float32Array, low: Float32Array, at: number, shift: number, scale: number): void {
  const value = (high[at]! + low[at]! - shift) / scale;
  high[at] = value;
  low[at] = value - high[at]!;
}

const THREADS_PER_WORKGROUP = 64;
/** Edge of the square tile of the Gram matrix that a workgroup computes. */
const GRAM_TILE = 32;
/** Rows of the residual that a workgroup owns when it folds sparse columns. */
const FOLD_TILE = 1024;

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
      workgroups: Math.ceil(this.rows / THREADS_PER_WORKGROUP),
    });
  }

  dots(count: number): ReadRequest {
    this.engine.dispatch({
      kernel: kernels.denseColumnDots,
      buffers: { x: this.#high.buffer, residual: this.push.residual, ids: this.push.ids, dots: this.push.dots },
      parameters: { rows: this.rows, count },
      workgroups: count,
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
      buffers: { ...this.#matrix(), ids: this.push.foldIds, deltas: this.push.deltas, residual: this.push.residual },
      parameters: { rows: this.rows, count: ids.length },
      workgroups: Math.ceil(this.rows / FOLD_TILE),
    });
  }

  dots(count: number): ReadRequest {
    this.engine.dispatch({
      kernel: kernels.sparseColumnDots,
      buffers: { ...this.#matrix(), residual: this.push.residual, ids: this.push.ids, dots: this.push.dots },
      parameters: { count },
      workgroups: count,
    });
    return { buffer: this.push.dots, bytes: count * 4 };
  }

  gram(count: number, first: number): ReadRequest {
    this.engine.dispatch({
      kernel: kernels.sparseGram,
      buffers: { ...this.#matrix(), ids: this.push.ids, gram: this.push.gram, scratch: this.#scratch },
      parameters: { count, first },
      workgroups: (count - first) * count,
    });
    return this.gramRead(count, first);
  }

  #matrix() {
    return { starts: this.#starts.buffer, rowIds: this.#rowIds.buffer, x: this.#high.buffer };
  }
}
