/** A pass over the columns on a GPU rounds in its own way, and the certificate is the same. */
import { expect, it } from 'vitest';
import { parseLassoOptions } from '../../../models/lasso/estimator.js';
import { fitLasso } from '../../../models/lasso/fit.js';
import { matrixFrom } from '../../../src/data/in-memory.js';
import { describeOnWebGpu, makeWebGpuEngine } from '../../engine/lane.js';
import { CONVENTIONS, STORAGES, titleOf, withCluster } from './lasso-cluster.js';
import { judge, problemOf, scaled, transform } from './problems.js';

describeOnWebGpu('X cut by columns', () => {
  const problem = problemOf({ rows: 30, columns: 90, seed: 73, density: 0.6 });
  for (const conventions of CONVENTIONS) {
    it(`is solved, and as without a GPU: ${titleOf(conventions)}`, async () => {
      const transformed = transform(problem, conventions);
      for (const [, as] of STORAGES) {
        const data = { matrix: matrixFrom(as(problem)), target: problem.y };
        const options = parseLassoOptions({ ...conventions, cut: 'columns', alphaRatio: 0.02, tol: 1e-12 });
        const [onGpu, onCpu] = [await withCluster({ workers: 1, shards: 4, engine: makeWebGpuEngine }, (cluster) => fitLasso(cluster, data, options)), await withCluster({ workers: 1, shards: 4 }, (cluster) => fitLasso(cluster, data, options))];
        expect(onGpu.relativeGap).toBeLessThanOrEqual(1e-12);
        expect(judge(transformed, scaled(transformed, onGpu.coefficients), onGpu.alpha).relativeGap).toBeLessThan(1e-11);
        // What float32 found is done again in float64 wherever it decides anything.
        expect(onGpu.coefficients).toEqual(onCpu.coefficients);
      }
    });
  }
});
