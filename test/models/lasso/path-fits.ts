/** Paths and single fits on workers inside the test's process, with as many logical shards as the command line takes. */
import { parseLassoOptions, parseLassoPathOptions } from '../../../models/lasso/estimator.js';
import { fitLasso, type LassoFit } from '../../../models/lasso/fit.js';
import { lassoShards } from '../../../models/lasso/open.js';
import type { LassoInput, LassoPathInput } from '../../../models/lasso/options.js';
import { fitLassoPath, type LassoPathFit, type PathObserver } from '../../../models/lasso/path.js';
import { matrixFrom, type MatrixInput } from '../../../src/data/in-memory.js';
import { withCluster } from './lasso-cluster.js';

export interface GivenData {
  readonly input: MatrixInput;
  readonly target: Float64Array;
  readonly sampleWeights?: Float64Array | null;
  readonly featureWeights?: Float64Array | null;
}

export function fitPath({ input, ...data }: GivenData, options: LassoPathInput, { workers = 1, observer = {} }: { workers?: number; observer?: PathObserver } = {}): Promise<LassoPathFit> {
  const parsed = parseLassoPathOptions(options);
  const matrix = matrixFrom(input);
  return withCluster({ workers, shards: lassoShards(matrix, parsed, parsed.cv ?? 0) }, (cluster) => fitLassoPath(cluster, { matrix, ...data }, parsed, observer));
}

export function fitAlone({ input, ...data }: GivenData, options: LassoInput): Promise<LassoFit> {
  const parsed = parseLassoOptions(options);
  const matrix = matrixFrom(input);
  return withCluster({ workers: 1, shards: lassoShards(matrix, parsed, 0) }, (cluster) => fitLasso(cluster, { matrix, ...data }, parsed));
}
