/**
 * .npz archives. In: a sparse matrix as scipy.sparse.save_npz writes it, or arrays as numpy.savez does: X, with its
 * target y beside it, or a single 2-D array of any name. Out: a sparse or a dense reader.
 */
import { DataError } from './dataset.js';
import { DenseArrayReader, vectorOf } from './npy.js';
import { elementType } from './npy-elements.js';
import { NpzArchive } from './npz-archive.js';
import { openSparse } from './npz-sparse.js';
import { quoted } from './number.js';
import type { ColumnLimit, Reader } from './reader.js';
import type { Source } from './source.js';

/** Called for every entry of a sparse archive: ids from 0, and its place in the array "data". */
export type ElementVisitor = (row: number, column: number, value: number, element: number) => void;

/** `withTarget`: whether an array y is wanted as the target. */
export async function openNpz(source: Source, limit: ColumnLimit | null, withTarget: boolean): Promise<Reader> {
  const archive = await NpzArchive.open(source);
  return isSparse(archive) ? openSparse(archive, limit) : openDense(archive, limit, withTarget);
}

/** Visits the entries of a sparse archive in file order. */
export async function visitNpz(source: Source, visit: ElementVisitor): Promise<void> {
  const reader = await openSparse(await NpzArchive.open(source), null);
  let element = 0;
  for await (const { chunk } of reader.chunks()) {
    if (chunk.kind !== 'sparse') continue;
    for (let e = 0; e < chunk.values.length; e++) visit(chunk.rows[e], chunk.columns[e], chunk.values[e], element++);
  }
}

function isSparse(archive: NpzArchive): boolean {
  return archive.has('format') && archive.has('data');
}

async function openDense(archive: NpzArchive, limit: ColumnLimit | null, withTarget: boolean): Promise<Reader> {
  const name = archive.has('X') ? 'X' : await onlyMatrix(archive);
  const { shape, descr } = await archive.header(name);
  // A pickled sparse matrix is an object without a shape: its type says more than that.
  elementType(archive.label(name), descr);
  const target = withTarget && archive.has('y') ? await vectorOf(await archive.array('y'), 'target') : null;
  const reader = new DenseArrayReader(archive.file, archive.label(name), shape, { open: () => archive.array(name), limit, target });
  if (target !== null && target.length !== reader.rows) {
    throw new DataError(`${archive.label('y')}: found ${target.length} values, expected ${reader.rows}, one for each row of ${quoted(name)}. Save X and y of the same rows, or name another file with --target`);
  }
  return reader;
}

/** Name of the one 2-D array. */
async function onlyMatrix(archive: NpzArchive): Promise<string> {
  const matrices: string[] = [];
  for (const name of archive.names) if ((await archive.header(name)).shape.length === 2) matrices.push(name);
  if (matrices.length === 1) return matrices[0];
  const found = archive.names.length === 0 ? 'no arrays' : `arrays ${archive.listed()}, ${matrices.length} of them of 2 dimensions`;
  throw new DataError(`${archive.file}: found ${found}, expected an array "X" or exactly one of 2 dimensions. Save the data as numpy.savez(file, X=X, y=y)`);
}
