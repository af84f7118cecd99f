/** Published data, where they lie beside the repository, against objectives that other solvers agree on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLassoOptions } from '../../../models/lasso/estimator.js';
import { fitLasso } from '../../../models/lasso/fit.js';
import { readDataset, type ReadOptions } from '../../../src/data/read.js';
import { withCluster } from './lasso-cluster.js';

const LASSO = join(import.meta.dirname, '../../../../shared/data/lasso');

interface Expected {
  readonly file: string;
  readonly read: Omit<ReadOptions, 'data'>;
  readonly alphaRatio: number;
  readonly objective: number;
}

const golub = { file: 'golub-leukemia/golub.csv.gz', read: { targetColumn: 'y' } };
const riboflavin = { file: 'riboflavin/riboflavin.csv.gz', read: { targetColumn: 0 } };

const runs: Expected[] = [
  { ...golub, alphaRatio: 0.1, objective: 0.121264953 },
  { ...golub, alphaRatio: 0.01, objective: 0.0145103723 },
  { ...riboflavin, alphaRatio: 0.1, objective: 0.123425187 },
];

describe('published data, standardized', () => {
  for (const { file, read, alphaRatio, objective } of runs) {
    const path = join(LASSO, file);
    it.skipIf(!existsSync(path))(`${file} at ${alphaRatio} alpha_max`, async () => {
      const { matrix, target } = await readDataset({ ...read, data: path });
      const fit = await withCluster({ workers: 2, shards: 4 }, (cluster) => fitLasso(cluster, { matrix, target: target! }, parseLassoOptions({ standardize: true, alphaRatio })));
      await matrix.close();
      expect(Math.abs(fit.objective / objective - 1)).toBeLessThan(1e-5);
      expect(fit.relativeGap).toBeLessThanOrEqual(1e-6);
      expect(fit.stopped).toBe('converged');
    });
  }
});
