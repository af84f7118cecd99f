/** Small ratings whose right answers are known by construction. */
import type { RatingSets } from '../../../models/mf/distribute.js';
import { ratingsFrom, type RatingTuple, type Ratings } from '../../../src/data/ratings.js';
import { randomBits, randomUnit } from '../../../src/schedule/random.js';

type Triple = readonly [user: number, item: number, rating: number];

/** Training ratings and held-out ones; ids that only the latter have come last. */
export function setsOf(train: Iterable<RatingTuple>, held: { validation?: Iterable<RatingTuple>; test?: Iterable<RatingTuple> } = {}): RatingSets {
  const first = ratingsFrom(train, { duplicates: 'error' });
  const more = (tuples: Iterable<RatingTuple> | undefined): Ratings | null => (tuples ? ratingsFrom(tuples, { duplicates: 'error', users: first.users, items: first.items }) : null);
  return { train: first, validation: more(held.validation), test: more(held.test) };
}

/** In (-1, 1), about bell-shaped. */
export function noise(seed: number, stream: number, counter: number): number {
  return (randomBits(seed, stream, 2 * counter) + randomBits(seed, stream, 2 * counter + 1)) / 2 ** 32 - 1;
}

export interface LowRank {
  readonly users: number;
  readonly items: number;
  readonly rank: number;
  /** Part of the pairs that are rated in training; as many again are split between validation and test. */
  readonly density: number;
  readonly seed: number;
  /** Size of what no factor explains. */
  readonly noise?: number;
  /** Added to every rating. */
  readonly shift?: number;
  /** Only the first items and users are popular. */
  readonly skewed?: boolean;
}

function lowRankRating({ rank, seed, noise: size = 0, shift = 0 }: LowRank, i: number, j: number): number {
  let sum = shift + size * noise(seed + 3, i, j) + 0.5 * noise(seed + 4, i, 0) + 0.5 * noise(seed + 5, j, 0);
  for (let k = 0; k < rank; k++) sum += 2 * noise(seed, i, k) * noise(seed + 1, j, k);
  return sum;
}

/** Ratings of `rank` factors and biases; every pair falls into training, validation, test or none of them. */
export function lowRank(recipe: LowRank): Record<'train' | 'validation' | 'test', Triple[]> {
  const { users, items, density, seed, skewed } = recipe;
  const sets: Record<'train' | 'validation' | 'test', Triple[]> = { train: [], validation: [], test: [] };
  for (let i = 0; i < users; i++) {
    for (let j = 0; j < items; j++) {
      const unit = randomUnit(seed + 2, i, j) * (skewed ? (0.2 + (2 * i) / users) * (0.2 + (2 * j) / items) : 1);
      const triple = [i, j, lowRankRating(recipe, i, j)] as const;
      if (unit < density) sets.train.push(triple);
      else if (unit < 1.25 * density) sets.validation.push(triple);
      else if (unit < 1.5 * density) sets.test.push(triple);
    }
  }
  return sets;
}

/** Counts 1, 2, … of what users chose: the low-rank pairs above a threshold. */
export function chosen(recipe: LowRank): Record<'train' | 'validation' | 'test', Triple[]> {
  const { train, validation, test } = lowRank(recipe);
  const counts = (triples: Triple[]) => triples.map(([i, j, value]) => [i, j, Math.max(0, Math.round(2 + value))] as const);
  return { train: counts(train), validation: counts(validation), test: counts(test) };
}

/** 1 or 5 by the parity of user + item; half of the pairs are for training. */
export function checkerboard(size: number, seed: number): RatingSets {
  const train: Triple[] = [];
  const test: Triple[] = [];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) (randomUnit(seed, i, j) < 0.5 ? train : test).push([i, j, (i + j) % 2 === 0 ? 5 : 1]);
  }
  return setsOf(train, { test });
}

/** Users and items of two tastes, by parity; users chose some items of their taste, and what they would choose next is held out. */
export function twoTastes(users: number, items: number, seed: number): RatingSets {
  const train: Triple[] = [];
  const test: Triple[] = [];
  for (let i = 0; i < users; i++) {
    for (let j = i % 2; j < items; j += 2) (randomUnit(seed, i, j) < 0.6 ? train : test).push([i, j, 1 + (j % 3)]);
  }
  return setsOf(train, { test });
}
