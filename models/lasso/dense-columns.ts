/** A dense shard of X by columns: column j is the numbers j · rows … (j + 1) · rows - 1. */
import { lasso as kernels } from '#kernels';
import { DataError } from '../../src/data/dataset.js';
import type { Engine, ReadRequest } from '../../src/engine/engine.js';
import type { ShardPart } from '../../src/program.js';
import type { ColumnsExtent, ShardColumns } from './columns.js';
import { EngineColumns, Mirrored } from './engine-columns.js';
import { HostColumns } from './host-columns.js';
import { beyondFloat32, LOW_NEEDED } from './shard-errors.js';
import { ShardMemory, type ShardArray } from './shard-memory.js';

/** Rows that a workgroup of an update takes, and columns that one of dots takes. */
const ROWS_PER_WORKGROUP = 64;
const DOTS_PER_WORKGROUP = 4;
/** Edge of the square tile of the Gram matrix that a workgroup computes. */
const GRAM_TILE = 32;
/** Values that are turned into columns at a time. */
const STAGE = 1 << 17;

/**
 * A dense shard; parts are [first row], then its values, row-major, in one piece or several of whole rows. Peak memory beyond the shard: one part. Throws DataError for a value beyond
 * float32, and for parts that do not make up the shard.
 */
export async function openDense(engine: Engine, extent: ColumnsExtent, parts: AsyncIterable<ShardPart>): Promise<ShardColumns> {
  const { rows, columns } = extent;
  const memory = ShardMemory.of(engine);
  const high = new Mirrored(engine, memory, 'x', Float32Array, rows * columns);
  const intake = new DenseIntake(memory, extent, high.host);
  for await (const part of parts) {
    const [firstRow, ...pieces] = part as [Uint32Array, ...Float64Array[]];
    intake.take(firstRow[0]!, pieces);
  }
  const low = intake.finish();
  high.upload();
  return new DenseColumns(engine, extent, high, new HostColumns(memory, { rows, columns, sparse: null, high: high.host, low }));
}

/** Turns rows into columns as they arrive. */
class DenseIntake {
  readonly #memory: ShardMemory;
  readonly #extent: ColumnsExtent;
  readonly #high: ShardArray<Float32Array>;
  #low: ShardArray<Float32Array> | null = null;
  #seen = 0;

  constructor(memory: ShardMemory, extent: ColumnsExtent, high: ShardArray<Float32Array>) {
    this.#memory = memory;
    this.#extent = extent;
    this.#high = high;
  }

  take(firstRow: number, pieces: readonly Float64Array[]): void {
    const { rows, columns } = this.#extent;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const count = columns === 0 ? 0 : length / columns;
    if (!Number.isInteger(count) || firstRow + count > rows) {
      throw new DataError(`a shard of ${rows} × ${columns} got ${length} values for the rows from ${firstRow} on; expected whole rows that fit. The sender and the shard's description disagree`);
    }
    this.#seen += count;
    let row = firstRow;
    for (const stage of staged(pieces, Math.max(1, Math.floor(STAGE / columns)) * columns)) {
      this.#turn(row, stage);
      row += stage.reduce((sum, piece) => sum + piece.length, 0) / columns;
    }
  }

  #turn(firstRow: number, pieces: readonly Float64Array[]): void {
    const { columns } = this.#extent;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const part = this.#memory.scratch('part', Float64Array, length);
    const values = part.view;
    let at = 0;
    for (const piece of pieces) {
      values.set(piece, at);
      at += piece.length;
    }
    let found = this.#turned(part.address, firstRow, length / columns);
    if (found === LOW_NEEDED) {
      this.#low = this.#memory.array('x low', Float32Array, this.#high.length);
      found = this.#turned(part.address, firstRow, length / columns);
    }
    if (found >= 0) throw beyondFloat32(this.#extent, firstRow + Math.floor(found / columns), found % columns, part.view[found]!);
  }

  #turned(part: number, firstRow: number, count: number): number {
    const { rows, columns } = this.#extent;
    return this.#memory.functions.turn(part, firstRow, count, rows, columns, this.#high.address, this.#low?.address ?? 0);
  }

  /** The low parts, null where there are none. */
  finish(): ShardArray<Float32Array> | null {
    const { rows, columns } = this.#extent;
    if (columns > 0 && this.#seen !== rows) throw new DataError(`a shard of ${rows} rows got ${this.#seen}; expected every row once. The sender and the shard's description disagree`);
    return this.#low;
  }
}

/** The pieces, cut and collected so that about `most` values come together. */
function* staged(pieces: readonly Float64Array[], most: number): Generator<Float64Array[]> {
  let stage: Float64Array[] = [];
  let length = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += most) {
      const cut = piece.subarray(at, at + most);
      if (length > 0 && length + cut.length > most) {
        yield stage;
        stage = [];
        length = 0;
      }
      stage.push(cut);
      length += cut.length;
    }
  }
  if (length > 0) yield stage;
}

class DenseColumns extends EngineColumns implements ShardColumns {
  readonly #high: Mirrored<Float32Array>;

  constructor(engine: Engine, extent: ColumnsExtent, high: Mirrored<Float32Array>, host: HostColumns) {
    super(engine, extent, host);
    this.#high = high;
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
