/**
 * A saved factorization. In: its folder. Out: everything in it, checked: each file there and whole, of the sizes that model.json
 * says, ids once each, every number finite. DataError names the file at fault and what to do.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../src/data/dataset.js';
import { visitIds } from '../../src/data/ids-file.js';
import { Ids } from '../../src/data/ids.js';
import { quoted, shown } from '../../src/data/number.js';
import { NpyArray } from '../../src/data/npy-array.js';
import { shapeText } from '../../src/data/npy-header.js';
import type { TensorEntry } from '../../src/data/safetensors-header.js';
import { TensorFile } from '../../src/data/safetensors-file.js';
import { openSource } from '../../src/data/source.js';
import { describeFactors, FILES, npyFileOf } from './files.js';
import { Rated } from './rated.js';
import { biasColumn, fixedColumn, shapeOf, type Side } from './shape.js';
import { readSummary, type MfSummary } from './summary.js';

export interface SavedIds {
  readonly summary: MfSummary;
  readonly users: Ids;
  readonly items: Ids;
}

const REPAIR = 'The folder is damaged or mixes two models: copy all of it again, or train again';

/** The summary and the ids; what else the folder must hold is there. */
export async function readSavedIds(folder: string): Promise<SavedIds> {
  const summary = await readSummary(join(folder, FILES.summary));
  await assertComplete(folder, summary);
  return { summary, users: await readSide(folder, 'user', summary.users), items: await readSide(folder, 'item', summary.items) };
}

async function assertComplete(folder: string, summary: MfSummary): Promise<void> {
  const arrays = describeFactors(summary).map(([name]) => npyFileOf(name));
  for (const name of [...Object.values(FILES.ids), FILES.factors, ...arrays, FILES.rated]) {
    const file = join(folder, name);
    const { size } = await stat(file).catch((error: NodeJS.ErrnoException) => {
      throw new DataError(error.code === 'ENOENT' ? `${file}: there is no such file. ${REPAIR}` : `${file}: cannot be opened (${error.message}). ${REPAIR}`, { cause: error });
    });
    if (size === 0) throw new DataError(`${file}: the file is empty. ${REPAIR}`);
  }
}

async function readSide(folder: string, side: Side, expected: number): Promise<Ids> {
  const file = join(folder, FILES.ids[side]);
  const ids = new Ids();
  await visitIds(file, (id, line) => {
    const known = ids.count;
    const index = ids.add(id);
    if (index < known) throw new DataError(`${file}, line ${line}: found id ${quoted(id)} again (it is number ${index + 1}), expected every id once. ${REPAIR}`);
  });
  if (ids.count !== expected) throw new DataError(`${file}: found ${ids.count} ids, expected ${expected}, one for each ${side} that ${FILES.summary} counts. ${REPAIR}`);
  return ids;
}

/** A file of tensors, which are those that are expected; the caller closes it. */
async function openTensors(file: string, expected: readonly (readonly [string, Pick<TensorEntry, 'dtype' | 'shape'>])[]): Promise<TensorFile> {
  const tensors = await TensorFile.open(file);
  const found = Array.from(tensors.tensors, ([name, entry]) => described(name, entry)).sort().join(', ');
  const wanted = expected.map(([name, entry]) => described(name, entry)).sort().join(', ');
  if (found === wanted) return tensors;
  await tensors.close();
  throw new DataError(`${file}: found ${shown(found) || 'no tensors'}, expected ${wanted}. ${REPAIR}`);
}

function described(name: string, { dtype, shape }: Pick<TensorEntry, 'dtype' | 'shape'>): string {
  return `${name} (${dtype} ${shape.join(' × ')})`;
}

/** The factors and biases of a saved model, row by row. */
export class SavedFactors {
  readonly #summary: MfSummary;
  readonly #tensors: TensorFile;

  private constructor(summary: MfSummary, tensors: TensorFile) {
    this.#summary = summary;
    this.#tensors = tensors;
  }

  static async open(folder: string, summary: MfSummary): Promise<SavedFactors> {
    return new SavedFactors(summary, await openTensors(join(folder, FILES.factors), describeFactors(summary)));
  }

  /** Rows first … first + count - 1, `stride` numbers each (shape.ts), are put at the beginning of `into`. */
  async read(side: Side, { first, count }: { first: number; count: number }, into: Float32Array): Promise<void> {
    const { rank, biases } = this.#summary;
    const shape = shapeOf(rank, biases);
    const factors = await this.#finite(`${side}_factors`, first * rank, count * rank, rank);
    for (let row = 0; row < count; row++) into.set(factors.subarray(row * rank, (row + 1) * rank), row * shape.stride);
    if (!biases) return;
    const own = await this.#finite(`${side}_biases`, first, count, 1);
    for (let row = 0; row < count; row++) {
      into[row * shape.stride + biasColumn(shape, side)] = own[row];
      into[row * shape.stride + fixedColumn(shape, side)] = 1;
    }
  }

  async #finite(tensor: string, first: number, count: number, width: number): Promise<Float32Array> {
    const values = (await this.#tensors.read(tensor, first, count)) as Float32Array;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return values;
    throw new DataError(`${this.#tensors.file}: ${tensor}, row ${Math.floor((first + bad) / width)} (from 0): found ${values[bad]}, expected a finite number. ${REPAIR}`);
  }

  close(): Promise<void> {
    return this.#tensors.close();
  }
}

export async function readRated(folder: string, { users, items, ratings }: MfSummary): Promise<Rated> {
  const file = join(folder, FILES.rated);
  const tensors = await openTensors(file, [['counts', { dtype: 'U32', shape: [users] }], ['items', { dtype: 'U32', shape: [ratings] }]]);
  try {
    const counts = (await tensors.read('counts', 0, users)) as Uint32Array;
    const rated = (await tensors.read('items', 0, ratings)) as Uint32Array;
    const sum = counts.reduce((total, count) => total + count, 0);
    if (sum !== ratings) throw new DataError(`${file}: the counts add up to ${sum}, expected ${ratings}, the number of items listed. ${REPAIR}`);
    checkLists(file, new Rated(counts, rated), items);
    return new Rated(counts, rated);
  } finally {
    await tensors.close();
  }
}

function checkLists(file: string, rated: Rated, items: number): void {
  for (let user = 0; user < rated.counts.length; user++) {
    const own = rated.of(user);
    const bad = own.findIndex((item, at) => item >= items || (at > 0 && item <= own[at - 1]));
    if (bad >= 0) throw new DataError(`${file}: items of user row ${user} (from 0): found ${own[bad]}${bad > 0 ? ` after ${own[bad - 1]}` : ''}, expected ascending rows below ${items}. ${REPAIR}`);
  }
}

/** The copies of the arrays for NumPy: each there, and of the size that belongs to the model. */
export async function checkNpyFiles(folder: string, summary: MfSummary): Promise<void> {
  for (const [name, { shape }] of describeFactors(summary)) {
    const source = await openSource(join(folder, npyFileOf(name)));
    try {
      const array = await NpyArray.open(source.file, { bytes: source.bytes(), length: source.stored?.bytes ?? null });
      const { header } = array;
      await array.close();
      if (header.descr === '<f4' && !header.fortran && shapeText(header.shape) === shapeText(shape)) continue;
      throw new DataError(`${source.file}: found ${header.fortran ? 'columns first, ' : ''}elements "${header.descr}" of shape ${shapeText(header.shape)}, expected "<f4" of shape ${shapeText(shape)}. ${REPAIR}`);
    } finally {
      await source.close();
    }
  }
}
