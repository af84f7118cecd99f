/** The worker's half of ridge regression. A shard holds some rows of X, by column, and their residual r = y - Xb. */
import { Operation } from './operations.mjs';

/** Numbers of a residual that are saved in one part: 1 MiB. */
const PART = 2 ** 17;

/** @type {import('strads/program').WorkerFactory<Shard>} */
export default function ridgeWorker(gpujs) {
  const dots = gpujs.kernel(
    /** @type {import('strads/program').KernelFunction<[Float32Array, Float64Array, number]>} */
    function dots(X, r, rows) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += X[this.thread.x * rows + i] * r[i];
      return sum;
    },
  );

  const gram = gpujs.kernel(
    /** @type {import('strads/program').KernelFunction<[Float32Array, number, number]>} */
    function gram(X, rows, columns) {
      const a = Math.floor(this.thread.x / columns);
      const b = this.thread.x - a * columns;
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += X[a * rows + i] * X[b * rows + i];
      return sum;
    },
  );

  return {
    async open(_engine, { description }, parts) {
      const { rows, columns } = /** @type {{ rows: number, columns: number }} */ (description);
      const shard = new Shard(rows, columns);
      for await (const [X, y] of parts) shard.add(X, y);
      return shard;
    },

    async *push(_engine, { operation, ids }, shards) {
      for (const [shard, held] of shards) {
        if (operation === Operation.Gradient) {
          yield { shard, chunk: { channel: 0, keys: ids, width: 1, values: held.exactDots(ids) } };
          continue;
        }
        const X = held.columnsOf(ids);
        yield { shard, chunk: { channel: 0, keys: ids, width: 1, values: await dots(ids.length, X, held.residual, held.rows) } };
        yield { shard, chunk: { channel: 1, keys: ids, width: ids.length, values: await gram(ids.length ** 2, X, held.rows, ids.length) } };
      }
    },

    apply(_engine, { ids, values }, shards) {
      for (const held of shards.values()) ids.forEach((j, k) => held.step(j, values[k]));
    },

    *save(_engine, shard, shards) {
      const { residual } = shards.get(shard);
      for (let at = 0; at < residual.length; at += PART) yield [residual.subarray(at, at + PART)];
    },

    async restore(_engine, shard, parts, shards) {
      const { residual } = shards.get(shard);
      let at = 0;
      for await (const [values] of parts) {
        residual.set(values, at);
        at += values.length;
      }
    },
  };
}

class Shard {
  rows;
  /** r, in float64 */
  residual;
  #columns;
  /** Column j is X[j * rows … (j + 1) * rows). */
  #X;
  #filled = 0;

  constructor(rows, columns) {
    this.rows = rows;
    this.#columns = columns;
    this.residual = new Float64Array(rows);
    this.#X = new Float32Array(rows * columns);
  }

  /** Takes in some rows, given row by row; b is 0 at first, so the residual is y. */
  add(X, y) {
    for (let i = 0; i < y.length; i++) {
      for (let j = 0; j < this.#columns; j++) this.#X[j * this.rows + this.#filled + i] = X[i * this.#columns + j];
    }
    this.residual.set(y, this.#filled);
    this.#filled += y.length;
  }

  column(j) {
    return this.#X.subarray(j * this.rows, (j + 1) * this.rows);
  }

  /** The columns of a block, one after another: what the kernels read. */
  columnsOf(ids) {
    const X = new Float32Array(ids.length * this.rows);
    ids.forEach((j, k) => X.set(this.column(j), k * this.rows));
    return X;
  }

  exactDots(ids) {
    return Float64Array.from(ids, (j) => this.column(j).reduce((sum, x, i) => sum + x * this.residual[i], 0));
  }

  /** b_j grew by `step`. */
  step(j, step) {
    this.column(j).forEach((x, i) => (this.residual[i] -= x * step));
  }
}
