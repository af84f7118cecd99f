/** The readers on published data sets, where they lie beside the repository; shapes as published. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDataset, type ReadOptions } from '../../src/data/read.js';

const LASSO = join(import.meta.dirname, '../../../shared/data/lasso');

interface Expected {
  readonly file: string;
  readonly options: Omit<ReadOptions, 'data'>;
  readonly format: string;
  readonly rows: number;
  readonly columns: number;
  readonly entries?: number;
  /** Sum of the target, where the source states it. */
  readonly targetSum?: number;
}

const sets: Expected[] = [
  { file: 'golub-leukemia/golub.csv.gz', options: { targetColumn: 'y' }, format: 'csv.gz', rows: 72, columns: 7129, targetSum: 25 - 47 },
  { file: 'singh-prostate/singh.csv.gz', options: { targetColumn: 'y' }, format: 'csv.gz', rows: 102, columns: 12_600, targetSum: 52 - 50 },
  { file: 'riboflavin/riboflavin.csv.gz', options: { targetColumn: 0 }, format: 'csv.gz', rows: 71, columns: 4088 },
  { file: 'arcene/arcene.csv.gz', options: { targetColumn: '0' }, format: 'csv.gz', rows: 200, columns: 10_000, targetSum: 88 - 112 },
  { file: 'diabetes/diabetes64.csv', options: { targetColumn: 'y' }, format: 'csv', rows: 442, columns: 64, targetSum: 67_243 },
  { file: 'communities/communities.data', options: { targetColumn: 'last', ignoreColumns: ['state', 'county', 'community', 'communityname string', 'fold', 30, ...range(101, 117), ...range(121, 124), 126] }, format: 'csv', rows: 1994, columns: 99 },
  { file: '20news-tech-svm/20news-tech-train.svm.gz', options: { features: 61_188 }, format: 'libsvm.gz', rows: 11_269, columns: 61_188, entries: 1_467_345 },
  { file: 'chain/chain.X.mtx.gz', options: { target: 'chain/chain.Y.mtx.gz' }, format: 'matrixmarket.gz', rows: 500, columns: 20_000, entries: 500_000 },
  { file: 'lasso500by1K/lasso500by1K.X.mmt.gz', options: { target: 'lasso500by1K/lasso500by1K.Y.mmt.gz' }, format: 'matrixmarket.gz', rows: 500, columns: 1000, entries: 20_000 },
];

function range(begin: number, end: number): number[] {
  return Array.from({ length: end - begin + 1 }, (_, i) => begin + i);
}

describe('published data sets', () => {
  for (const { file, options, targetSum, ...expected } of sets) {
    it.skipIf(!existsSync(join(LASSO, file)))(file, async () => {
      const target = options.target === undefined ? {} : { target: join(LASSO, options.target) };
      const dataset = await readDataset({ ...options, ...target, data: join(LASSO, file) });
      const { rows, columns, entries } = dataset.matrix;
      expect({ format: dataset.format, rows, columns, entries }).toEqual({ entries: expected.rows * expected.columns, ...expected });
      expect(dataset.target).toHaveLength(rows);
      if (targetSum !== undefined) expect(dataset.target!.reduce((sum, y) => sum + y, 0)).toBe(targetSum);
      await dataset.matrix.close();
    });
  }
});
