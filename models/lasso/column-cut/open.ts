/** Uploads X cut by columns and opens its problems. */
import type { Matrix } from '../../../src/data/dataset.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import { gather } from '../../../src/runtime/rounds.js';
import type { Penalty } from '../penalty.js';
import type { Samples } from '../samples.js';
import { columnRecipe, describeColumnShards, distributeColumns } from './distribute.js';
import type { Centring } from './moments.js';
import { COLUMN_PROGRAM, Operation } from './operations.js';
import { ColumnProblem } from './problem.js';
import { ColumnStore, STORE_LIMITS } from './store.js';

/** `tol`: the relative gap that the problems are to be solved to. Throws DataError for entries that can't be held. */
export async function openColumns(cluster: Cluster, matrix: Matrix, samples: Samples, { penalty, tol, center, standardize }: Centring & { penalty: Penalty; tol: number }, limits = STORE_LIMITS): Promise<ColumnProblem[]> {
  const recipe = columnRecipe(samples, penalty.shape.weights, cluster.shards);
  await cluster.distribute(COLUMN_PROGRAM, describeColumnShards(matrix, cluster.shards, samples), { matrix, recipe, distribution: distributeColumns });
  const prepare = { operation: Operation.Prepare, ids: new Uint32Array(0), values: Float64Array.of(Number(center), Number(standardize)) };
  await gather(cluster, 0, [prepare], () => undefined);
  const store = new ColumnStore(matrix, samples, limits);
  return samples.problems.map((_, q) => new ColumnProblem(cluster, store, samples, q, penalty, tol));
}
