/** The ratings of the measurements of matrix factorization: where they lie in the data folder, read into sets. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RatingSets } from '../models/mf/distribute.js';
import { readRatings, type Ratings } from '../src/data/ratings.js';
import { dataOf } from './runner/arguments.js';
import type { Context } from './runner/benchmark.js';

/** Files in the data folder, with forward slashes. */
export interface RatingData {
  readonly name: string;
  readonly train: string;
  readonly test: string;
}

export const ML_100K: RatingData = { name: 'MovieLens 100K, u1', train: 'ml-100k/u1.base.gz', test: 'ml-100k/u1.test.gz' };
export const ML_1M: RatingData = { name: 'MovieLens 1M', train: 'ml-1m/ratings.train.csv.gz', test: 'ml-1m/ratings.test.csv.gz' };

/** Those of the files that the folder lacks. */
function missingFiles({ train, test }: RatingData, folder: string): string[] {
  return [train, test].filter((file) => !existsSync(join(folder, file)));
}

/** Training ratings and those to be judged by, which a measurement always has. */
export interface MeasuredSets extends RatingSets {
  readonly test: Ratings;
}

/** The sets of the data folder, or null and what is missing. */
export async function loadSets(data: RatingData, context: Context): Promise<{ readonly sets: MeasuredSets | null; readonly missing: string[] }> {
  const folder = dataOf(context.data!, 'mf');
  const missing = missingFiles(data, folder).map((file) => `${data.name}: no ${file} in the data folder`);
  return { sets: missing.length === 0 ? await readSets(data, folder) : null, missing };
}

async function readSets(data: RatingData, folder: string): Promise<MeasuredSets> {
  const train = await readRatings(join(folder, data.train), { duplicates: 'error' });
  const test = await readRatings(join(folder, data.test), { duplicates: 'error', users: train.users, items: train.items });
  return { train, validation: null, test };
}

/** "943 users × 1,682 items, 80,000 + 20,000 ratings" */
export function shapeText({ train, test }: MeasuredSets): string {
  const grouped = (count: number) => count.toLocaleString('en-US');
  return `${grouped(train.users.count)} users × ${grouped(train.items.count)} items, ${grouped(train.count)} + ${grouped(test.count)} ratings`;
}
