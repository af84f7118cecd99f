/** Solves problems on row shards: working sets and certificates until the gap stops falling. */
import { Penalty } from '../../../models/lasso/penalty.js';
import { alphaMaxOf, type Certificate, type Gradient } from '../../../models/lasso/certificate.js';
import type { GramCache } from '../../../models/lasso/gram-cache.js';
import type { RowProblem } from '../../../models/lasso/row-problem.js';
import { WorkingSetProgram } from '../../../models/lasso/working-set.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import { runRounds } from '../../../src/runtime/rounds.js';

const MOST_ROUNDS = 40;
/** Certificates that do not halve the gap after which float64 has no more to give. */
const PATIENCE = 2;

export interface Solved {
  readonly certificate: Certificate;
  readonly gradient: Gradient;
}

/** One problem and its schedule along a path of penalties; coefficients stay from one to the next. */
export class RowPath {
  readonly #cluster: Cluster;
  readonly #problem: RowProblem;
  readonly #program: WorkingSetProgram;
  #gradient: Gradient;

  static async start(cluster: Cluster, problem: RowProblem, gram: GramCache): Promise<RowPath> {
    return new RowPath(cluster, problem, gram, await problem.refreshGradient());
  }

  private constructor(cluster: Cluster, problem: RowProblem, gram: GramCache, first: Gradient) {
    this.#cluster = cluster;
    this.#problem = problem;
    this.#program = new WorkingSetProgram(problem.state, gram, first.values, 0);
    this.#gradient = first;
  }

  async solve(penalty: Penalty): Promise<Solved> {
    const problem = this.#problem;
    problem.state.penalty = penalty;
    let certificate = problem.certify(this.#gradient, 0);
    let idle = 0;
    for (let round = 0; round < MOST_ROUNDS && certificate.relativeGap > 0 && idle < PATIENCE; round++) {
      const before = certificate.relativeGap;
      this.#program.observe(this.#gradient, certificate);
      await runRounds(this.#cluster, this.#program, { range: { begin: 0, end: problem.state.columns }, firstRound: round, rounds: 1, depth: 0 });
      this.#gradient = await problem.refreshGradient();
      certificate = problem.certify(this.#gradient, certificate.dual);
      idle = certificate.relativeGap > before / 2 ? idle + 1 : 0;
    }
    return { certificate, gradient: this.#gradient };
  }

  /** Fits the columns without penalty, and says at which α the first of the others enters. */
  async alphaMax(): Promise<number> {
    const { penalty } = this.#problem.state;
    const { gradient } = await this.solve(penalty.at(Infinity));
    return alphaMaxOf(penalty, gradient);
  }
}

/** Of the columns as given, zeros included. */
export function coefficientsOf(problem: RowProblem): { coefficients: Float64Array; intercept: number } {
  const { ids, values, intercept } = problem.original();
  const coefficients = new Float64Array(problem.state.columns);
  ids.forEach((j, k) => (coefficients[j] = values[k]));
  return { coefficients, intercept };
}
