/**
 * Entries on their way into a sparse shard: a counting sort by column, in WebAssembly. Parts wait until all are counted, and each is
 * let go of as soon as it is in place.
 */
import { DataError, DuplicateEntryError } from '../../src/data/dataset.js';
import type { ShardExtent } from './columns.js';
import { beyondFloat32 } from './shard-errors.js';
import type { ShardArray, ShardMemory } from './shard-memory.js';

/** Row ids of the shard, column ids, values. */
type Part = readonly [rows: Uint32Array, columns: Uint32Array, values: Float64Array];

/** Entries that are copied in at a time. */
const STAGE = 1 << 16;

export class SparseIntake {
  readonly #memory: ShardMemory;
  readonly #extent: ShardExtent;
  /** Column id of the shard's first column. */
  readonly #idsFrom: number;
  readonly #starts: ShardArray<Uint32Array>;
  #parts: Part[] = [];
  entries = 0;

  constructor(memory: ShardMemory, extent: ShardExtent, idsFrom: number, starts: ShardArray<Uint32Array>) {
    this.#memory = memory;
    this.#extent = extent;
    this.#idsFrom = idsFrom;
    this.#starts = starts;
  }

  /** Takes a part in; throws DataError for an entry that is not the shard's. */
  count(part: Part): void {
    const { rows, columns } = this.#extent;
    const { functions } = this.#memory;
    for (const [rowIds, columnIds, values] of staged(part)) {
      const [rowsAt, columnsAt] = [this.#memory.placed('part rows', rowIds), this.#memory.placed('part columns', columnIds)];
      const bad = functions.countEntries(rowsAt, columnsAt, values.length, rows, this.#idsFrom, columns, this.#starts.address);
      if (bad < 0) continue;
      throw new DataError(`a shard of ${rows} × ${columns} got an entry at row ${rowIds[bad]}, column ${columnIds[bad]! - this.#idsFrom} (from 0). The sender and the shard's description disagree`);
    }
    this.#parts.push(part);
    this.entries += part[2].length;
  }

  /** Puts the entries in place and returns their low parts, null where there are none. Throws DataError, and DuplicateEntryError for an entry that comes twice. */
  place(rowIds: ShardArray<Uint32Array>, high: ShardArray<Float32Array>): ShardArray<Float32Array> | null {
    const { columns } = this.#extent;
    const next = this.#memory.scratch('next', Uint32Array, columns);
    this.#memory.functions.beginColumns(columns, this.#starts.address, next.address);
    let low: ShardArray<Float32Array> | null = null;
    for (let part = this.#parts.shift(); part; part = this.#parts.shift()) for (const piece of staged(part)) low = this.#placePiece(piece, next, { rowIds, high, low });
    this.#orderColumns({ rowIds, high, low });
    return low;
  }

  #placePiece([rows, columnIds, values]: Part, next: ShardArray<Uint32Array>, { rowIds, high, low }: Placed): ShardArray<Float32Array> | null {
    const memory = this.#memory;
    const [rowsAt, columnsAt, valuesAt] = [memory.placed('part rows', rows), memory.placed('part columns', columnIds), memory.placed('part', values)];
    const placedFrom = (from: number, lowAt: number) => memory.functions.placeEntries(rowsAt, columnsAt, valuesAt, from, values.length, this.#idsFrom, next.address, rowIds.address, high.address, lowAt);
    let lows = low;
    let bad = placedFrom(0, lows?.address ?? 0);
    if (bad >= 0 && lows === null && Number.isFinite(Math.fround(values[bad]!))) {
      lows = memory.array('x low', Float32Array, high.length);
      bad = placedFrom(bad, lows.address);
    }
    if (bad >= 0) throw beyondFloat32(this.#extent, rows[bad]!, columnIds[bad]! - this.#idsFrom, values[bad]!);
    return lows;
  }

  /** Brings rows into ascending order, which they mostly are in already, and refuses one that comes twice. */
  #orderColumns({ rowIds, high, low }: Placed): void {
    const { columns, firstRow, firstColumn } = this.#extent;
    const nextUnordered = (from: number) => this.#memory.functions.firstUnordered(from, columns, this.#starts.address, rowIds.address);
    for (let j = nextUnordered(0); j < columns; j = nextUnordered(j + 1)) {
      const [begin, end] = this.#starts.view.subarray(j, j + 2) as unknown as [number, number];
      const ids = rowIds.view.subarray(begin, end);
      const order = Uint32Array.from(ids.keys()).sort((a, b) => ids[a]! - ids[b]!);
      for (const array of [ids, high.view.subarray(begin, end), ...(low ? [low.view.subarray(begin, end)] : [])]) permute(array, order);
      const twice = ids.findIndex((row, e) => e > 0 && row === ids[e - 1]);
      if (twice >= 0) throw new DuplicateEntryError(firstRow + ids[twice]!, firstColumn + j);
    }
  }
}

interface Placed {
  readonly rowIds: ShardArray<Uint32Array>;
  readonly high: ShardArray<Float32Array>;
  readonly low: ShardArray<Float32Array> | null;
}

/** A part in pieces that fit the memory they are copied into. */
function* staged([rows, columns, values]: Part): Generator<Part> {
  for (let at = 0; at < values.length; at += STAGE) yield [rows.subarray(at, at + STAGE), columns.subarray(at, at + STAGE), values.subarray(at, at + STAGE)];
}

function permute(array: Uint32Array | Float32Array, order: Uint32Array): void {
  const copy = array.slice();
  for (let e = 0; e < order.length; e++) array[e] = copy[order[e]!]!;
}
