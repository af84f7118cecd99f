/** .npy and .npz files. */
import { npy as npyBytes, npyMatrix, npz as npzBytes, sparseArrays } from '../../data/numpy-files.js';
import { editNumberAnywhere } from '../mutate/binary.js';
import { NPY_MUTATIONS, ZIP_MUTATIONS } from '../mutate/formats.js';
import type { MatrixContent } from './content.js';
import { matrixReader } from './matrices.js';
import { plainArray, zipMembers } from './numpy-reference.js';
import { NO_OPINION, REFUSED } from './reader.js';

const ROWS = [
  [1, 2.5, -3],
  [4, 0, 6],
  [0.25, 8, 9],
  [-1, 1, 100],
];
const WHOLE = ROWS.map((row) => row.map(Math.trunc));

export const npy = matrixReader('npy', {
  samples: () => [
    npyMatrix(ROWS),
    npyMatrix(ROWS, { fortran: true }),
    npyMatrix(ROWS, { descr: '<f4', version: 2 }),
    npyMatrix(ROWS, { descr: '>f8', version: 3 }),
    npyMatrix(WHOLE, { descr: '<i4', fortran: true }),
    npyBytes(WHOLE.flat().map(BigInt), { shape: [4, 3], descr: '<i8' }),
    npyMatrix(ROWS.map((row) => row.map((value) => Math.abs(Math.trunc(value)))), { descr: '|u1' }),
    npyMatrix(ROWS.map((row) => row.map((value) => Number(value > 2))), { descr: '|b1' }),
  ],
  mutations: [...NPY_MUTATIONS, editNumberAnywhere],
  ways: [{ format: 'npy' }, { format: 'npy' }, { format: undefined }],
  reference: (bytes, { format }) => (format === undefined ? NO_OPINION : matrixOf(plainArray(bytes))),
});

function matrixOf(array: ReturnType<typeof plainArray>, target: readonly number[] | null = null): MatrixContent | symbol {
  if (typeof array === 'symbol') return array;
  const { shape: [rows, columns], values } = array;
  if (array.shape.length !== 2 || rows! < 1 || columns! < 1) return REFUSED;
  return { kind: 'dense', rows: rows!, columns: columns!, names: null, values, target };
}

const TARGET = npyBytes([1, 2, 3, 4], { shape: [4] });
const ENTRIES = { shape: [4, 5], entries: [[0, 0, 1], [0, 4, 2.5], [2, 1, -3], [3, 0, 4], [3, 3, 5]] } as const;
const BY_COLUMN = { ...ENTRIES, entries: [...ENTRIES.entries].sort((a, b) => a[1] - b[1]) };

export const npz = matrixReader('npz', {
  samples: () => [
    npzBytes({ X: npyMatrix(ROWS), y: TARGET }),
    npzBytes({ X: npyMatrix(ROWS, { fortran: true, descr: '<f4' }), y: TARGET, z: TARGET }, { deflate: true }),
    npzBytes({ other: npyMatrix(ROWS) }, { zip64: true }),
    npzBytes(sparseArrays('csr', ENTRIES)),
    npzBytes(sparseArrays('csc', BY_COLUMN), { deflate: true }),
    npzBytes(sparseArrays('coo', ENTRIES, '<i8'), { zip64: true, deflate: true }),
  ],
  mutations: [...ZIP_MUTATIONS, editNumberAnywhere],
  ways: [{ format: 'npz' }, { format: undefined }],
  reference: (bytes, { format }) => {
    const members = format === undefined ? NO_OPINION : zipMembers(bytes);
    return typeof members === 'symbol' ? members : archiveContent(new Map([...members].filter(([name]) => name.endsWith('.npy')).map(([name, content]) => [name.slice(0, -4), content])));
  },
});

function archiveContent(members: ReadonlyMap<string, Buffer>): unknown {
  if (members.has('format') && members.has('data')) return sparseContent(members);
  const arrays = [...members].map(([name, content]) => [name, plainArray(content)] as const);
  if (arrays.some(([, array]) => array === NO_OPINION)) return NO_OPINION;
  const matrices = arrays.filter(([, array]) => typeof array !== 'symbol' && array.shape.length === 2);
  const [, matrix] = arrays.find(([name]) => name === 'X') ?? (matrices.length === 1 ? matrices[0]! : [null, NO_OPINION]);
  const target = members.has('y') ? plainArray(members.get('y')!) : null;
  if (target === null) return matrixOf(matrix);
  if (typeof target === 'symbol' || typeof matrix === 'symbol' || target.shape.length !== 1 || target.shape[0] !== matrix.shape[0]) return NO_OPINION;
  return matrixOf(matrix, target.values);
}

function sparseContent(members: ReadonlyMap<string, Buffer>): unknown {
  const vector = (name: string): readonly number[] | null => {
    const array = members.has(name) ? plainArray(members.get(name)!) : REFUSED;
    return typeof array === 'symbol' || array.shape.length !== 1 ? null : array.values;
  };
  const format = /(csr|csc|coo)$/.exec(members.get('format')!.toString('latin1'))?.[1];
  const [shape, data] = [vector('shape'), vector('data')];
  if (format === undefined || shape?.length !== 2 || data === null) return NO_OPINION;
  const [rows, columns] = shape as [number, number];
  if (rows * columns > 1000) return NO_OPINION;
  const [rowIds, columnIds] = { coo: [vector('row'), vector('col')], csr: [expanded(vector('indptr'), rows), vector('indices')], csc: [vector('indices'), expanded(vector('indptr'), columns)] }[format]!;
  const areIds = (ids: readonly number[] | null, most: number): ids is readonly number[] => ids?.length === data.length && ids.every((id) => Number.isInteger(id) && id >= 0 && id < most);
  if (!areIds(rowIds!, rows) || !areIds(columnIds!, columns)) return NO_OPINION;
  return { kind: 'sparse', rows, columns, names: null, values: data.flatMap((value, e) => [rowIds[e]!, columnIds[e]!, value]), target: null };
}

function expanded(starts: readonly number[] | null, count: number): number[] | null {
  if (starts?.length !== count + 1 || starts[0] !== 0 || starts.some((start, at) => at > 0 && !(start >= starts[at - 1]! && start < 1000))) return null;
  return Array.from({ length: count }, (_, id) => new Array<number>(starts[id + 1]! - starts[id]!).fill(id)).flat();
}
