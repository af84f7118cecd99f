/**
 * Sparse matrices of SciPy. In: an archive with format, shape and data, and indices and indptr (csr, csc) or row and
 * col (coo). Out: a sparse reader of the entries in the order of `data`. All arrays stream side by side, so memory is
 * a chunk of each, whatever the format.
 */
import { CHUNK_BYTES, type ParsedChunk } from './chunks.js';
import { DataError, type SparseChunk } from './dataset.js';
import type { NpyArray } from './npy-array.js';
import { checkMatrixShape } from './npy.js';
import { shapeText } from './npy-header.js';
import type { NpzArchive } from './npz-archive.js';
import { CompressedIds, ListedIds, type Ids } from './npz-ids.js';
import { quoted } from './number.js';
import { keptColumns, type ColumnLimit, type Reader } from './reader.js';

const ENTRY_BYTES = 16;

/** Which array holds what. */
interface Layout {
  readonly row: string;
  readonly column: string;
  /** Which of the two holds where each row or column begins instead of an id for every entry. */
  readonly compressed: 'row' | 'column' | null;
}

const LAYOUTS: ReadonlyMap<string, Layout> = new Map([
  ['csr', { row: 'indptr', column: 'indices', compressed: 'row' }],
  ['csc', { row: 'indices', column: 'indptr', compressed: 'column' }],
  ['coo', { row: 'row', column: 'col', compressed: null }],
]);

export async function openSparse(archive: NpzArchive, limit: ColumnLimit | null): Promise<Reader> {
  const layout = layoutOf(archive, await archive.text('format'));
  const [rows, columns] = await readShape(archive);
  const entries = await vectorLength(archive, 'data', null);
  await vectorLength(archive, layout.row, layout.compressed === 'row' ? rows + 1 : entries);
  await vectorLength(archive, layout.column, layout.compressed === 'column' ? columns + 1 : entries);
  return new SparseReader(archive, layout, { rows, columns, entries }, limit);
}

interface Extent {
  readonly rows: number;
  readonly columns: number;
  readonly entries: number;
}

class SparseReader implements Reader {
  readonly kind = 'sparse';
  readonly columnNames = null;
  readonly rows: number;
  readonly columns: number;
  readonly ignoredColumns: number;
  ignoredEntries = 0;

  constructor(
    private readonly archive: NpzArchive,
    private readonly layout: Layout,
    private readonly extent: Extent,
    limit: ColumnLimit | null,
  ) {
    this.rows = extent.rows;
    this.columns = keptColumns(archive.file, extent.columns, limit);
    this.ignoredColumns = extent.columns - this.columns;
  }

  async *chunks(): AsyncGenerator<ParsedChunk> {
    const { layout, extent } = this;
    const opened: NpyArray[] = [];
    const open = async (name: string): Promise<NpyArray> => {
      const array = await this.archive.array(name);
      opened.push(array);
      return array;
    };
    try {
      const values = await open('data');
      const rows = idsOf('row', await open(layout.row), layout, extent);
      const columns = idsOf('column', await open(layout.column), layout, extent);
      yield* this.entries(values, rows, columns);
    } finally {
      for (const array of opened) await array.close();
    }
  }

  private async *entries(values: NpyArray, rows: Ids, columns: Ids): AsyncGenerator<ParsedChunk> {
    const most = CHUNK_BYTES / ENTRY_BYTES;
    for (let begin = 0; begin < this.extent.entries; begin += most) {
      const count = Math.min(most, this.extent.entries - begin);
      const chunk: SparseChunk = { kind: 'sparse', values: await values.take(count), rows: await rows.take(count), columns: await columns.take(count) };
      yield { chunk: this.admitted(chunk), target: null };
    }
    await values.end();
    await rows.end();
    await columns.end();
  }

  /** The entries whose columns are given out. */
  private admitted(chunk: SparseChunk): SparseChunk {
    if (this.ignoredColumns === 0) return chunk;
    const inside = (_: number, e: number): boolean => chunk.columns[e] < this.columns;
    const kept: SparseChunk = { kind: 'sparse', values: chunk.values.filter(inside), rows: chunk.rows.filter(inside), columns: chunk.columns.filter(inside) };
    this.ignoredEntries += chunk.values.length - kept.values.length;
    return kept;
  }
}

function idsOf(what: 'row' | 'column', array: NpyArray, layout: Layout, extent: Extent): Ids {
  const count = what === 'row' ? extent.rows : extent.columns;
  return layout.compressed === what ? new CompressedIds(array, what, count, extent.entries) : new ListedIds(array, what, count);
}

function layoutOf(archive: NpzArchive, format: string): Layout {
  const layout = LAYOUTS.get(format);
  if (layout !== undefined) return layout;
  throw new DataError(`${archive.file}: found a sparse matrix in format ${quoted(format)}, expected csr, csc or coo. Save it after tocsr()`);
}

async function readShape(archive: NpzArchive): Promise<readonly number[]> {
  const dimensions = await vectorLength(archive, 'shape', null);
  const array = await archive.array('shape');
  try {
    const shape = [...(await array.take(dimensions))];
    await array.end();
    checkMatrixShape(archive.file, shape);
    return shape;
  } finally {
    await array.close();
  }
}

/** Length of a 1-D array; DataError when it is not `expected`. */
async function vectorLength(archive: NpzArchive, name: string, expected: number | null): Promise<number> {
  const { shape } = await archive.header(name);
  if (shape.length === 1 && (expected === null || shape[0] === expected)) return shape[0];
  throw new DataError(`${archive.label(name)}: found shape ${shapeText(shape)}, expected ${expected === null ? 'one dimension' : `(${expected},)`}, as format, shape and data of the matrix say. Save it again with scipy.sparse.save_npz`);
}
