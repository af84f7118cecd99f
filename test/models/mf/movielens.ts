/** MovieLens 100K, where it lies beside the repository. */
import { join } from 'node:path';
import type { RatingSets } from '../../../models/mf/distribute.js';
import { readRatings } from '../../../src/data/ratings.js';

/** The folder of the u1 split. */
export const U1 = join(import.meta.dirname, '../../../../shared/data/mf/ml-100k');

export async function readU1(): Promise<RatingSets> {
  const train = await readRatings(join(U1, 'u1.base.gz'), { duplicates: 'error' });
  const { users, items } = train;
  return { train, validation: null, test: await readRatings(join(U1, 'u1.test.gz'), { duplicates: 'error', users, items }) };
}
