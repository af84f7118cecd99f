/**
 * The folder of a factorization. In: a model as it comes, tile by tile, so that a model larger than memory can be written.
 * Out: model.json; factors.safetensors; the same factors and biases as .npy; users.txt and items.txt, whose line i names row i;
 * rated.safetensors.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArrayFile } from '../../src/data/array-file.js';
import { writeIds } from '../../src/data/ids-file.js';
import type { Ids } from '../../src/data/ids.js';
import { npyHead } from '../../src/data/npy-header.js';
import { tensorHead, TYPES, type TensorEntry } from '../../src/data/safetensors-header.js';
import type { Rated } from './rated.js';
import { biasColumn, shapeOf, SIDES, type Shape, type Side } from './shape.js';
import type { MfSummary } from './summary.js';

/** A factorization as it is written: row i of a side belongs to its id i. */
export interface MfContent {
  readonly summary: MfSummary;
  readonly users: Ids;
  readonly items: Ids;
  readonly rated: Rated;
  /** All rows of a side in order, in tiles of whole rows of `stride` numbers (shape.ts). */
  tiles(side: Side): AsyncIterable<Float32Array> | Iterable<Float32Array>;
}

export const FILES = {
  summary: 'model.json',
  factors: 'factors.safetensors',
  rated: 'rated.safetensors',
  ids: { user: 'users.txt', item: 'items.txt' },
} as const;

type TensorDescription = Pick<TensorEntry, 'dtype' | 'shape'>;

/** Arrays of factors and biases by name; each is a tensor, and a file `<name>.npy`. */
export function describeFactors({ rank, biases, users, items }: Pick<MfSummary, 'rank' | 'biases' | 'users' | 'items'>): [string, TensorDescription][] {
  const factors: [string, TensorDescription][] = [
    ['user_factors', { dtype: 'F32', shape: [users, rank] }],
    ['item_factors', { dtype: 'F32', shape: [items, rank] }],
  ];
  if (!biases) return factors;
  return [...factors, ['user_biases', { dtype: 'F32', shape: [users] }], ['item_biases', { dtype: 'F32', shape: [items] }]];
}

export function npyFileOf(name: string): string {
  return `${name}.npy`;
}

/** Writes all files into a folder that exists or not. Memory: a tile, the biases, and what `content` itself holds. */
export async function writeMfModel(folder: string, content: MfContent): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFactors(folder, content);
  await writeIds(join(folder, FILES.ids.user), content.users);
  await writeIds(join(folder, FILES.ids.item), content.items);
  await writeRated(join(folder, FILES.rated), content.rated);
  await writeFile(join(folder, FILES.summary), `${JSON.stringify(content.summary, null, 2)}\n`);
}

async function writeFactors(folder: string, content: MfContent): Promise<void> {
  const { summary } = content;
  const arrays = describeFactors(summary);
  const shape = shapeOf(summary.rank, summary.biases);
  await writeArrayFile(join(folder, FILES.factors), tensorHead(arrays), async (tensors) => {
    const biases: Float32Array[] = [];
    for (const [at, side] of SIDES.entries()) {
      const [name, description] = arrays[at];
      const own = new Float32Array(description.shape[0]);
      await writeArrayFile(join(folder, npyFileOf(name)), npyFileHead(description), async (array) => {
        let row = 0;
        for await (const tile of content.tiles(side)) {
          const factors = factorsOf(tile, shape);
          await tensors.append(factors);
          await array.append(factors);
          if (shape.biases) own.set(biasesOf(tile, shape, side), row);
          row += tile.length / shape.stride;
        }
      });
      biases.push(own);
    }
    if (!shape.biases) return;
    for (const [at, own] of biases.entries()) {
      const [name, description] = arrays[2 + at];
      await tensors.append(own);
      await writeArrayFile(join(folder, npyFileOf(name)), npyFileHead(description), (array) => array.append(own));
    }
  });
}

interface FileHead {
  readonly head: Uint8Array;
  readonly dataBytes: number;
}

async function writeArrayFile(file: string, head: FileHead, fill: (array: ArrayFile) => Promise<void>): Promise<void> {
  const array = await ArrayFile.create(file, head);
  try {
    await fill(array);
    await array.end();
  } finally {
    await array.close();
  }
}

function npyFileHead({ shape }: TensorDescription): FileHead {
  return { head: npyHead('<f4', shape), dataBytes: shape.reduce((count, size) => count * size, TYPES.F32.BYTES_PER_ELEMENT) };
}

/** The factors of a tile's rows alone. */
function factorsOf(tile: Float32Array, { rank, stride }: Shape): Float32Array {
  if (rank === stride) return tile;
  const rows = tile.length / stride;
  const factors = new Float32Array(rows * rank);
  for (let row = 0; row < rows; row++) factors.set(tile.subarray(row * stride, row * stride + rank), row * rank);
  return factors;
}

function biasesOf(tile: Float32Array, shape: Shape, side: Side): Float32Array {
  const column = biasColumn(shape, side);
  return Float32Array.from({ length: tile.length / shape.stride }, (_, row) => tile[row * shape.stride + column]);
}

async function writeRated(file: string, { counts, items }: Rated): Promise<void> {
  const head = tensorHead([['counts', { dtype: 'U32', shape: [counts.length] }], ['items', { dtype: 'U32', shape: [items.length] }]]);
  await writeArrayFile(file, head, async (tensors) => {
    await tensors.append(counts);
    await tensors.append(items);
  });
}
