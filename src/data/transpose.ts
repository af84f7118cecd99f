/**
 * From columns to rows, out of core. In: the values of a dense matrix in column order (the lower triangle of a
 * symmetric one), in pieces of any length. Out: its rows as dense chunks.
 *
 * Columns are gathered into panels of bounded size, each kept row-major in a spool; a chunk of rows is then one
 * contiguous part of every panel. The upper triangle's row i is the lower triangle's column i, kept as it came.
 * Beyond a panel's size, memory follows the values that came, not those that a header announced.
 */
import { rowsPerChunk, type ParsedChunk } from './chunks.js';
import type { Symmetry } from './matrix-market-header.js';
import { Spool } from './spool.js';

export interface ColumnOrder {
  readonly rows: number;
  readonly columns: number;
  readonly symmetry: Symmetry;
  /** Leading columns that are given out. */
  readonly kept: number;
}

const PANEL_BYTES = 16 << 20;

export async function* transposedChunks(
  order: ColumnOrder,
  values: AsyncIterable<Float64Array>,
  panelBytes: number = PANEL_BYTES,
): AsyncGenerator<ParsedChunk> {
  const panels = new Panels(order, panelBytes);
  try {
    await panels.fill(values);
    for (let firstRow = 0; firstRow < order.rows; firstRow += rowsPerChunk(order.kept)) {
      yield panels.chunk(firstRow, Math.min(rowsPerChunk(order.kept), order.rows - firstRow));
    }
  } finally {
    panels.close();
  }
}

class Panels {
  private readonly spool = new Spool();
  private readonly mirror = new Spool();
  private readonly width: number;

  constructor(
    private readonly order: ColumnOrder,
    panelBytes: number,
  ) {
    this.width = Math.min(order.columns, Math.max(1, Math.floor(panelBytes / (8 * order.rows))));
  }

  async fill(values: AsyncIterable<Float64Array>): Promise<void> {
    const { rows, columns, symmetry } = this.order;
    let panel = new Float64Array(0);
    let column = 0;
    for await (const values_ of columnsOf(this.order, values)) {
      const within = column % this.width;
      const first = firstRowOf(symmetry, column);
      if (within === 0) panel = new Float64Array(rows * this.width);
      for (let i = 0; i < values_.length; i++) panel[(first + i) * this.width + within] = values_[i];
      if (symmetry !== 'general') this.mirror.append(new Uint8Array(values_.buffer, 0, values_.byteLength));
      column++;
      if (within === this.width - 1 || column === columns) this.spool.append(new Uint8Array(panel.buffer));
    }
  }

  chunk(firstRow: number, rows: number): ParsedChunk {
    const { kept, symmetry } = this.order;
    const values = new Float64Array(rows * kept);
    for (let first = 0; first < kept; first += this.width) {
      const part = new Float64Array(this.spool.read(first / this.width, firstRow * this.width * 8, rows * this.width * 8));
      const count = Math.min(this.width, kept - first);
      for (let row = 0; row < rows; row++) {
        values.set(part.subarray(row * this.width, row * this.width + count), row * kept + first);
      }
    }
    if (symmetry !== 'general') {
      for (let row = 0; row < rows; row++) this.fillUpper(values.subarray(row * kept, (row + 1) * kept), firstRow + row);
    }
    return { chunk: { kind: 'dense', firstRow, rows, values }, target: null };
  }

  close(): void {
    this.spool.close();
    this.mirror.close();
  }

  private fillUpper(row: Float64Array, index: number): void {
    const first = firstRowOf(this.order.symmetry, index);
    const count = Math.max(0, row.length - first);
    const upper = new Float64Array(this.mirror.read(index, 0, count * 8));
    const sign = this.order.symmetry === 'symmetric' ? 1 : -1;
    for (let i = 0; i < count; i++) row[first + i] = sign * upper[i];
  }
}

/** First row stored of a column. */
function firstRowOf(symmetry: Symmetry, column: number): number {
  if (symmetry === 'general') return 0;
  return symmetry === 'symmetric' ? column : column + 1;
}

/** Room for values of a column before the first of them. */
const FIRST_ROOM = 1 << 16;

/** Regroups a stream of values into one array for each column. */
async function* columnsOf(order: ColumnOrder, values: AsyncIterable<Float64Array>): AsyncGenerator<Float64Array> {
  const length = (column: number): number => order.rows - firstRowOf(order.symmetry, column);
  let column = 0;
  let current = new Float64Array(Math.min(FIRST_ROOM, length(0)));
  let filled = 0;
  for await (const piece of values) {
    for (let at = 0; at < piece.length; ) {
      if (filled === current.length) current = withRoom(current, length(column));
      const count = Math.min(piece.length - at, current.length - filled);
      current.set(piece.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < length(column)) continue;
      yield current;
      current = new Float64Array(Math.min(FIRST_ROOM, length(++column)));
      filled = 0;
    }
  }
  if (column < order.columns && current.length === 0) yield current;
}

/** Twice the room, for `most` values at the most. */
function withRoom(values: Float64Array<ArrayBuffer>, most: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.min(most, 2 * values.length));
  larger.set(values);
  return larger;
}
