/**
 * A Lasso on a cluster whose shards hold X by rows. In: matrix, samples, conventions. Out: one problem for all rows, and one
 * for each fold that is left out, all on the same upload: each with coefficients of its own and certificates from passes over its rows.
 */
import type { Matrix } from '../../../src/data/dataset.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import type { Certificate } from '../certificate.js';
import { certify, refreshGradient, type Gradient } from './gradient.js';
import { loadRows } from './distribute.js';
import { scaleColumns, type Centring } from './moments.js';
import type { Penalty } from '../penalty.js';
import type { OriginalCoefficients } from '../problem.js';
import type { Samples } from '../samples.js';
import { LassoState } from './state.js';

export class RowProblem {
  readonly state: LassoState;
  readonly #cluster: Cluster;
  /** Mean of y over the rows trained on; 0 without centring. */
  readonly #targetMean: number;

  constructor(cluster: Cluster, state: LassoState, targetMean: number) {
    this.#cluster = cluster;
    this.state = state;
    this.#targetMean = targetMean;
  }

  /** One pass over the data: residual and gradient of the current coefficients, and the squares of the rows held out. */
  refreshGradient(): Promise<Gradient> {
    return refreshGradient(this.#cluster, this.state);
  }

  /** Judges the coefficients that `gradient` belongs to. */
  certify(gradient: Gradient): Certificate {
    return certify(this.state, gradient, this.state.training.targetSquares);
  }

  /** Mean of (y - ŷ)² over the rows held out, weighted, of the coefficients that `gradient` belongs to. */
  heldOutError({ heldOutSquares }: Gradient): number {
    return heldOutSquares / this.state.training.heldOut;
  }

  original(): OriginalCoefficients {
    const { beta, scaling } = this.state;
    const ids = Uint32Array.from(beta.keys()).filter((j) => beta[j] !== 0);
    const values = Float64Array.from(ids, (j) => beta[j]! / scaling.scales[j]!);
    const intercept = ids.reduce((rest, j, k) => rest - values[k]! * scaling.means[j]!, this.#targetMean);
    return { ids, values, intercept };
  }
}

/**
 * Uploads X, scales it, and returns the problems by number, coefficients 0. `block`: most ids of a push or a commit.
 * The cluster has a number of shards that `shardsForFolds` gives. Throws DataError for entries that can't be held.
 */
export async function openRows(cluster: Cluster, matrix: Matrix, samples: Samples, { block, penalty, ...centring }: Centring & { block: number; penalty: Penalty }): Promise<RowProblem[]> {
  await loadRows(cluster, matrix, samples, block);
  const scalings = await scaleColumns(cluster, matrix, samples, centring);
  return samples.problems.map((training, q) => new RowProblem(cluster, new LassoState(training, scalings[q]!, penalty), samples.targetMean + training.targetShift));
}
