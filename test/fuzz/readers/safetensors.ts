/** Safetensors files, by the reader that takes in a file at once and by the one that takes elements. */
import { readFile } from 'node:fs/promises';
import { TensorFile } from '../../../src/data/safetensors-file.js';
import { readSafetensors, writeSafetensors, type TensorData } from '../../../src/data/safetensors.js';
import { TENSOR_MUTATIONS } from '../mutate/formats.js';
import { NO_OPINION, REFUSED, type Given, type ReaderUnderFuzz } from './reader.js';

const SAMPLES = [
  writeSafetensors({ a: { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) }, b: { shape: [3], data: Uint32Array.of(7, 8, 9) }, 'c d': { shape: [1], data: Float32Array.of(0.5) } }),
  writeSafetensors({ ids: { shape: [2], data: BigInt64Array.of(-1n, 2n ** 60n) }, none: { shape: [0, 4], data: new Float32Array(0) }, one: { shape: [], data: Float64Array.of(3) } }),
];

type Content = readonly (readonly [name: string, shape: readonly number[], data: TensorData])[];

export const safetensors: ReaderUnderFuzz = {
  name: 'safetensors',
  samples: () => Promise.resolve(SAMPLES.map((bytes) => ({ 'model.safetensors': Buffer.from(bytes) }))),
  mutations: TENSOR_MUTATIONS,
  read: async ({ file }) => sorted(Object.entries(readSafetensors(await readFile(file), file)).map(([name, { shape, data }]) => [name, shape, data])),
  reread: byElements,
  reference,
};

function sorted(content: Content): Content {
  return [...content].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function byElements({ file }: Given): Promise<Content> {
  const tensors = await TensorFile.open(file);
  try {
    const content: [string, readonly number[], TensorData][] = [];
    for (const [name, { shape }] of tensors.tensors) {
      const count = shape.reduce((product, size) => product * size, 1);
      content.push([name, shape, await tensors.read(name, 0, count)]);
    }
    return sorted(content);
  } finally {
    await tensors.close();
  }
}

const READS = { F64: [8, Float64Array], F32: [4, Float32Array], U32: [4, Uint32Array], I64: [8, BigInt64Array] } as const;

/** A file whose header is the JSON of plain tensors, each described in full. */
function reference({ bytes }: Given): unknown {
  if (bytes.length < 8 || bytes.readBigUInt64LE() > BigInt(bytes.length - 8)) return REFUSED;
  if (bytes[8] !== 0x7b) return REFUSED;
  const begin = 8 + Number(bytes.readBigUInt64LE());
  let header: Record<string, { dtype: keyof typeof READS; shape: number[]; data_offsets: [number, number] }>;
  try {
    header = JSON.parse(bytes.toString('utf8', 8, begin)) as typeof header;
  } catch {
    return REFUSED;
  }
  const described = Object.entries(header ?? {});
  if (bytes.toString('utf8', 8, begin).includes('�') || !described.every(([name, entry]) => name !== '__metadata__' && entry && Object.hasOwn(READS, entry.dtype) && Array.isArray(entry.shape) && Array.isArray(entry.data_offsets))) return NO_OPINION;
  const filled = new Uint8Array(bytes.length - begin);
  const content: [string, readonly number[], TensorData][] = [];
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of described) {
    const [width, type] = READS[dtype];
    if (shape.some((size) => !Number.isSafeInteger(size) || size < 0) || to - from !== shape.reduce((product, size) => product * size, width) || !(from >= 0 && to <= filled.length)) return REFUSED;
    for (let at = from; at < to; at++) if (filled[at]++ > 0) return REFUSED;
    content.push([name, shape, new type(Uint8Array.from(bytes.subarray(begin + from, begin + to)).buffer)]);
  }
  return filled.includes(0) ? REFUSED : sorted(content);
}
