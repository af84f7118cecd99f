/** Published ratings, where they lie beside the repository; shapes and histograms as published. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRatings, type Ratings } from '../../src/data/ratings.js';

const MOVIELENS = join(import.meta.dirname, '../../../shared/data/mf');

interface Expected {
  readonly train: string;
  readonly test: string;
  readonly counts: readonly [train: number, test: number];
  readonly users: number;
  readonly items: number;
  /** Ratings of 1, 2, 3, 4 and 5 in both parts. */
  readonly histogram: readonly number[];
  readonly times: boolean;
}

const sets: Expected[] = [
  { train: 'ml-100k/u1.base.gz', test: 'ml-100k/u1.test.gz', counts: [80_000, 20_000], users: 943, items: 1682, histogram: [6110, 11_370, 27_145, 34_174, 21_201], times: true },
  { train: 'ml-1m/ratings.train.csv.gz', test: 'ml-1m/ratings.test.csv.gz', counts: [900_317, 99_892], users: 6040, items: 3706, histogram: [56_174, 107_557, 261_197, 348_971, 226_310], times: false },
];

function histogramOf(parts: readonly Ratings[]): number[] {
  const found = [0, 0, 0, 0, 0];
  for (const { values } of parts) for (const value of values) found[value - 1]++;
  return found;
}

describe('published ratings', () => {
  for (const { train, test, ...expected } of sets) {
    it.skipIf(!existsSync(join(MOVIELENS, train)))(train, async () => {
      const first = await readRatings(join(MOVIELENS, train), { duplicates: 'error', times: true });
      const second = await readRatings(join(MOVIELENS, test), { duplicates: 'error', times: true, users: first.users, items: first.items });
      expect({ counts: [first.count, second.count], users: first.users.count, items: first.items.count, histogram: histogramOf([first, second]), times: first.times !== null }).toEqual(expected);
    });
  }
});
