/** Published data, where they lie beside the repository, against objectives that other solvers agree on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLassoOptions } from '../../../models/lasso/estimator.js';
import { fitLasso } from '../../../models/lasso/fit.js';
import type { Cut } from '../../../models/lasso/open.js';
import type { LassoInput } from '../../../models/lasso/options.js';
import { readDataset, type ReadOptions } from '../../../src/data/read.js';
import { withCluster } from './lasso-cluster.js';

const LASSO = join(import.meta.dirname, '../../../../shared/data/lasso');

interface Data {
  readonly file: string;
  readonly read: Omit<ReadOptions, 'data'>;
  readonly options: LassoInput;
}

interface Expected extends Data {
  readonly objective: number;
}

const standardized = (alphaRatio: number) => ({ standardize: true, alphaRatio });
/** The λ of .001 that STRADS was published with, where columns are centred and scaled as they come. */
const asTheyAre = { alpha: 1e-6, intercept: false };

const golub = { file: 'golub-leukemia/golub.csv.gz', read: { targetColumn: 'y' } };
const riboflavin = { file: 'riboflavin/riboflavin.csv.gz', read: { targetColumn: 0 } };
const arcene = { file: 'arcene/arcene.csv.gz', read: { targetColumn: 'y' } };
const chain = { file: 'chain/chain.X.mtx.gz', read: { target: join(LASSO, 'chain/chain.Y.mtx.gz') } };
const original = { file: 'lasso500by1K/lasso500by1K.X.mmt.gz', read: { target: join(LASSO, 'lasso500by1K/lasso500by1K.Y.mmt.gz') } };

const onRows: Expected[] = [
  { ...golub, options: standardized(0.1), objective: 0.121264953 },
  { ...golub, options: standardized(0.01), objective: 0.0145103723 },
  { ...riboflavin, options: standardized(0.1), objective: 0.123425187 },
];

const onColumns: Expected[] = [
  ...onRows,
  { ...riboflavin, options: standardized(0.01), objective: 0.01759074 },
  { ...arcene, options: standardized(0.1), objective: 0.198616925 },
  { ...arcene, options: standardized(0.01), objective: 0.024018994 },
  { ...chain, options: asTheyAre, objective: 7.6295e-6 },
  { ...original, options: asTheyAre, objective: 3.97416e-5 },
];

async function fit({ file, read, options }: Data, cut: Cut, tol: number) {
  const { matrix, target } = await readDataset({ ...read, data: join(LASSO, file) });
  const parsed = parseLassoOptions({ ...options, cut, tol });
  const found = await withCluster({ workers: 2, shards: 4 }, (cluster) => fitLasso(cluster, { matrix, target: target! }, parsed));
  await matrix.close();
  return found;
}

describe.each([['rows', 1e-6, onRows], ['columns', 1e-12, onColumns]] as const)('published data cut by %s, to a gap of %f', (cut, tol, runs) => {
  for (const run of runs) {
    const { file, options, objective } = run;
    it.skipIf(!existsSync(join(LASSO, file)))(`${file}, ${JSON.stringify(options)}`, async () => {
      const found = await fit(run, cut, tol);
      expect(Math.abs(found.objective / objective - 1)).toBeLessThan(1e-5);
      expect(found.relativeGap).toBeLessThanOrEqual(tol);
      expect(found.stopped).toBe('converged');
    });
  }
});
