/**
 * Cells: the ratings between some major rows and some minor rows, in the two forms that the kernels walk. In: entries as
 * parallel arrays. Out: compressed by major row, in pieces sorted by length; or cut into sub-cells for descent.
 */
import { runningSums } from '../partition.js';

/** Ratings as parallel arrays: row of one side, row of the other, value. */
export interface Entries {
  readonly major: Uint32Array;
  readonly minor: Uint32Array;
  readonly values: Float32Array;
}

/** Where a cell's pieces lie in the table, and how they are binned by length, longest first. */
export interface CellIndex {
  /** Position of the first piece in the table, whose records are (row, begin). */
  readonly first: number;
  /** Pieces that are parts of cut rows; then those up to `long`, `middle` and `count` by length. */
  readonly cut: number;
  readonly long: number;
  readonly middle: number;
  readonly count: number;
}

export interface CompressedCell {
  readonly pieces: Uint32Array;
  readonly ids: Uint32Array;
  readonly values: Float32Array;
  readonly index: CellIndex;
}

/** Most entries of a piece; rows with more are cut. */
export const PIECE = 1024;
/** Shortest pieces that 64 and 16 lanes share. */
const LONG = 64;
const MIDDLE = 16;

/** Most parts of cut rows that a cell of this many entries can have. */
export function mostCutPieces(entries: number): number {
  return Math.floor((2 * entries) / PIECE);
}

/** Compresses entries by major row. `firstEntry` and `firstPiece`: where they will lie in the shard's arrays. */
export function compress({ major, minor, values }: Entries, majorRows: number, firstEntry: number, firstPiece: number): CompressedCell {
  const lengths = new Uint32Array(majorRows);
  for (const row of major) lengths[row]++;
  const rows = longestFirst(lengths);
  const begins = new Uint32Array(majorRows);
  let end = 0;
  for (const row of rows) {
    begins[row] = end;
    end += lengths[row];
  }
  const ids = new Uint32Array(major.length);
  const kept = new Float32Array(major.length);
  const next = begins.slice();
  for (let e = 0; e < major.length; e++) {
    const at = next[major[e]]++;
    ids[at] = minor[e];
    kept[at] = values[e];
  }
  return { ids, values: kept, ...piecesOf(rows, lengths, begins, { firstEntry, firstPiece, end }) };
}

/** Rows that have entries, longest first, of equal ones by number: a counting sort. */
function longestFirst(lengths: Uint32Array): Uint32Array {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const sizes = new Uint32Array(longest);
  for (const length of lengths) if (length > 0) sizes[longest - length]++;
  const next = runningSums(sizes);
  const rows = new Uint32Array(next[longest]);
  for (let row = 0; row < lengths.length; row++) if (lengths[row] > 0) rows[next[longest - lengths[row]]++] = row;
  return rows;
}

function piecesOf(rows: Uint32Array, lengths: Uint32Array, begins: Uint32Array, { firstEntry, firstPiece, end }: { firstEntry: number; firstPiece: number; end: number }): Pick<CompressedCell, 'pieces' | 'index'> {
  const records: number[] = [];
  const bins = { cut: 0, long: 0, middle: 0 };
  for (const row of rows) {
    const length = lengths[row];
    for (let at = 0; at < length; at += PIECE) records.push(row, firstEntry + begins[row] + at);
    const through = records.length / 2;
    if (length > PIECE) bins.cut = through;
    if (length >= LONG) bins.long = through;
    if (length >= MIDDLE) bins.middle = through;
  }
  const count = records.length / 2;
  records.push(0, firstEntry + end);
  return { pieces: Uint32Array.from(records), index: { first: firstPiece, ...bins, count } };
}

/** Entries in the order of their buckets, which keep their order: a counting sort. Bucket k has entries starts[k] … starts[k + 1] - 1. */
export function intoBuckets({ major, minor, values }: Entries, bucketOf: Uint32Array, buckets: number): Entries & { readonly starts: Uint32Array } {
  const sizes = new Uint32Array(buckets);
  for (const bucket of bucketOf) sizes[bucket]++;
  const starts = runningSums(sizes);
  const next = starts.slice();
  const sorted = { major: new Uint32Array(major.length), minor: new Uint32Array(major.length), values: new Float32Array(major.length) };
  for (let e = 0; e < major.length; e++) {
    const at = next[bucketOf[e]]++;
    sorted.major[at] = major[e];
    sorted.minor[at] = minor[e];
    sorted.values[at] = values[e];
  }
  return { ...sorted, starts };
}

/** Sub-cells of a stratum: groups of rows and groups of columns of a cell that gradient descent pairs. */
export const GROUPS = 16;

/**
 * The sub-cell of each entry: rows and columns fall into groups in turn, and in stratum s row group g meets column group
 * (g + s) mod 16, so that the sub-cells s·16 … s·16 + 15 of a stratum share no row and no column (Gemulla et al., KDD 2011).
 */
export function subCellsOf({ major, minor }: Entries): Uint32Array {
  return Uint32Array.from(major, (row, e) => {
    const group = row % GROUPS;
    const stratum = ((minor[e] % GROUPS) - group + GROUPS) % GROUPS;
    return stratum * GROUPS + group;
  });
}
