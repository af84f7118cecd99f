/** What dispatches tell of their ratings to whoever profiles them. In: tables in engine memory. Out: the counts of a dispatch. */
import type { Dispatch, EngineBuffer } from '../../../src/engine/engine.js';

type Counted = Pick<Dispatch, 'counts' | 'countsFrom'>;

/** Of pieces first … first + count - 1, whose records are (row, begin): their entries, and the rows of the table that these meet. */
export function entriesOfPieces(pieces: EngineBuffer, first: number, count: number, columns: number): Counted {
  const beginOf = (piece: number) => ({ buffer: pieces, byteOffset: 8 * piece + 4, bytes: 4 });
  return { countsFrom: [beginOf(first), beginOf(first + count)], counts: ([begin, end]) => ({ entries: end[0] - begin[0], columns }) };
}

/** Of pieces first … first + count - 1, where those of a row are consecutive: how many different rows they are of. */
export function rowsOfPieces(pieces: EngineBuffer, first: number, count: number): Counted {
  const isNew = (records: Uint32Array, k: number) => k === 0 || records[2 * k] !== records[2 * k - 2];
  const rowsOf = (records: Uint32Array) => Array.from({ length: count }, (_, k) => k).filter((k) => isNew(records, k)).length;
  return { countsFrom: [{ buffer: pieces, byteOffset: 8 * first, bytes: 8 * count }], counts: ([records]) => ({ rows: rowsOf(records) }) };
}

/** Of lists first … first + count - 1: how many numbers they have together, under this name; `others` go with it. */
export function lengthOfLists(starts: EngineBuffer, first: number, count: number, name: string, others: Readonly<Record<string, number>> = {}): Counted {
  const startOf = (list: number) => ({ buffer: starts, byteOffset: 4 * list, bytes: 4 });
  return { countsFrom: [startOf(first), startOf(first + count)], counts: ([begin, end]) => ({ [name]: end[0] - begin[0], ...others }) };
}

/** Rows of a table of this stride. */
export function rowsOfTable(table: EngineBuffer, stride: number): number {
  return table.bytes / (4 * stride);
}
