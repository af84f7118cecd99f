/** Solves the problems of an upload, whichever way X is cut: rounds and certificates until the gap stops falling. */
import type { Certificate } from '../../../models/lasso/certificate.js';
import { parseLassoOptions } from '../../../models/lasso/estimator.js';
import { openProblems, type Cut } from '../../../models/lasso/open.js';
import { Penalty, type PenaltyShape } from '../../../models/lasso/penalty.js';
import type { Problem } from '../../../models/lasso/problem.js';
import type { Samples } from '../../../models/lasso/samples.js';
import type { Matrix } from '../../../src/data/dataset.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import { runRounds } from '../../../src/runtime/rounds.js';
import type { Conventions } from './problems.js';

export const CUTS: readonly Cut[] = ['rows', 'columns'];

/** No gap is small enough: where the arithmetic ends is for the caller to see. */
const TOLERANCE = 1e-300;
const MOST_ROUNDS = 40;
/** Certificates that do not halve the gap after which float64 has no more to give. */
const PATIENCE = 2;

export interface Choices {
  readonly cut: Cut;
  readonly conventions: Conventions;
  readonly penalty: PenaltyShape;
}

/** One problem along a path of penalties; coefficients stay from one to the next. */
export class ProblemPath {
  readonly problem: Problem;
  readonly #cluster: Cluster;
  readonly #columns: number;

  /** The problems by number, coefficients 0. */
  static async open(cluster: Cluster, matrix: Matrix, samples: Samples, { cut, conventions, penalty }: Choices): Promise<ProblemPath[]> {
    const problems = await openProblems(cluster, matrix, samples, new Penalty(Infinity, penalty), parseLassoOptions({ ...conventions, cut, tol: TOLERANCE }));
    return problems.map((problem) => new ProblemPath(cluster, problem, matrix.columns));
  }

  constructor(cluster: Cluster, problem: Problem, columns: number) {
    this.#cluster = cluster;
    this.problem = problem;
    this.#columns = columns;
  }

  async solve(penalty: Penalty): Promise<Certificate> {
    const { problem } = this;
    let certificate = await problem.start(penalty);
    let idle = 0;
    for (let round = 0; round < MOST_ROUNDS && certificate.relativeGap > 0 && idle < PATIENCE; round++) {
      const before = certificate.relativeGap;
      await runRounds(this.#cluster, problem.program, { range: { begin: 0, end: this.#columns }, firstRound: round, rounds: 1, depth: 0 });
      certificate = await problem.certify();
      idle = certificate.relativeGap > before / 2 ? idle + 1 : 0;
    }
    return certificate;
  }

  /** Fits the columns without penalty, and says at which α the first of the others enters. */
  async alphaMax(penalty: PenaltyShape): Promise<number> {
    await this.solve(new Penalty(Infinity, penalty));
    return this.problem.alphaMax();
  }

  /** Of the columns as given, zeros included. */
  coefficients(): { coefficients: Float64Array; intercept: number } {
    const { ids, values, intercept } = this.problem.original();
    const coefficients = new Float64Array(this.#columns);
    ids.forEach((j, k) => (coefficients[j] = values[k]));
    return { coefficients, intercept };
  }
}
