/**
 * The scheduler's half of ridge regression: minimize ½ ||y - Xb||² + ½ λ ||b||² over b, a block of b at a time.
 * With r = y - Xb, a block B is at its optimum when (X_B'X_B + λI) d = X_B'r - λ b_B has been added to it.
 */
import { Program } from 'strads/program';
import { Operation } from './operations.mjs';
import { solve } from './solve.mjs';

/** Rounds from one certificate to the next. */
const CERTIFY_EVERY = 16;

const NOTHING = { ids: new Uint32Array(0), values: new Float64Array(0) };

export class Ridge extends Program {
  /** λ */
  lambda;
  /** b, in float64 */
  coefficients;
  /** X'r - λb in float64, as of the last certificate: 0 at the optimum. */
  gradient;
  #draw;

  /**
   * @param {{ columns: number, lambda: number, block: number, draw: import('strads/program').Draw }} options
   */
  constructor({ columns, lambda, block, draw }) {
    super({ name: 'ridge', worker: new URL('./worker.mjs', import.meta.url), block });
    this.lambda = lambda;
    this.coefficients = new Float64Array(columns);
    this.gradient = new Float64Array(columns).fill(Infinity);
    this.#draw = draw;
  }

  /** b was no further from the optimum than this at the last certificate: the objective curves by at least λ. */
  get distance() {
    return Math.hypot(...this.gradient) / this.lambda;
  }

  *schedule(round, { begin, end }) {
    if (round % CERTIFY_EVERY < CERTIFY_EVERY - 1) {
      const ids = this.#draw.draw(round, this.block).sort();
      yield { operation: Operation.Update, ids, values: new Float64Array(0) };
      return;
    }
    for (let id = begin; id < end; id += this.block) {
      const ids = Uint32Array.from({ length: Math.min(this.block, end - id) }, (_, k) => id + k);
      yield { operation: Operation.Gradient, ids, values: new Float64Array(0) };
    }
  }

  pull(_round, { operation, ids }, sums) {
    const [{ values: dots }] = sums;
    const gradient = Float64Array.from(ids, (j, k) => dots[k] - this.lambda * this.coefficients[j]);
    if (operation === Operation.Gradient) {
      ids.forEach((j, k) => (this.gradient[j] = gradient[k]));
      return NOTHING;
    }
    const gram = sums[1].values;
    const steps = solve(withDiagonal(gram, ids.length, this.lambda), gradient);
    ids.forEach((j, k) => (this.coefficients[j] += steps[k]));
    this.#draw.commit(ids, steps.map(Math.abs));
    return { ids, values: steps };
  }
}

/** A + λI */
function withDiagonal(A, n, lambda) {
  return A.map((a, at) => (at % (n + 1) === 0 ? a + lambda : a));
}
