/**
 * Seeded matrices for kernel tests, in the layouts of the shaders. Two kinds of numbers: `integers` from -2 to 2, whose
 * sums of products are exact in f32 whatever the order, so that one lost or doubled entry shows; and `reals` of
 * magnitudes from 2^-12 to 2^12, which cancel badly.
 */

export type Numbers = 'integers' | 'reals';

/** Stream of u32 from a seed (xorshift). */
export function stream(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e37_79b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

export function numbers(kind: Numbers, count: number, seed: number): Float32Array {
  const next = stream(seed);
  const integer = () => (next() % 5) - 2;
  const real = () => (next() / 2 ** 31 - 1) * 2 ** ((next() % 25) - 12);
  return Float32Array.from({ length: count }, kind === 'integers' ? integer : real);
}

/** Column-major. Column 1 is constant, column 2 zero, column 3 a copy of column 0, the others are drawn. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly x: Float32Array;
}

export function denseMatrix(kind: Numbers, rows: number, columns: number, seed: number): DenseMatrix {
  const x = numbers(kind, rows * columns, seed);
  const column = (j: number) => x.subarray(j * rows, (j + 1) * rows);
  if (columns > 1) column(1).fill(1);
  if (columns > 2) column(2).fill(0);
  if (columns > 3) column(3).set(column(0));
  return { rows, columns, x };
}

/** Compressed columns, row ids ascending inside a column. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Uint32Array;
  readonly rowIds: Uint32Array;
  readonly x: Float32Array;
}

/** `entries[j]` distinct rows of column j, spread over all rows from a drawn first one. */
export function sparseMatrix(kind: Numbers, rows: number, entries: readonly number[], seed: number): SparseMatrix {
  const next = stream(seed);
  const rowIds = entries.map((count) => {
    const shift = rows > 0 ? next() % rows : 0;
    const drawn = Array.from({ length: count }, (_, e) => (Math.floor((e * rows) / count) + shift) % rows);
    return drawn.sort((a, b) => a - b);
  });
  const starts = new Uint32Array(entries.length + 1);
  entries.forEach((count, j) => (starts[j + 1] = starts[j] + count));
  return { rows, columns: entries.length, starts, rowIds: Uint32Array.from(rowIds.flat()), x: numbers(kind, starts[entries.length], seed + 1) };
}

/** `count` column ids: all columns in turn, from the last down, so that long lists repeat ids. */
export function columnIds(count: number, columns: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, k) => columns - 1 - (k % columns));
}
