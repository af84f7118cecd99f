/** A regression problem that everybody generates alike, and its cut into logical shards. */
import { randomBits, shardBegin } from 'strads/program';

/** A number in [-1, 1) that belongs to (seed, stream, counter). float32 holds it exactly. */
function uniform(seed, stream, counter) {
  return (randomBits(seed, stream, counter) >>> 8) / 2 ** 23 - 1;
}

/**
 * X (rows × columns, row-major) and y = Xw + noise, where w_j = 1 / (1 + j).
 * @param {{ rows: number, columns: number, seed: number }} shape
 */
export function makeProblem({ rows, columns, seed }) {
  const X = new Float32Array(rows * columns);
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const x = uniform(seed, i, j);
      X[i * columns + j] = x;
      y[i] += x / (1 + j);
    }
    y[i] += 0.1 * uniform(seed, i, columns);
  }
  return { rows, columns, X, y };
}

const ROWS_A_PART = 256;

/**
 * Cuts a problem by rows. A shard's description says its shape; its parts bring at most ROWS_A_PART rows at a time.
 * @param {ReturnType<typeof makeProblem>} problem
 * @param {number} shards
 */
export function cutByRows({ rows, columns, X, y }, shards) {
  return Array.from({ length: shards }, (_, shard) => {
    const begin = shardBegin(shard, shards, rows);
    const end = shardBegin(shard + 1, shards, rows);
    return { description: { rows: end - begin, columns }, parts: () => parts(begin, end) };
  });

  function* parts(begin, end) {
    for (let i = begin; i < end; i += ROWS_A_PART) {
      const next = Math.min(i + ROWS_A_PART, end);
      yield [X.subarray(i * columns, next * columns), y.subarray(i, next)];
    }
  }
}
