/** The Lasso's streaming kernels on generated matrices: dense ones of a pattern, sparse ones of the paper's columns over and over. */
import { lasso } from '#kernels';
import { lanesFor } from '../../models/lasso/lanes.js';
import type { Engine } from '../../src/engine/engine.js';
import { ChainColumns, NONZEROS } from '../generated/chain-columns.js';
import { Pattern, repeated, upTo } from './pattern.js';
import { readFloats, sampled, Sum, type Prepared, type StreamingWork } from './streaming-work.js';

export interface DenseSize {
  readonly rows: number;
  readonly columns: number;
  /** Columns that are listed, spread over all. */
  readonly listed: number;
}

export interface SparseSize {
  readonly rows: number;
  readonly columns: number;
  readonly listed: number;
}

const titleOf = ({ rows, columns, listed }: DenseSize) => `${rows} × ${columns}${listed < columns ? `, ${listed} columns of it` : ''}`;

/** Which columns are listed. */
function listOf({ columns, listed }: DenseSize): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: listed }, (_, k) => Math.floor((k * columns) / listed));
}

export function denseDots(size: DenseSize): StreamingWork {
  return {
    name: 'dense column dots',
    title: titleOf(size),
    prepare(engine) {
      const { rows, columns, listed } = size;
      const [numbers, others] = [new Pattern(1), new Pattern(2)];
      const list = listOf(size);
      const buffers = { x: numbers.buffer(engine, 'x', rows * columns), residual: others.buffer(engine, 'residual', rows), ids: repeated(engine, 'ids', list, listed), dots: engine.createBuffer('dots', 4 * listed) };
      return {
        buffers: Object.values(buffers),
        run: () => engine.dispatch({ kernel: lasso.denseColumnDots, buffers, parameters: { rows, count: listed }, workgroups: Math.ceil(listed / 4) }),
        async deviation() {
          const found = await readFloats(engine, buffers.dots);
          return worstOf(sampled(listed), (k) => {
            const sum = new Sum();
            for (let i = 0; i < rows; i++) sum.add(numbers.at(list[k] * rows + i), others.at(i));
            return sum.deviationOf(found[k]);
          });
        },
      };
    },
  };
}

export function denseUpdate(size: DenseSize): StreamingWork {
  return {
    name: 'dense residual update',
    title: titleOf(size),
    prepare(engine) {
      const { rows, columns, listed } = size;
      const [numbers, changes, before] = [new Pattern(1), new Pattern(3), new Pattern(2)];
      const list = listOf(size);
      const buffers = { x: numbers.buffer(engine, 'x', rows * columns), ids: repeated(engine, 'ids', list, listed), deltas: changes.buffer(engine, 'deltas', listed), residual: before.buffer(engine, 'residual', rows) };
      return {
        buffers: Object.values(buffers),
        run: () => engine.dispatch({ kernel: lasso.denseResidualUpdate, buffers, parameters: { rows, count: listed }, workgroups: Math.ceil(rows / 64) }),
        async deviation() {
          const found = await readFloats(engine, buffers.residual);
          return worstOf(sampled(rows), (i) => {
            const sum = new Sum();
            sum.add(before.at(i), 1);
            for (let k = 0; k < listed; k++) sum.add(-numbers.at(list[k] * rows + i), changes.at(k));
            return sum.deviationOf(found[i]);
          });
        },
      };
    },
  };
}

/** Columns that are made; further ones repeat them. */
const MADE = 2 ** 17;

interface Sparse {
  readonly starts: Uint32Array<ArrayBuffer>;
  readonly rowIds: Uint32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
}

function sparseMatrix({ rows, columns }: SparseSize): Sparse {
  const made = Math.min(MADE, columns);
  const chain = new ChainColumns({ rows, columns: made, seed: 1 });
  const rowIds = new Uint32Array(made * NONZEROS);
  const values = new Float32Array(made * NONZEROS);
  for (let j = 0; j < made; j++) {
    const column = chain.column(j);
    rowIds.set(column.rowIds, j * NONZEROS);
    values.set(column.values, j * NONZEROS);
  }
  return { starts: upTo(columns + 1).map((j) => j * NONZEROS), rowIds, values };
}

function sparseBuffers(engine: Engine, { starts, rowIds, values }: Sparse, columns: number) {
  const entries = columns * NONZEROS;
  return { starts: repeated(engine, 'starts', starts, starts.length), rowIds: repeated(engine, 'row ids', rowIds, entries), x: repeated(engine, 'x', values, entries) };
}

export function sparseDots(size: SparseSize): StreamingWork {
  return {
    name: 'sparse column dots',
    title: `${titleOf(size)}, ${NONZEROS} nonzeros a column`,
    prepare(engine) {
      const { rows, columns, listed } = size;
      const matrix = sparseMatrix(size);
      const others = new Pattern(2);
      const list = listOf(size);
      const lanes = lanesFor(NONZEROS);
      const buffers = { ...sparseBuffers(engine, matrix, columns), residual: others.buffer(engine, 'residual', rows), ids: repeated(engine, 'ids', list, listed), dots: engine.createBuffer('dots', 4 * listed) };
      const counts = () => ({ nonzeros: listed * NONZEROS, rows });
      return {
        buffers: Object.values(buffers),
        run: () => engine.dispatch({ kernel: lasso.sparseColumnDots, buffers, parameters: { count: listed, lanes }, workgroups: Math.ceil((listed * lanes) / 64), counts }),
        async deviation() {
          const found = await readFloats(engine, buffers.dots);
          return worstOf(sampled(listed), (k) => {
            const sum = new Sum();
            for (let e = 0; e < NONZEROS; e++) {
              const at = (list[k] * NONZEROS + e) % matrix.values.length;
              sum.add(matrix.values[at], others.at(matrix.rowIds[at]));
            }
            return sum.deviationOf(found[k]);
          });
        },
      };
    },
  };
}

export function sparseUpdate(size: SparseSize): StreamingWork {
  return {
    name: 'sparse residual update',
    title: `${titleOf(size)}, ${NONZEROS} nonzeros a column`,
    prepare(engine): Prepared {
      const { rows, columns, listed } = size;
      const matrix = sparseMatrix(size);
      const [changes, before] = [new Pattern(3), new Pattern(2)];
      const list = listOf(size);
      const buffers = { ...sparseBuffers(engine, matrix, columns), ids: repeated(engine, 'ids', list, listed), deltas: changes.buffer(engine, 'deltas', listed), residual: before.buffer(engine, 'residual', rows) };
      const counts = () => ({ nonzeros: listed * NONZEROS });
      return {
        buffers: Object.values(buffers),
        run: () => engine.dispatch({ kernel: lasso.sparseResidualUpdate, buffers, parameters: { rows, count: listed }, workgroups: Math.ceil(rows / 1024), counts }),
        async deviation() {
          const found = await readFloats(engine, buffers.residual);
          const sums = Array.from({ length: rows }, (_, i) => {
            const sum = new Sum();
            sum.add(before.at(i), 1);
            return sum;
          });
          for (let k = 0; k < listed; k++) {
            for (let e = 0; e < NONZEROS; e++) {
              const at = (list[k] * NONZEROS + e) % matrix.values.length;
              sums[matrix.rowIds[at]].add(-matrix.values[at], changes.at(k));
            }
          }
          return worstOf(sampled(rows, 1000), (i) => sums[i].deviationOf(found[i]));
        },
      };
    },
  };
}

function worstOf(places: readonly number[], deviationAt: (place: number) => number): number {
  return places.reduce((worst, place) => Math.max(worst, deviationAt(place)), 0);
}
